"""The stand-in's clock, which tests can move forward, and the snowflake IDs made from it."""

import itertools
import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
_TIMESTAMP_SHIFT = 22
_OLD_MS = 365 * 24 * 60 * 60 * 1000
"""Milliseconds after the epoch of IDs that are older than all that follow the clock: a year."""


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
        self._of_shards = itertools.count()

    def next(self) -> int:
        """A new ID."""
        by_time = (int(self._clock.time() * 1000) - DISCORD_EPOCH_MS) << _TIMESTAMP_SHIFT
        self._last = max(by_time, self._last + 1)
        return self._last

    def on_shard(self, index: int, count: int) -> int:
        """A new ID of a guild that belongs to shard `index` of `count`; IDs of other kinds keep following the clock."""
        milliseconds = _OLD_MS - _OLD_MS % count + index
        return milliseconds << _TIMESTAMP_SHIFT | next(self._of_shards)


def iso(moment: datetime) -> str:
    """A timestamp in Discord's format: ISO 8601, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
