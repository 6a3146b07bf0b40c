"""Pure: the token bucket of the API key."""

MIN_RATE_SHARE = 0.05
RECOVERY_SHARE = 0.01
"""By what share of the full rate each answered call raises a rate that was halved."""


class TokenBucket:
    """A token bucket whose rate is halved by each overload and recovers step by step.

    `per_s` is the full rate in calls a second, `burst` the capacity in calls; `now` is monotonic seconds.
    """

    def __init__(self, *, per_s: float, burst: float, now: float) -> None:
        self._full_per_s = per_s
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._filled_at = now
        self.per_s = per_s

    def take(self, *, now: float, reserve: float = 0.0) -> bool:
        """Take one call; False if fewer than `reserve` calls would be left."""
        if self.wait_s(now=now, reserve=reserve) > 0:
            return False
        self._tokens -= 1
        return True

    def wait_s(self, *, now: float, reserve: float = 0.0) -> float:
        """Seconds until a call may be taken, 0 when it may be taken now."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self.per_s)
        self._filled_at = now
        needed = min(self._burst, 1.0 + reserve)
        # Tolerates rounding: waiting for exactly this many seconds must be enough.
        return 0.0 if self._tokens >= needed - 1e-6 else (needed - self._tokens) / self.per_s

    def drain(self, *, now: float) -> None:
        """Take every call that is left: another process may have made them."""
        self._tokens, self._filled_at = 0.0, now

    def slow_down(self) -> None:
        """Halve the rate: Whisul answered that it is overloaded, or 429."""
        # Never down to 0: only an answered call raises the rate again.
        self.per_s = max(self._full_per_s * MIN_RATE_SHARE, self.per_s / 2)

    def recover(self) -> None:
        """Raise the rate by one step: Whisul answered."""
        # Additive increase after a multiplicative decrease, as in TCP: processes that share the key end
        # up with equal shares.
        self.per_s = min(self._full_per_s, self.per_s + self._full_per_s * RECOVERY_SHARE)
