"""One answer for everybody who calls Whisul: may I now, and if not, when?

All calls share one API key and one budget, so a 429 is a pause for all of them and a refused key stops all of them. An account
without credit stops submits alone: looks cost nothing. While either lasts a single call is let through now and then; the
first one that Whisul accepts opens the gate again. What came of each call is reported to the gate in one place (`record`).
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import structlog

from bot.clock import Clock
from bot.generation.api_budget import TokenBucket
from bot.whisul.errors import (
    WhisulDeclined,
    WhisulError,
    WhisulNoCredit,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
)

log = structlog.get_logger(__name__)

DEFAULT_PAUSE_S = 10.0
"""How long everything pauses after a 429 that names no wait."""

MAX_PROBE_WAIT_S = 60.0


RESERVED_FOR_SUBMITS = 1.0
"""Calls that looks leave to submits: a person waits for those."""


class _CircuitBreaker:
    """Refused until a probe is accepted; probes come more and more rarely. Times are monotonic seconds."""

    def __init__(self, first_wait_s: float) -> None:
        self._first_wait_s = first_wait_s
        self._wait_s = first_wait_s
        self._probing = False
        self.is_on = False
        self.opens_at = 0.0

    def enter(self, now: float) -> None:
        """A call goes out; while refused it is a probe, and the only one until the next wait is over."""
        if self.is_on:
            self.opens_at = now + self._wait_s
            self._probing = True

    def refuse(self, now: float) -> bool:
        """A call was refused; returns whether that is news."""
        is_news = not self.is_on
        if self._probing:
            self._wait_s = min(MAX_PROBE_WAIT_S, self._wait_s * 2)
        elif is_news:
            self._wait_s = self._first_wait_s
        else:
            return False  # this call was on its way already when the first was refused: it is no probe
        self.is_on, self._probing = True, False
        self.opens_at = max(self.opens_at, now + self._wait_s)
        return is_news

    def accept(self) -> bool:
        """A call was accepted; returns whether that ends the hold: an older call was answered under the old word."""
        if not self._probing:
            return False
        self.is_on = self._probing = False
        self.opens_at = 0.0
        return True


class ApiGate:
    """Open as far as the budget goes, paused until a moment, or shut by a refused key or an account without credit."""

    def __init__(
        self, *, clock: Clock, first_probe_wait_s: float, calls_per_s: float = 5.0, burst: float = 10.0
    ) -> None:
        self._clock = clock
        self._bucket = TokenBucket(per_s=calls_per_s, burst=burst, now=clock.monotonic())
        self._opens_at = clock.monotonic()
        self._key_breaker = _CircuitBreaker(first_probe_wait_s)
        self._credit_breaker = _CircuitBreaker(first_probe_wait_s)
        self._reopen_callbacks: list[Callable[[], None]] = []

    @property
    def key_refused(self) -> bool:
        """Whether Whisul's last word on the key was no."""
        return self._key_breaker.is_on

    @property
    def no_credit(self) -> bool:
        """Whether Whisul has said that the account has no credit, and has accepted no submit since."""
        return self._credit_breaker.is_on

    def on_reopened(self, call: Callable[[], None]) -> None:
        """Have `call` called when the gate opens earlier than it had promised."""
        self._reopen_callbacks.append(call)

    @property
    def is_paused(self) -> bool:
        """Whether Whisul asked for a pause, or refuses the key; an empty budget alone is no news to anybody."""
        return max(self._opens_at, self._key_breaker.opens_at) > self._clock.monotonic()

    @property
    def calls_per_s(self) -> float:
        """How many calls a second the budget gives at the moment."""
        return self._bucket.per_s

    def opens_in_s(self, *, is_poll: bool = False) -> float:
        """Seconds until a call may be tried, 0 when it may be now; a `look` leaves room for submits."""
        now = self._clock.monotonic()
        opens_at = max(
            self._opens_at, self._key_breaker.opens_at, 0.0 if is_poll else self._credit_breaker.opens_at
        )
        reserve = RESERVED_FOR_SUBMITS if is_poll else 0.0
        return max(0.0, opens_at - now, self._bucket.wait_s(now=now, reserve=reserve))

    def enter(self, *, is_poll: bool = False) -> bool:
        """Take the right to make one call now. While the gate is shut only one caller gets it for each wait."""
        if self.opens_in_s(is_poll=is_poll) > 0:
            return False
        now = self._clock.monotonic()
        self._bucket.take(now=now)
        self._key_breaker.enter(now)
        if not is_poll:
            self._credit_breaker.enter(now)
        return True

    @contextmanager
    def recorded(self, *, is_poll: bool = False) -> Generator[None]:
        """Record what comes of the call within the block; its WhisulError, if any, goes on."""
        try:
            yield
        except WhisulError as error:
            self.record(error)
            raise
        self.record(None, is_poll=is_poll)

    def record(self, error: WhisulError | None, *, is_poll: bool = False) -> None:
        """A call was answered as it should be (None), or met an error. No other place draws conclusions from either."""
        match error:
            case None:
                self._accept_key()
                if not is_poll and self._credit_breaker.accept():
                    self._reopen("whisul_credit_restored", effect="submitting goes on")
            case WhisulNotFound() | WhisulRefused() | WhisulDeclined():
                self._accept_key()
            case WhisulNoCredit():
                self._accept_key()
                self._refuse_credit()
            case WhisulUnauthorised():
                self._refuse_key()
            case WhisulRateLimited(retry_after_s=wait_s):
                self._on_rate_limited(wait_s)
            case WhisulUnavailable(retry_after_s=wait_s):
                self._bucket.slow_down()
                self._pause_for(wait_s or 0.0)
            case _:
                pass  # no answer, none that can be read, or none of the API: it says nothing of key and account

    def _on_rate_limited(self, seconds: float | None) -> None:
        self._bucket.slow_down()
        wait_s = DEFAULT_PAUSE_S if seconds is None else seconds
        self._pause_for(wait_s)
        log.info("whisul_rate_limited", pause_s=round(wait_s, 1), calls_per_s=round(self.calls_per_s, 2))

    def _pause_for(self, seconds: float) -> None:
        self._opens_at = max(self._opens_at, self._clock.monotonic() + seconds)

    def _refuse_key(self) -> None:
        if self._key_breaker.refuse(self._clock.monotonic()):
            log.error(
                "whisul_key_refused",
                effect="no job is submitted or polled; all of them are kept",
                remedy="check WHISUL_API_KEY; work goes on by itself once Whisul accepts the key",
            )

    def _refuse_credit(self) -> None:
        if self._credit_breaker.refuse(self._clock.monotonic()):
            log.error(
                "whisul_no_credit",
                effect="no job is submitted, queued ones are kept; running ones are polled as ever",
                remedy="top up the account at Whisul; submitting goes on by itself once Whisul takes a job again",
            )

    def _accept_key(self) -> None:
        self._bucket.recover()
        if self._key_breaker.accept():
            self._reopen("whisul_key_accepted", effect="submitting and polling go on")

    def _reopen(self, event: str, *, effect: str) -> None:
        log.info(event, effect=effect)
        for call in self._reopen_callbacks:
            call()
