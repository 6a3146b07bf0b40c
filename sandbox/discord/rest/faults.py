"""Misbehaviour on demand: what to do wrong, at which kind of request, and how often."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from sandbox.discord.json_types import Json
from sandbox.discord.rules.errors import DiscordError

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    `handled` says when: after the request had its effect, or before; `unread`, before its body was read. Without
    `status`, `reset` and `hang` the answer is the right one, only late (`delay_s`) or with more headers.
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
        """Answer with this status. Unless given, the body is the one that such a fault usually has."""
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
        """Refuse as Discord does, such as with `errors.blocked_by_automod()`."""
        return cls(status=error.status, body=error.body())

    @classmethod
    def rate_limit(
        cls,
        retry_after_s: float,
        *,
        via: bool = True,
        scope: Literal["user", "shared", "global"] = "user",
    ) -> Fault:
        """Answer 429. `via=False` is Cloudflare's own: no JSON and no `Via` header."""
        headers = {"Retry-After": str(max(1, round(retry_after_s)))}
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
        """Reset the connection while the request is still being sent: whatever is long, files above all."""
        return cls(reset=True, unread=True)

    @classmethod
    def never(cls, *, handled: bool = False) -> Fault:
        """Never answer."""
        return cls(hang=True, handled=handled)

    @classmethod
    def late(cls, delay_s: float, *, handled: bool = False) -> Fault:
        """Take longer: before the request has its effect, or (`handled`) between that and the answer."""
        return cls(delay_s=delay_s, handled=handled)

    @classmethod
    def with_headers(cls, **headers: str) -> Fault:
        """Answer rightly, with more headers; an underscore in a name stands for a hyphen."""
        return cls(handled=True, headers={name.replace("_", "-"): value for name, value in headers.items()})

    @property
    def replaces_answer(self) -> bool:
        """Whether the right answer is not given."""
        return self.status is not None or self.reset or self.hang


class FaultScript:
    """For each kind of request, what happens to the next ones."""

    def __init__(self) -> None:
        self._planned: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._held: dict[str, Fault] = {}

    def add(
        self, kind: str, fault: Fault, *, times: int = 1, skip: int = 0, channel_id: int | None = None
    ) -> None:
        """After all that is planned and `skip` good answers, misbehave `times` times at this kind of request.

        The kind "*" stands for every request for which nothing of its own is planned. With `channel_id` only requests
        for that channel are meant.
        """
        self._planned[_key(kind, channel_id)].extend([None] * skip + [fault] * times)

    def take(self, kind: str, channel_id: int | None = None) -> Fault | None:
        """What to do wrong now."""
        keys = list(dict.fromkeys((_key(kind, channel_id), kind, ANY)))
        for key in keys:
            if self._planned.get(key):
                return self._planned[key].popleft()
        return next((fault for key in keys if (fault := self._held.get(key))), None)

    def hold(self, kind: str, fault: Fault, *, channel_id: int | None = None) -> None:
        """Misbehave at every request of this kind for which nothing else is planned, until `release`."""
        self._held[_key(kind, channel_id)] = fault

    def release(self, kind: str, *, channel_id: int | None = None) -> None:
        """End what `hold` began."""
        self._held.pop(_key(kind, channel_id), None)

    def clear(self) -> None:
        """Behave from now on."""
        self._planned.clear()
        self._held.clear()


def _key(kind: str, channel_id: int | None) -> str:
    return kind if channel_id is None else f"{kind} {channel_id}"
