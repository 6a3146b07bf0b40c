"""Discord's time, from the Date header of its responses, to compare with the times of its messages."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import structlog

from bot.clock import Clock

log = structlog.get_logger(__name__)

_HALF_SECOND = timedelta(seconds=0.5)
"""Added because the header has whole seconds."""

MAX_SKEW_S = 60.0


class DiscordClock:
    """Discord's wall time: the Date header of the latest response, plus the seconds since then.

    Steps of this machine's wall clock do not change it. Before the first response it is this machine's time. A large
    difference between the two is logged once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_date: tuple[datetime, float] | None = None
        self._skew_warned = False

    def now(self) -> datetime:
        """The time in UTC, accurate to a second or two."""
        if self._last_date is None:
            return self._clock.now()
        moment, at = self._last_date
        return moment + timedelta(seconds=_uptime_s() - at)

    def read_dates(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Read the time from every response of the sessions that use `trace`; returns `trace`."""

        async def ended(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
            self._read_date(params.response.headers.get("Date", ""))

        trace.on_request_end.append(ended)
        return trace

    def _read_date(self, date: str) -> None:
        try:
            moment = parsedate_to_datetime(date)
        except ValueError:  # no header, or an unreadable one: a proxy may remove it
            return
        if moment.tzinfo is not None:
            self._last_date = moment.astimezone(UTC) + _HALF_SECOND, _uptime_s()
            self._warn_of_skew()

    def _warn_of_skew(self) -> None:
        skew_s = (self._clock.now() - self.now()).total_seconds()
        if abs(skew_s) <= MAX_SKEW_S or self._skew_warned:
            return
        self._skew_warned = True
        log.warning(
            "clock_is_off",
            what=f"this machine's clock is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} Discord's",
            effect="times that people are told are wrong by as much: when a song is ready, when a limit frees up",
            remedy="have the clock set from the network, for example with `timedatectl set-ntp true`",
        )


def _uptime_s() -> float:
    """Monotonic seconds that include suspension of the machine, where the system offers that."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
