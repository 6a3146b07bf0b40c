"""The edge where time enters the program; everything pure takes `now` instead."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time for what is stored and shown, monotonic time for what is waited for."""

    def __init__(self) -> None:
        self._deadlines: dict[datetime, float] = {}

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step back, from an arbitrary start."""
        return time.monotonic()

    def deadline_in(self, seconds: float) -> datetime:
        """The wall time in so many seconds, to be stored; this process itself counts it in monotonic seconds."""
        steady = self.monotonic()
        for known, ends_at in list(self._deadlines.items()):
            if ends_at > steady:
                break
            del self._deadlines[known]
        deadline = self.now() + timedelta(seconds=seconds)
        self._deadlines[deadline] = steady + seconds
        return deadline

    def is_past(self, deadline: datetime) -> bool:
        """Whether a deadline is over: of this process by monotonic time, of an earlier one by the wall clock."""
        ends_at = self._deadlines.get(deadline)
        return deadline <= self.now() if ends_at is None else ends_at <= self.monotonic()
