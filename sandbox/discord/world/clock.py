"""The stand-in's clock, which tests can move forward, and the snowflake IDs made from it."""

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
_TIMESTAMP_SHIFT = 22


class SandboxClock:
    """Wall time plus an offset, which `jump` increases."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._offset_s

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def jump(self, seconds: float) -> None:
        """Move the clock forward by `seconds`."""
        self._offset_s += seconds


class Snowflakes:
    """Generates IDs as Discord does: milliseconds since 2015 shifted by 22 bits; each is larger than the last."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new ID."""
        by_time = (int(self._clock.time() * 1000) - DISCORD_EPOCH_MS) << _TIMESTAMP_SHIFT
        self._last = max(by_time, self._last + 1)
        return self._last


def iso(moment: datetime) -> str:
    """A timestamp in Discord's format: ISO 8601, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
