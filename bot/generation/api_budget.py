"""Pure: how many calls a second may go to Whisul under one API key."""

MIN_RATE_SHARE = 0.05
RECOVERY_SHARE = 0.01
"""What each answered call gives back after a complaint, as a share of the full rate."""


class TokenBucket:
    """A token bucket whose rate is halved when Whisul complains and comes back step by step.

    `per_s` is the full rate in calls a second, `burst` what may go at once after a quiet time; `now` is monotonic.
    """

    def __init__(self, *, per_s: float, burst: float, now: float) -> None:
        self._full_per_s = per_s
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._filled_at = now
        self.per_s = per_s

    def take(self, *, now: float, reserve: float = 0.0) -> bool:
        """Take one call, unless it would leave less than `reserve` to those who come first."""
        if self.wait_s(now=now, reserve=reserve) > 0:
            return False
        self._tokens -= 1
        return True

    def wait_s(self, *, now: float, reserve: float = 0.0) -> float:
        """Seconds until a call may be taken, 0 when it may be now."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self.per_s)
        self._filled_at = now
        needed = min(self._burst, 1.0 + reserve)
        # A hair of tolerance: waiting exactly as long as was said must be enough.
        return 0.0 if self._tokens >= needed - 1e-6 else (needed - self._tokens) / self.per_s

    def slow_down(self) -> None:
        """Whisul says that it is too much."""
        self.per_s = max(self._full_per_s * MIN_RATE_SHARE, self.per_s / 2)

    def recover(self) -> None:
        """Whisul answered as if nothing were too much."""
        self.per_s = min(self._full_per_s, self.per_s + self._full_per_s * RECOVERY_SHARE)
