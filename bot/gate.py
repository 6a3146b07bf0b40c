"""One answer for everybody who calls Whisul: may I now, and if not, when?

All calls share one API key and one budget, so a 429 is a pause for all of them and a refused key stops all of them. While the key
is refused a single call is let through now and then; the first one that Whisul accepts opens the gate again.
"""

from collections.abc import Callable

import structlog

from bot.budget import Budget
from bot.clock import Clock

log = structlog.get_logger(__name__)

DEFAULT_HOLD_S = 10.0
"""How long everything pauses after a 429 that names no wait."""

MAX_PROBE_WAIT_S = 60.0


RESERVED_FOR_SUBMITS = 1.0
"""Calls that looks leave to submits: a person waits for those."""


class Gate:
    """Open as far as the budget goes, paused until a moment, or shut by a refused key."""

    def __init__(
        self, *, clock: Clock, first_probe_wait_s: float, calls_per_s: float = 5.0, burst: float = 10.0
    ) -> None:
        self._clock = clock
        self._budget = Budget(per_s=calls_per_s, burst=burst, now=clock.monotonic())
        self._first_probe_wait_s = first_probe_wait_s
        self._probe_wait_s = first_probe_wait_s
        self._opens_at = clock.monotonic()
        self._key_refused = False
        self._probing = False
        self._on_open: list[Callable[[], None]] = []

    @property
    def key_refused(self) -> bool:
        """Whether Whisul's last word on the key was no."""
        return self._key_refused

    def when_opened(self, call: Callable[[], None]) -> None:
        """Have `call` called when the gate opens earlier than it had promised."""
        self._on_open.append(call)

    @property
    def is_paused(self) -> bool:
        """Whether Whisul asked for a pause, or refuses the key; an empty budget alone is no news to anybody."""
        return self._opens_at > self._clock.monotonic()

    @property
    def calls_per_s(self) -> float:
        """How many calls a second the budget gives at the moment."""
        return self._budget.per_s

    def opens_in_s(self, *, look: bool = False) -> float:
        """Seconds until a call may be tried, 0 when it may be now; a `look` leaves room for submits."""
        now = self._clock.monotonic()
        reserve = RESERVED_FOR_SUBMITS if look else 0.0
        return max(0.0, self._opens_at - now, self._budget.wait_s(now=now, reserve=reserve))

    def enter(self, *, look: bool = False) -> bool:
        """Take the right to make one call now. While the key is refused only one caller gets it for each wait."""
        if self.opens_in_s(look=look) > 0:
            return False
        self._budget.take(now=self._clock.monotonic())
        if self._key_refused:
            self._opens_at = self._clock.monotonic() + self._probe_wait_s
            self._probing = True
        return True

    def overloaded(self, seconds: float | None = None) -> None:
        """Whisul answered that it cannot keep up: call it less, and not at all for the `seconds` that it may name."""
        self._budget.slow_down()
        if seconds:
            self._opens_at = max(self._opens_at, self._clock.monotonic() + seconds)

    def pause(self, seconds: float | None) -> None:
        """Whisul asked for fewer requests; `seconds` is its wait, None where it named none."""
        self._budget.slow_down()
        wait_s = DEFAULT_HOLD_S if seconds is None else seconds
        self._opens_at = max(self._opens_at, self._clock.monotonic() + wait_s)
        log.info("whisul_rate_limited", pause_s=round(wait_s, 1), calls_per_s=round(self.calls_per_s, 2))

    def refuse_key(self) -> None:
        """Whisul refused the key: say so once, and try again more and more rarely."""
        if self._probing:
            self._probe_wait_s = min(MAX_PROBE_WAIT_S, self._probe_wait_s * 2)
        elif self._key_refused:
            return  # this call was on its way already when the key was refused: it is no probe
        else:
            log.error(
                "whisul_key_refused",
                effect="no job is submitted or polled; all of them are kept",
                remedy="check WHISUL_API_KEY; work goes on by itself once Whisul accepts the key",
            )
            self._key_refused = True
            self._probe_wait_s = self._first_probe_wait_s
        self._probing = False
        self._opens_at = max(self._opens_at, self._clock.monotonic() + self._probe_wait_s)

    def accept_key(self) -> None:
        """Whisul answered a call as authorised."""
        self._budget.recover()
        if not self._probing:
            return  # while the key is refused, only a probe can tell: an older call was answered under the old word
        log.info("whisul_key_accepted", effect="submitting and polling go on")
        self._key_refused = self._probing = False
        self._opens_at = self._clock.monotonic()
        for call in self._on_open:
            call()
