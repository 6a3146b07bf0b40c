"""The only source of time; pure functions take `now` as a parameter."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time for what is stored and shown, monotonic time for waits."""

    def __init__(self) -> None:
        self._deadlines: dict[datetime, float] = {}

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, without steps."""
        return time.monotonic()

    def deadline_in(self, seconds: float) -> datetime:
        """The wall time in so many seconds, to be stored; this process measures it in monotonic seconds (see `is_past`)."""
        steady = self.monotonic()
        # Ended deadlines are dropped here, oldest first; deadlines of different lengths may keep a few for longer.
        for known, ends_at in list(self._deadlines.items()):
            if ends_at > steady:
                break
            del self._deadlines[known]
        deadline = self.now() + timedelta(seconds=seconds)
        self._deadlines[deadline] = steady + seconds
        return deadline

    def is_past(self, deadline: datetime) -> bool:
        """Whether a deadline is over: by monotonic time if this process made it, else by the wall clock."""
        ends_at = self._deadlines.get(deadline)
        return deadline <= self.now() if ends_at is None else ends_at <= self.monotonic()
