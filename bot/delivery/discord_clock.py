"""Discord's own time, as its answers tell it: what is compared with Discord's messages must not depend on our clock."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot.clock import Clock

_HALF_A_SECOND = timedelta(seconds=0.5)
"""The header that tells the time has whole seconds."""


class DiscordClock:
    """Discord's wall time: the Date header of the latest answer, and the seconds that have passed since.

    A step of this machine's wall clock does not move it. Before the first answer it shows this machine's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """The time, in UTC, true to a second or two."""
        if self._heard is None:
            return self._clock.now()
        moment, at = self._heard
        return moment + timedelta(seconds=_uptime_s() - at)

    def watch(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Read the time from every answer of the sessions that are traced so; returns `trace`."""

        async def ended(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
            self._hear(params.response.headers.get("Date", ""))

        trace.on_request_end.append(ended)
        return trace

    def _hear(self, date: str) -> None:
        try:
            moment = parsedate_to_datetime(date)
        except ValueError:  # no header, or none that can be read: a proxy may leave it out
            return
        if moment.tzinfo is not None:
            self._heard = moment.astimezone(UTC) + _HALF_A_SECOND, _uptime_s()


def _uptime_s() -> float:
    """Seconds that pass while the machine is suspended, too, where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
