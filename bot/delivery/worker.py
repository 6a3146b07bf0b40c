"""The outbox: delivers each finished job exactly once, many at a time and few to the same channel.

What has to wait (for Discord, for a rate limit, after a mistake of our own) is put off in the database and holds no place:
a channel or a server in trouble keeps its own songs waiting and nobody else's.
"""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.concurrency import InFlight, Wakeup
from bot.delivery.attempt import Attempts, AttemptState, DeliveryLost, RetryLater
from bot.delivery.cards import Cards
from bot.discord_io.connection import DiscordConnection
from bot.domain.jobs import DeliveryState, Job
from bot.ops.log_events import about
from bot.store import Store
from bot.store.outbox import Capacity
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

CAPACITY = Capacity(total=256, per_channel=4, per_server=32)
"""Discord takes about one message a second in a channel: more at once would only wait inside discord.py."""

MAX_KEPT_FILES = 32
"""So many of the jobs that wait keep their files at hand; the others fetch theirs anew."""

LEASE_S = 120.0
FIRST_RETRY_WAIT_S = 1.0
MAX_RETRY_WAIT_S = 15.0
RECHECK_S = 30.0
"""How often the outbox is read though nothing rang, where deliveries of other processes become free with time alone."""


class DeliveryWorker:
    """One loop that takes due deliveries, and a task for each attempt."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        cards: Cards,
        attempts: Attempts,
        clock: Clock,
        owner: str,
    ) -> None:
        self._store = store
        self._connection = connection
        self._cards = cards
        self._attempts = attempts
        self._clock = clock
        self._owner = owner
        self._takeover = False
        self._in_flight = InFlight[Job, None](on_end=lambda _: self.wakeup.wake())
        self._states: dict[int, AttemptState] = {}
        self.wakeup = Wakeup()

    def job_changed(self, job: Job) -> None:
        """A job has changed: show it on its card, or tell its outcome."""
        if job.delivery is DeliveryState.DUE:
            self.wakeup.wake()
        else:
            self._cards.refresh_soon(job.key)

    async def run(self, *, takeover: bool) -> None:
        """Deliver until cancelled. With `takeover`, deliveries of a dead process are free at once."""
        self._takeover = takeover
        while True:
            await self._connection.client()
            await self.wakeup.sleep(await self._claim_due())

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The attempts under way."""
        return self._in_flight.tasks()

    async def _claim_due(self) -> float | None:
        """Start what is due and fits; returns the seconds until the outbox is worth another look (None: when woken)."""
        now = self._clock.now()
        if len(self._in_flight) < CAPACITY.total:
            jobs = await self._store.outbox.claim(
                owner=self._owner,
                lease_until=now + timedelta(seconds=LEASE_S),
                now=now,
                capacity=CAPACITY,
                takeover=self._takeover,
                in_flight=self._in_flight.subjects(),
            )
            for job in jobs:
                self._start(job)
        self._drop_overdue()
        # What is due and did not fit waits for an attempt to end, which rings.
        later = await self._store.outbox.next_due_at(now=now)
        if later is None:
            return None if self._takeover and not self._postponed() else RECHECK_S
        return min(RECHECK_S, (later - now).total_seconds())

    def _postponed(self) -> dict[int, AttemptState]:
        """What is remembered of jobs that were put off."""
        running = {job.key for job in self._in_flight.subjects()}
        return {key: state for key, state in self._states.items() if key not in running}

    def _drop_overdue(self) -> None:
        """Drop what is remembered of jobs that were put off and have not come back: most of them were erased."""
        for key, state in self._postponed().items():
            if state.next_at + RECHECK_S < self._clock.monotonic():
                self._forget(key)

    def _start(self, job: Job) -> None:
        with about(job):
            self._in_flight.start(job, self._deliver(job), name=f"deliver {job.short_id}")

    async def _deliver(self, job: Job) -> None:
        """One attempt; whatever goes wrong holds this job up for a while, and no other."""
        state = self._states.setdefault(job.key, AttemptState())
        try:
            await self._attempts.deliver(job, state)
        except RetryLater as fault:
            await self._postpone(job, max(self._next_wait_s(state), fault.at_least_s))
            return
        except DeliveryLost as reason:
            log.info("delivery_lost", reason=str(reason))
        except Exception:
            log.exception("delivery_crashed", retry_in_s=MAX_RETRY_WAIT_S)
            await self._postpone(job, MAX_RETRY_WAIT_S)
        self._forget(job.key)

    def _next_wait_s(self, state: AttemptState) -> float:
        """The wait doubles from attempt to attempt."""
        state.waited_s = min(MAX_RETRY_WAIT_S, 2 * state.waited_s or FIRST_RETRY_WAIT_S)
        return state.waited_s

    async def _postpone(self, job: Job, wait_s: float) -> None:
        if state := self._states.get(job.key):
            state.next_at = self._clock.monotonic() + wait_s
            if len(self._states) > MAX_KEPT_FILES:
                state.close_files()
        after = self._clock.now() + timedelta(seconds=wait_s)
        if await retry_until_stored(self._store.outbox.postpone, job.key, after=after) is None:
            log.info("delivery_lost", reason="it was erased, or told by another process")
            self._forget(job.key)

    def _forget(self, key: int) -> None:
        if state := self._states.pop(key, None):
            state.close_files()
