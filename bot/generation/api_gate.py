"""Shared rate limiter and circuit breaker for the API key.

Only the leading process calls. All calls use one key and one budget, so a 429 pauses all of them, and a refused key stops
all of them. An account without credit stops submits only, because polls cost nothing. While either lasts, a single call is
let through now and then as a probe; the first one that Whisul accepts opens the gate again. The result of each call is
reported in one place (`record`).
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import structlog

from bot.clock import Clock
from bot.domain.api_status import ApiStatus
from bot.generation.api_budget import TokenBucket
from bot.ops.membership import Membership
from bot.store.processes import BEAT_EVERY_S
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
"""How long all calls pause after a 429 without a Retry-After."""

MAX_PROBE_WAIT_S = 60.0

RESERVED_FOR_SUBMITS = 1.0
"""Calls in the budget that polls leave to submits: a person waits for those."""


class _CircuitBreaker:
    """Closed from a refusal until a probe is accepted; the wait between probes doubles. Times are monotonic seconds."""

    def __init__(self, first_wait_s: float) -> None:
        self._first_wait_s = first_wait_s
        self._wait_s = first_wait_s
        self._probing = False
        self.is_on = False
        self.opens_at = 0.0

    def enter(self, now: float) -> None:
        """A call goes out. While the breaker is on it is the probe, and no other call may follow until the next wait is over."""
        if self.is_on:
            # Before the answer is known: until then every other caller would pass as a probe too.
            self.opens_at = now + self._wait_s
            self._probing = True

    def refuse(self, now: float) -> bool:
        """A call was refused; returns whether it is the first refusal."""
        is_news = not self.is_on
        if self._probing:
            self._wait_s = min(MAX_PROBE_WAIT_S, self._wait_s * 2)
        elif is_news:
            self._wait_s = self._first_wait_s
        else:
            # Sent before the first refusal was known: it is no probe, and the wait does not grow.
            return False
        self.is_on, self._probing = True, False
        # `enter` may have set a later time.
        self.opens_at = max(self.opens_at, now + self._wait_s)
        return is_news

    def restore(self, now: float, *, is_on: bool) -> None:
        """Continue from what another process has found."""
        self.is_on, self._probing, self._wait_s = is_on, False, self._first_wait_s
        self.opens_at = now + self._wait_s if is_on else 0.0

    def accept(self) -> bool:
        """A call was accepted; returns whether that turns the breaker off. Only a probe does: other calls were sent earlier."""
        if not self._probing:
            return False
        self.is_on = self._probing = False
        self.opens_at = 0.0
        return True


class ApiGate:
    """Lets calls through within the budget, unless they are paused, or stopped by a refused key or missing credit."""

    def __init__(
        self,
        *,
        clock: Clock,
        membership: Membership,
        first_probe_wait_s: float,
        calls_per_s: float = 5.0,
        burst: float = 10.0,
    ) -> None:
        self._clock = clock
        self._membership = membership
        membership.api_status = self._own_status
        self._bucket = TokenBucket(per_s=calls_per_s, burst=burst, now=clock.monotonic())
        self._opens_at = clock.monotonic()
        self._key_breaker = _CircuitBreaker(first_probe_wait_s)
        self._credit_breaker = _CircuitBreaker(first_probe_wait_s)
        self._reopen_callbacks: list[Callable[[], None]] = []

    @property
    def key_refused(self) -> bool:
        """Whether Whisul refused the key and has not accepted it since."""
        return self.status.key_refused

    @property
    def no_credit(self) -> bool:
        """Whether Whisul has said that the account has no credit, and has accepted no submit since."""
        return self.status.no_credit

    def on_reopened(self, call: Callable[[], None]) -> None:
        """Have `call` called when the gate opens earlier than `opens_in_s` said."""
        self._reopen_callbacks.append(call)

    @property
    def is_paused(self) -> bool:
        """Whether Whisul asked for a pause, or refuses the key; an empty budget alone does not count."""
        return self.status.pause_s > 0

    @property
    def status(self) -> ApiStatus:
        """What is known of the API: by this process if it leads, else by the one that does."""
        return self._own_status() if self._membership.leads else self._membership.leaders_api_status

    def _own_status(self) -> ApiStatus:
        opens_at = max(self._opens_at, self._key_breaker.opens_at)
        return ApiStatus(
            key_refused=self._key_breaker.is_on,
            no_credit=self._credit_breaker.is_on,
            pause_s=max(0.0, opens_at - self._clock.monotonic()),
        )

    def restore(self, found: ApiStatus) -> None:
        """Continue from what the leader before has found, with an empty budget: it may have used it up."""
        now = self._clock.monotonic()
        self._bucket.drain(now=now)
        self._opens_at = now + found.pause_s
        self._key_breaker.restore(now, is_on=found.key_refused)
        self._credit_breaker.restore(now, is_on=found.no_credit)

    @property
    def calls_per_s(self) -> float:
        """How many calls a second the budget allows at the moment."""
        return self._bucket.per_s

    def opens_in_s(self, *, is_poll: bool = False) -> float:
        """Seconds until a call may be made, 0 when it may be made now; polls leave `RESERVED_FOR_SUBMITS` calls."""
        now = self._clock.monotonic()
        if not self._membership.leads:
            return BEAT_EVERY_S
        opens_at = max(
            self._opens_at, self._key_breaker.opens_at, 0.0 if is_poll else self._credit_breaker.opens_at
        )
        reserve = RESERVED_FOR_SUBMITS if is_poll else 0.0
        return max(0.0, opens_at - now, self._bucket.wait_s(now=now, reserve=reserve))

    def enter(self, *, is_poll: bool = False) -> bool:
        """Take one call from the budget; False if no call may be made now. While the gate is closed it admits single probes."""
        if self.opens_in_s(is_poll=is_poll) > 0:
            return False
        now = self._clock.monotonic()
        self._bucket.take(now=now)
        # From here on this call is the probe of every breaker that is on.
        self._key_breaker.enter(now)
        if not is_poll:
            self._credit_breaker.enter(now)
        return True

    @contextmanager
    def recorded(self, *, is_poll: bool = False) -> Generator[None]:
        """Record the result of the call within the block; a WhisulError is raised again."""
        try:
            yield
        except WhisulError as error:
            self.record(error)
            raise
        self.record(None, is_poll=is_poll)

    def record(self, error: WhisulError | None, *, is_poll: bool = False) -> None:
        """Draw the conclusions from a call: it was answered as promised (None), or met an error."""
        match error:
            case None:
                self._accept_key()
                # An accepted poll proves that the key is good, but not that there is credit: polls cost nothing.
                if not is_poll and self._credit_breaker.accept():
                    self._reopen("whisul_credit_restored", effect="submitting goes on")
            # The API itself has judged the request or the job, so it has accepted the key before.
            case WhisulNotFound() | WhisulRefused() | WhisulDeclined():
                self._accept_key()
            case WhisulNoCredit():
                # Whisul has looked up the account of the key, and so accepted the key.
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
                # No answer, or none of the API itself: it says nothing about key and account.
                pass

    def _on_rate_limited(self, seconds: float | None) -> None:
        self._bucket.slow_down()
        wait_s = DEFAULT_PAUSE_S if seconds is None else seconds
        self._pause_for(wait_s)
        log.info("whisul_rate_limited", pause_s=round(wait_s, 1), calls_per_s=round(self.calls_per_s, 2))

    def _pause_for(self, seconds: float) -> None:
        # The longest pause counts: answers of concurrent calls arrive in any order.
        self._opens_at = max(self._opens_at, self._clock.monotonic() + seconds)
        # At once: if this process ends before the next beat, the next leader has to know.
        self._membership.wakeup.wake()

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
