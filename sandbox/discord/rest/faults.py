"""Fault injection: which fault, for which kind of request, and how often."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from sandbox.discord.json_types import Json
from sandbox.discord.rules.documented_errors import DOCUMENTED
from sandbox.discord.rules.errors import DiscordError

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    With `handled` it happens after the request took effect, else before; with `unread` before its body is read. Without
    `status`, `reset` and `hang` the answer is the regular one, only late (`delay_s`) or with more headers.
    """

    status: int | None = None
    handled: bool = False
    delay_s: float = 0.0
    reset: bool = False
    hang: bool = False
    unread: bool = False
    body: Json | str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def error(cls, status: int, *, handled: bool = False, body: Json | str | None = None) -> Fault:
        """Answer with this status; by default with a body that is usual for it."""
        if body is None:
            phrase = HTTPStatus(status).phrase
            body = (
                phrase
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR
                else {"message": f"{status}: {phrase}", "code": 0}
            )
        return cls(status=status, handled=handled, body=body)

    @classmethod
    def refusal(cls, error: DiscordError) -> Fault:
        """Answer with one of Discord's errors, such as `errors.blocked_by_automod()`."""
        return cls(status=error.status, body=error.body(), headers=error.headers)

    @classmethod
    def documented(cls, code: int) -> Fault:
        """Answer with a documented error code, whatever the request is."""
        return cls.refusal(DOCUMENTED[code].error)

    @classmethod
    def rate_limit(
        cls,
        retry_after_s: float,
        *,
        via: bool = True,
        scope: Literal["user", "shared", "global"] = "user",
    ) -> Fault:
        """Answer 429. `via=False` is one of Cloudflare's: no JSON and no `Via` header."""
        headers = {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
        if not via:
            return cls(status=429, headers=headers, body="error code: 1015")
        headers |= {"Via": "1.1 google", "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        body: Json = {
            "message": "You are being rate limited.",
            "retry_after": retry_after_s,
            "global": scope == "global",
        }
        return cls(status=429, headers=headers, body=body)

    @classmethod
    def connection_reset(cls, *, handled: bool = False) -> Fault:
        """Reset the connection instead of answering."""
        return cls(reset=True, handled=handled)

    @classmethod
    def cut_off(cls) -> Fault:
        """Reset the connection while the request's body is still being sent."""
        return cls(reset=True, unread=True)

    @classmethod
    def never(cls, *, handled: bool = False) -> Fault:
        """Never answer."""
        return cls(hang=True, handled=handled)

    @classmethod
    def late(cls, delay_s: float, *, handled: bool = False) -> Fault:
        """Delay the request before it takes effect, or with `handled` its answer."""
        return cls(delay_s=delay_s, handled=handled)

    @classmethod
    def with_headers(cls, **headers: str) -> Fault:
        """Add headers to the regular answer; an underscore in a name stands for a hyphen."""
        return cls(handled=True, headers={name.replace("_", "-"): value for name, value in headers.items()})

    @property
    def replaces_answer(self) -> bool:
        """Whether the regular answer is not sent."""
        return self.status is not None or self.reset or self.hang


class FaultScript:
    """The planned faults for each kind of request."""

    def __init__(self) -> None:
        self._planned: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._held: dict[str, Fault] = {}

    def add(
        self, kind: str, fault: Fault, *, times: int = 1, skip: int = 0, channel_id: int | None = None
    ) -> None:
        """Plan `fault` for `times` requests of this kind, after what is planned already and `skip` regular answers.

        The kind "*" applies to every request without a plan of its own. With `channel_id` only requests for that
        channel count.
        """
        self._planned[_key(kind, channel_id)].extend([None] * skip + [fault] * times)

    def take(self, kind: str, channel_id: int | None = None) -> Fault | None:
        """The fault for a request that arrives now, None for a regular answer."""
        # The narrowest plan first; a fault that is held applies only where none is planned.
        keys = list(dict.fromkeys((_key(kind, channel_id), kind, ANY)))
        for key in keys:
            if self._planned.get(key):
                return self._planned[key].popleft()
        return next((fault for key in keys if (fault := self._held.get(key))), None)

    def hold(self, kind: str, fault: Fault, *, channel_id: int | None = None) -> None:
        """Apply `fault` to every request of this kind without a planned one, until `release`."""
        self._held[_key(kind, channel_id)] = fault

    def release(self, kind: str, *, channel_id: int | None = None) -> None:
        """End a fault that `hold` began."""
        self._held.pop(_key(kind, channel_id), None)

    def clear(self) -> None:
        """Drop all planned and held faults."""
        self._planned.clear()
        self._held.clear()


def _key(kind: str, channel_id: int | None) -> str:
    return kind if channel_id is None else f"{kind} {channel_id}"
