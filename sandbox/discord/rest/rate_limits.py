"""Discord's rate limits: so many requests of a kind in a window, for each channel, server or webhook by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.discord.rest.faults import Fault
from sandbox.discord.world.clock import SandboxClock

MAJOR = ("channel", "guild", "application", "token")
"""The parts of a path that have a bucket of their own each."""


@dataclass(slots=True)
class Bucket:
    """The requests of one window, which begins with its first one. `resets_at` is the stand-in's time in seconds."""

    kind: str
    limit: int
    per_s: float
    used: int = 0
    resets_at: float = 0.0

    def take(self, now: float) -> bool:
        """Count a request; False when the window has no room for it."""
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + self.per_s
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float) -> dict[str, str]:
        """What Discord tells with every answer from this bucket."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{self.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, self.resets_at - now):.3f}",
            "X-RateLimit-Bucket": self.kind,
        }


class RateLimits:
    """The limits that hold; without any, every request is let through."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._limits: dict[str, tuple[int, float]] = {}
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def hold(self, kind: str, *, limit: int, per_s: float) -> None:
        """From now on take at most `limit` requests of this kind in `per_s` seconds, at each place by itself."""
        self._limits[kind] = (limit, per_s)

    def clear(self) -> None:
        """Let everything through again."""
        self._limits.clear()
        self._buckets.clear()

    def take(self, kind: str, path: Mapping[str, str]) -> tuple[dict[str, str], Fault | None]:
        """Count a request; returns the headers of its answer, and the 429 where there is no room for it."""
        if kind not in self._limits:
            return {}, None
        place = (kind, *(path.get(name, "") for name in MAJOR))
        bucket = self._buckets.setdefault(place, Bucket(kind, *self._limits[kind]))
        now = self._clock.time()
        has_room = bucket.take(now)
        headers = bucket.headers(now)
        return headers, None if has_room else Fault.rate_limit(bucket.resets_at - now)
