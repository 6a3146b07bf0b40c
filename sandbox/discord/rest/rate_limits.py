"""Discord's rate limits: buckets of routes, the global limit of a bot, and the block after too many invalid responses.

Discord publishes the global limit and the limit of invalid responses (topics/rate-limits of its documentation), and that
other limits are told by headers only. The figures of buckets are those that client libraries observe; routes without a
known figure have the global limit alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from sandbox.discord.rest.faults import Fault
from sandbox.discord.world.clock import SandboxClock

BucketScope = Literal["user", "shared"]
CHANNEL, WEBHOOK = ("channel",), ("application", "token")
GLOBAL_KEY = ("global",)
INVALID = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in `per_s` seconds, for each value of the major parameters in the path."""

    bucket: str
    requests: int
    per_s: float
    major: tuple[str, ...] = CHANNEL
    scope: BucketScope = "user"


GLOBAL = Limit("global", 50, 1.0, major=())
INVALID_RESPONSES = Limit("invalid responses", 10_000, 600.0, major=())
BLOCK_S = 3600.0
"""How long an address is blocked; Discord does not say."""

_POST, _EDIT = Limit("message create", 5, 5.0), Limit("message edit", 5, 5.0)
_DELETE, _REACTION = Limit("message delete", 5, 1.0), Limit("reaction", 1, 0.25)
_WEBHOOK = Limit("webhook", 5, 2.0, major=WEBHOOK)
LIMITS: Mapping[str, Limit] = {
    "message.create": _POST,
    "dm.message": _POST,
    "message.edit": _EDIT,
    "message.delete": _DELETE,
    "reaction.put": _REACTION,
    "reaction.delete": _REACTION,
    "thread.create": Limit("thread create", 50, 300.0),
    "followup": _WEBHOOK,
    **{f"{kind}.{verb}": _WEBHOOK for kind in ("original", "followup") for verb in ("get", "edit", "delete")},
}
"""The bucket of each kind of request. The first response to an interaction has none."""


@dataclass(slots=True)
class Window:
    """The requests of one window, which begins with its first one. `resets_at` is in the stand-in's time, in seconds."""

    limit: Limit
    used: int = 0
    resets_at: float = 0.0

    def take(self, now: float) -> bool:
        """Count a request; False when it exceeds the limit."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.limit.per_s
        self.used += 1
        return self.used <= self.limit.requests

    def headers(self, now: float) -> dict[str, str]:
        """The rate limit headers of a response."""
        return {
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Remaining": str(max(0, self.limit.requests - self.used)),
            "X-RateLimit-Reset": f"{self.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_s(now):.3f}",
            "X-RateLimit-Bucket": self.limit.bucket.replace(" ", "-"),
        }

    def reset_after_s(self, now: float) -> float:
        """Seconds until the window ends, rounded up to milliseconds so that a client that waits so long is not early."""
        return math.ceil(max(0.0, self.resets_at - now) * 1000) / 1000


class RateLimits:
    """The active limits, which begin with Discord's; times are those of the stand-in's clock, so a jump ends windows."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._limits = dict(LIMITS)
        self._global: Limit | None = GLOBAL
        self._windows: dict[tuple[str, ...], Window] = {}
        self._invalid = Window(INVALID_RESPONSES)
        self._blocked_until = 0.0

    def set(self, kind: str, *, limit: int, per_s: float, scope: BucketScope = "user") -> None:
        """Give this kind a bucket of its own: `limit` requests in `per_s` seconds, for each set of major parameters."""
        major = self._limits[kind].major if kind in self._limits else CHANNEL
        self._limits[kind] = Limit(kind, limit, per_s, major, scope)

    def clear(self) -> None:
        """Remove all limits of requests; what exceeds no limit is still counted as valid or invalid."""
        self._limits.clear()
        self._windows.clear()
        self._global = None

    def take(
        self, kind: str, path: Mapping[str, str], *, counts_globally: bool
    ) -> tuple[dict[str, str], Fault | None]:
        """Count a request; returns the headers of its response, and the 429 where it exceeds a limit."""
        now = self._clock.time()
        # Cloudflare blocks the address: Discord neither sees the request nor counts it.
        if now < self._blocked_until:
            return {}, Fault.rate_limit(self._blocked_until - now, via=False)
        # The global limit first: what exceeds it counts in no bucket.
        if counts_globally and self._global is not None:
            window = self._windows.setdefault(GLOBAL_KEY, Window(self._global))
            if not window.take(now):
                return {}, Fault.rate_limit(window.reset_after_s(now), scope="global")
        if (limit := self._limits.get(kind)) is None:
            return {}, None
        # Each channel or webhook has a bucket of its own (documentation: Rate Limits, major parameters).
        key = (limit.bucket, *(path.get(name, "") for name in limit.major))
        window = self._windows.setdefault(key, Window(limit))
        is_allowed = window.take(now)
        fault = None if is_allowed else Fault.rate_limit(window.reset_after_s(now), scope=limit.scope)
        return window.headers(now), fault

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Count a response if it is invalid; from the limit on, every request from the bot's address is blocked.

        Invalid are 401, 403 and 429, except for a 429 of a shared limit, which one client cannot foresee.
        """
        now = self._clock.time()
        if status not in INVALID or headers.get("X-RateLimit-Scope") == "shared" or now < self._blocked_until:
            return
        self._invalid.take(now)
        if self._invalid.used >= INVALID_RESPONSES.requests:
            self._blocked_until, self._invalid.used = now + BLOCK_S, 0
