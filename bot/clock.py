"""The edge where time enters the program; everything pure takes `now` instead."""

import time
from datetime import UTC, datetime


class Clock:
    """Wall time for what is stored and shown, monotonic time for what is waited for."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step back, from an arbitrary start."""
        return time.monotonic()
