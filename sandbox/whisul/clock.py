"""Where the simulator's time comes from: the real clocks, or one that a test moves by hand."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for what the API states, monotonic time for what takes long."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back, from an arbitrary start."""
        ...


class RealClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step back, from an arbitrary start."""
        return time.monotonic()


class HandClock:
    """A clock that stands still until `advance` moves both of its times."""

    def __init__(self, start: datetime = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self._elapsed_s += seconds
