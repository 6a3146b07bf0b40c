"""Rate limits: a maximum of requests of a kind per window, for each channel, guild or webhook separately."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.discord.rest.faults import Fault
from sandbox.discord.world.clock import SandboxClock

MAJOR_PARAMETERS = ("channel", "guild", "application", "token")
"""Discord's major parameters: each value in a path has a bucket of its own."""


@dataclass(slots=True)
class Bucket:
    """The requests of one window, which begins with its first one. `resets_at` is in the stand-in's time, in seconds."""

    kind: str
    limit: int
    per_s: float
    used: int = 0
    resets_at: float = 0.0

    def take(self, now: float) -> bool:
        """Count a request; False when it exceeds the limit."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.per_s
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float) -> dict[str, str]:
        """The rate limit headers of an answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{self.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, self.resets_at - now):.3f}",
            "X-RateLimit-Bucket": self.kind,
        }


class RateLimits:
    """The active limits; kinds without one are unlimited."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._limits: dict[str, tuple[int, float]] = {}
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def set(self, kind: str, *, limit: int, per_s: float) -> None:
        """Limit this kind to `limit` requests in `per_s` seconds, for each set of major parameters separately."""
        self._limits[kind] = (limit, per_s)

    def clear(self) -> None:
        """Remove all limits."""
        self._limits.clear()
        self._buckets.clear()

    def take(self, kind: str, path: Mapping[str, str]) -> tuple[dict[str, str], Fault | None]:
        """Count a request; returns the headers of its answer, and the 429 where it exceeds the limit."""
        if kind not in self._limits:
            return {}, None
        key = (kind, *(path.get(name, "") for name in MAJOR_PARAMETERS))
        bucket = self._buckets.setdefault(key, Bucket(kind, *self._limits[kind]))
        now = self._clock.time()
        allowed = bucket.take(now)
        headers = bucket.headers(now)
        return headers, None if allowed else Fault.rate_limit(bucket.resets_at - now)
