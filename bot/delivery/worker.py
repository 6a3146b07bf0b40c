"""Claims due deliveries from the outbox and runs one task for each: many at once, few to the same channel.

A delivery that has to wait (for Discord, for a rate limit, after an unforeseen error) is postponed in the database and
occupies no slot: a channel or server that fails delays its own deliveries only.
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
from bot.ops.membership import Membership
from bot.store import Store
from bot.store.outbox import MAX_POSTPONED, Capacity
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

CAPACITY = Capacity(total=256, per_channel=4, per_server=32)
"""Discord takes about one message a second in a channel: more at once would only wait inside discord.py."""

MAX_KEPT_FILES = 32
"""How many jobs with kept state, running or postponed, may keep their files open; others download them again."""

FIRST_RETRY_WAIT_S = 1.0
MAX_RETRY_WAIT_S = 15.0
RECHECK_S = 30.0
"""How long the state of a postponed delivery is kept when it is not claimed again, as after an erasure."""

RECHECK_SHARED_S = 5.0
"""How often the outbox is read without a wake, where other processes settle jobs, or end in mid-delivery."""


class DeliveryWorker:
    """One loop that claims due deliveries, and a task for each attempt."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        cards: Cards,
        attempts: Attempts,
        clock: Clock,
        membership: Membership,
    ) -> None:
        self._store = store
        self._connection = connection
        self._cards = cards
        self._attempts = attempts
        self._clock = clock
        self._membership = membership
        self._in_flight = InFlight[Job, None](on_end=lambda _: self.wakeup.wake())
        self._states: dict[int, AttemptState] = {}
        self.wakeup = Wakeup()

    def job_changed(self, job: Job) -> None:
        """Redraw the card of a job that has changed, or deliver its outcome if that is due."""
        if job.delivery is DeliveryState.DUE:
            self.wakeup.wake()
        else:
            self._cards.job_changed(job)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            # Nothing is claimed without Discord: another process may be able to deliver it.
            await self._connection.client()
            await self.wakeup.sleep(await self._claim_due())

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The running attempts."""
        return self._in_flight.tasks()

    async def _claim_due(self) -> float | None:
        """Start due deliveries up to the capacity; returns the seconds until the next check (None: only when woken)."""
        now = self._clock.now()
        sending, sent = self._sending_and_sent()
        if len(sending) < CAPACITY.total:
            jobs = await self._store.outbox.claim(
                owner=self._store.owner,
                now=now,
                capacity=CAPACITY,
                of_shards=self._membership.served,
                in_flight=sending,
                sent=sent,
            )
            for job in jobs:
                self._start(job)
        # After the claim, which takes up again what has been postponed.
        self._drop_overdue()
        # Due deliveries that did not fit need no timer: the end of an attempt wakes this loop.
        later = await self._store.outbox.next_due_at(now=now)
        recheck_s = RECHECK_S if self._membership.is_alone else RECHECK_SHARED_S
        if later is None:
            return None if self._membership.is_alone and not self._postponed() else recheck_s
        return min(recheck_s, (later - now).total_seconds())

    def _sending_and_sent(self) -> tuple[list[Job], list[int]]:
        """The jobs in flight whose message was not sent yet, and the keys of the others."""
        subjects = self._in_flight.subjects()
        sent = [job.key for job in subjects if (state := self._states.get(job.key)) and state.is_sent]
        return [job for job in subjects if job.key not in sent], sent

    def _postponed(self) -> dict[int, AttemptState]:
        """The state kept of postponed jobs, by job key."""
        running = {job.key for job in self._in_flight.subjects()}
        return {key: state for key, state in self._states.items() if key not in running}

    def _drop_overdue(self) -> None:
        """Drop the state of postponed jobs that were not claimed again in time: most of them were erased."""
        for key, state in self._postponed().items():
            if state.next_at + RECHECK_S < self._clock.monotonic():
                self._forget(key)

    def _start(self, job: Job) -> None:
        with about(job):
            self._in_flight.start(job, self._deliver(job), name=f"deliver {job.short_id}")

    async def _deliver(self, job: Job) -> None:
        """Make one attempt; an error postpones this job and affects no other."""
        state = self._states.setdefault(job.key, AttemptState(on_sent=self.wakeup.wake))
        try:
            await self._attempts.deliver(job, state)
        except RetryLater as fault:
            # The state is kept: the next attempt begins with this route, and with its files.
            await self._postpone(job, max(self._next_wait_s(state), fault.at_least_s))
            return
        except DeliveryLost as reason:
            log.info("delivery_lost", reason=str(reason))
        except Exception:
            # Also postponed, so that a bug in one delivery neither ends the loop nor repeats at once.
            log.exception("delivery_crashed", retry_in_s=MAX_RETRY_WAIT_S)
            await self._postpone(job, MAX_RETRY_WAIT_S)
        self._forget(job.key)

    def _next_wait_s(self, state: AttemptState) -> float:
        """Seconds to the next attempt: doubled each time, up to MAX_RETRY_WAIT_S."""
        state.waited_s = min(MAX_RETRY_WAIT_S, 2 * state.waited_s or FIRST_RETRY_WAIT_S)
        return state.waited_s

    async def _postpone(self, job: Job, wait_s: float) -> None:
        # The outbox takes a longer wait for one from before the clock was set back, and the job would be due at once.
        wait_s = min(wait_s, MAX_POSTPONED.total_seconds())
        if state := self._states.get(job.key):
            state.next_at = self._clock.monotonic() + wait_s
            # Open files are limited; the attempt downloads them again.
            if len(self._states) > MAX_KEPT_FILES:
                state.close_files()
        after = self._clock.now() + timedelta(seconds=wait_s)
        if await retry_until_stored(self._store.outbox.postpone, job.key, after=after) is None:
            log.info("delivery_lost", reason="it was erased, or delivered by another process")
            self._forget(job.key)

    def _forget(self, key: int) -> None:
        if state := self._states.pop(key, None):
            state.close_files()
