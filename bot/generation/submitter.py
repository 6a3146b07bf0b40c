"""Takes queued jobs, submits them, and survives every answer: the only place where money is spent.

The intent (`submitting`) is written before a request leaves and the fact after its answer, so that a crash between
the two can be told apart: a job found in `submitting` with no owner has an unknown outcome and is never sent again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.domain.jobs import Job, JobState, QueuedJob, Reason
from bot.generation.api_gate import DEFAULT_PAUSE_S, ApiGate
from bot.generation.progress import rounded_position
from bot.generation.queue_order import QueueOrder
from bot.generation.queue_times import QueueTimes
from bot.ops.log_events import about, log_settled
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.retry import retry_until_stored
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulMisdirected,
    WhisulNoCredit,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
)

log = structlog.get_logger(__name__)

MAX_CONCURRENT_SUBMITS = 8
MAX_RETRY_WAIT_S = 60.0
QUEUE_CHECK_S = 15.0
"""How often jobs that wait in the queue are checked against the deadline, when nothing else happens."""

SUBMIT_PATH_KEY = "submit_path"

LEASE_S = 120.0
"""Longer than the longest submit: while it lasts, no other process takes the job for orphaned."""


class Submitter:
    """One loop that turns queued jobs into running ones."""

    def __init__(
        self,
        *,
        store: Store,
        queue_order: QueueOrder,
        whisul: WhisulClient,
        gate: ApiGate,
        clock: Clock,
        metrics: Metrics,
        owner: str,
        max_running_jobs: int,
        job_deadline_s: float,
        wakeup: Wakeup,
        on_running: Callable[[Job], None],
        on_change: Callable[[Job], None],
        on_waiting: Callable[[int], None],
    ) -> None:
        self._store = store
        self._queue_order = queue_order
        self._whisul = whisul
        self._gate = gate
        self._clock = clock
        self._metrics = metrics
        self._owner = owner
        self._max_running_jobs = max_running_jobs
        self._job_deadline_s = job_deadline_s
        self._queue_times = QueueTimes()
        self._on_running = on_running
        self._on_change = on_change
        self._on_waiting = on_waiting
        self._closing = False
        self._stored_path: str | None = None
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._shown_waiting: dict[int, tuple[bool | int, ...]] = {}
        self._crash_retry_at: dict[
            int, float
        ] = {}  # until when a job with which something went wrong is left alone
        self._may_need_slots = True
        self.wakeup = wakeup
        gate.on_reopened(wakeup.wake)

    def close(self) -> None:
        """Take no further job: `run` returns, and nobody needs to interrupt it between an intent and its submit."""
        self._closing = True
        self.wakeup.wake()

    async def run(self) -> None:
        """Submit until closed; submits in hand go on."""
        while not self._closing:
            wait_s = await self._run_once()
            await self.wakeup.sleep(wait_s)

    def on_slot_freed(self) -> None:
        """A running job has ended: look again, if anything may wait for that."""
        if self._may_need_slots:
            self.wakeup.wake()

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The submits under way: each of them is money whose receipt is still to come."""
        return list(self._in_flight.values())

    async def _run_once(self) -> float | None:
        """Start what can start now; returns the seconds until it makes sense to look again (None: only when woken)."""
        self._may_need_slots = True  # as long as it is not known
        waiting = await self._load_queue()
        for job in [job for job in waiting if self._is_overdue(job)]:
            waiting.remove(job)
            await self._isolated(job, self._expire(job))
        ready_in_s = {job.key: self._ready_in_s(job) for job in waiting}
        later_in_s = min(filter(None, ready_in_s.values()), default=None)
        ready = [job for job in waiting if not ready_in_s[job.key]]
        if ready and self._store.file_fault is None:
            await self._submit_in_turn(ready)
        else:
            self._shown_waiting.clear()
        self._may_need_slots = bool(ready)
        return self._next_wait_s(later_in_s, any_waiting=bool(ready))

    async def _submit_in_turn(self, ready: list[QueuedJob]) -> None:
        """Start those whose turn it is, as many as there is room for; the cards of the others tell their place."""
        held = await self._store.count_submitted_by_requester()
        in_turn = await self._queue_order.order(ready, held)
        for job in in_turn[: self._free_slots(sum(held.values()))]:
            if self._closing or not self._gate.enter():
                break
            if await self._isolated(job, self._begin_submit(job)):
                self._queue_order.mark_served(job)
            else:
                await self._isolated(job, self._requeue_unsent(job))
        left = [job for job in in_turn if job.key not in self._in_flight]
        places = {job.key: place for place, job in enumerate(left)}
        self._refresh_waiting_cards(
            {job.key: places.get(job.key, len(left)) for job in ready if job.key not in self._in_flight}
        )

    async def _isolated(self, job: QueuedJob, step: Awaitable[None]) -> bool:
        """Take one job's step; an unforeseen error in it stops no other job. Returns whether the step was taken."""
        try:
            await step
        except StoreError:
            raise  # the database is away for all of them
        except Exception:
            self._crash_retry_at[job.key] = self._clock.monotonic() + MAX_RETRY_WAIT_S
            log.exception("submit_crashed", job=job.short_id, effect="this job waits, others go on")
            self.wakeup.wake()  # for those that its place is free for
            return False
        return True

    async def _requeue_unsent(self, queued: QueuedJob) -> None:
        """Undo an intent of our own on which nothing was sent."""
        job = await self._store.get(queued.key)
        if job is None or job.state is not JobState.SUBMITTING or job.owner != self._owner:
            return
        now = self._clock.now()
        again_at = now + timedelta(seconds=MAX_RETRY_WAIT_S)
        if (
            requeued := await retry_until_stored(self._store.requeue, job.key, submit_after=again_at, now=now)
        ) is not None:
            self._on_change(requeued)

    async def _load_queue(self) -> list[QueuedJob]:
        """The queue, oldest first; when each is ready only `Waits` can tell."""
        jobs = [job for job in await self._store.queue() if job.key not in self._in_flight]
        self._queue_times.update(jobs, now=self._clock.now(), monotonic_s=self._clock.monotonic())
        known = {job.key for job in jobs} | self._in_flight.keys()
        self._queue_times.retain(known)
        now = self._clock.monotonic()
        self._crash_retry_at = {
            key: at for key, at in self._crash_retry_at.items() if key in known and at > now
        }
        return jobs

    def _is_overdue(self, job: QueuedJob) -> bool:
        return self._age_s(job) > self._job_deadline_s and job.key not in self._crash_retry_at

    def _age_s(self, job: Job | QueuedJob) -> float:
        return self._queue_times.age_s(job, now=self._clock.now(), monotonic_s=self._clock.monotonic())

    def _ready_in_s(self, job: QueuedJob) -> float:
        now = self._clock.monotonic()
        return max(
            self._queue_times.ready_in_s(job, monotonic_s=now), self._crash_retry_at.get(job.key, now) - now
        )

    def _refresh_waiting_cards(self, places: dict[int, int]) -> None:
        """Have the cards of jobs that must wait drawn anew when what they wait for, or their place, has changed."""
        gate = self._gate
        shut = (gate.key_refused, gate.no_credit, gate.is_paused)
        held_back = {key: (*shut, rounded_position(ahead)) for key, ahead in places.items()}
        for key, look in held_back.items():
            if self._shown_waiting.get(key) != look:
                self._on_waiting(key)
        self._shown_waiting = held_back

    def _free_slots(self, at_work: int) -> int:
        return max(0, min(self._max_running_jobs - at_work, MAX_CONCURRENT_SUBMITS - len(self._in_flight)))

    def _next_wait_s(self, later_in_s: float | None, *, any_waiting: bool) -> float | None:
        if later_in_s is None and not any_waiting:
            return None
        if closed_for_s := self._gate.opens_in_s():
            return min(QUEUE_CHECK_S, closed_for_s)
        # What could have gone and did not waits for room, and whoever makes room rings.
        return min(QUEUE_CHECK_S, later_in_s or QUEUE_CHECK_S)

    async def _begin_submit(self, queued: QueuedJob) -> None:
        """Write the intent, here in the loop, so that the next count of running jobs has it; then let it go."""
        now = self._clock.now()
        job = await self._store.begin_submit(
            queued.key, owner=self._owner, lease_until=now + timedelta(seconds=LEASE_S), now=now
        )
        if job is None:
            return
        with about(job):
            log.info("job_submitting", state=job.state.value, attempt=job.submit_attempts)
            self._in_flight[job.key] = task = asyncio.create_task(
                self._submit(job), name=f"submit {job.short_id}"
            )
            task.add_done_callback(lambda done: self._on_task_done(job, done))

    def _on_task_done(self, job: Job, task: asyncio.Task[None]) -> None:
        del self._in_flight[job.key]
        if not task.cancelled() and (error := task.exception()):
            log.error("submit_crashed", job=job, exc_info=error)
        self.wakeup.wake()

    async def _submit(self, job: Job) -> None:
        try:
            changed = await self._submit_and_record(job)
        except Exception:
            log.exception(
                "submit_crashed", job=job, effect="its outcome is unknown, and it is not sent again"
            )
            changed = await self._settle_crashed(job)
        if changed is not None:
            self._on_change(changed)
        await self._store_submit_path()

    async def _submit_and_record(self, job: Job) -> Job | None:
        """Submit, and write down what came of it; returns the job as it is then, None where nothing was changed."""
        try:
            with self._metrics.whisul_call("submit"), self._gate.recorded():
                job_id = await self._whisul.submit(job.prompt)
        except WhisulError as error:
            return await self._record_error(job, error)
        return await self._record_acceptance(job, job_id)

    async def _settle_crashed(self, job: Job) -> Job | None:
        """A fault of the program itself: what it left in the middle of a submit must not stay there."""
        found = await retry_until_stored(self._store.get, job.key)
        if found is None or found.state is not JobState.SUBMITTING:
            if found is not None and found.state is JobState.RUNNING:
                self._on_running(found)
            return found
        return await self._settle(job, JobState.UNKNOWN, Reason.NO_ANSWER, log_error="a fault in the program")

    async def _record_acceptance(self, job: Job, job_id: str) -> Job | None:
        # The receipt stands in the log before it is written to the database: it must not get lost with a full disk.
        log.info("job_accepted", state=JobState.RUNNING.value, job_id=job_id)
        running = await retry_until_stored(self._store.accept, job.key, job_id=job_id, now=self._clock.now())
        if running is None:
            # Perhaps it was written, and only the word on it got lost.
            running = await retry_until_stored(self._store.get, job.key)
        if running is None or running.job_id != job_id:
            log.error("job_id_not_stored", job_id=job_id, remedy="compare with Whisul's own list of jobs")
            return await self._settle(job, JobState.UNKNOWN, Reason.NO_ANSWER)
        self._on_running(running)
        return running

    async def _store_submit_path(self) -> None:
        """Keep which path takes prompts, so that the next start need not find out again."""
        path = self._whisul.submit_path
        if path is None or path == self._stored_path:
            return
        try:
            await self._store.key_values.set(SUBMIT_PATH_KEY, path)
        except StoreError as error:
            log.info("submit_path_not_stored", error=str(error), effect="the next submit tries again")
        else:
            self._stored_path = path

    async def _record_error(self, job: Job, error: WhisulError) -> Job | None:
        match error:
            case WhisulRefused():
                return await self._settle(job, JobState.FAILED, Reason.REFUSED, error=error.reason)
            case WhisulMisdirected():
                log.error(
                    "whisul_misdirected",
                    error=str(error),
                    remedy="check WHISUL_API_URL and WHISUL_SUBMIT_PATH",
                )
                return await self._settle(job, JobState.FAILED, Reason.MISDIRECTED)
            case _ if error.created_nothing:
                return await self._requeue(job, error)
            case _:
                return await self._settle(job, JobState.UNKNOWN, Reason.NO_ANSWER, log_error=str(error))

    async def _requeue(self, job: Job, error: WhisulError) -> Job | None:
        now = self._clock.now()
        # Never beyond the deadline: the person is to hear of it then, not when Whisul's wait is over.
        left_s = max(0.0, self._job_deadline_s - self._age_s(job))
        again_at = now + timedelta(seconds=min(left_s, self._retry_wait_s(job, error)))
        # Before the job is queued again: the next round may start while this one still waits for the database.
        self._queue_order.unmark_served(job)
        requeued = await retry_until_stored(self._store.requeue, job.key, submit_after=again_at, now=now)
        if requeued is not None:
            at = again_at.isoformat(timespec="seconds")
            log.info("job_requeued", state=requeued.state.value, at=at, error=str(error))
        return requeued

    def _retry_wait_s(self, job: Job, error: WhisulError) -> float:
        own_s = min(MAX_RETRY_WAIT_S, 2.0 ** min(job.submit_attempts, 10))
        match error:
            case WhisulUnauthorised() | WhisulNoCredit():
                return 0.0  # the gate decides when it is tried again
            case WhisulRateLimited(retry_after_s=None):
                return max(DEFAULT_PAUSE_S, own_s)
            case WhisulRateLimited(retry_after_s=asked_s) | WhisulUnavailable(retry_after_s=asked_s):
                # "Retry-After: 0", or a date that is past, is no leave to hammer.
                return own_s if asked_s is None else max(asked_s, own_s)
            case _:
                return own_s

    async def _expire(self, job: QueuedJob) -> None:
        settled = await self._settle(job, JobState.FAILED, Reason.NEVER_SENT)
        if settled is not None:
            self._on_change(settled)

    async def _settle(
        self,
        job: Job | QueuedJob,
        state: JobState,
        reason: Reason,
        *,
        error: str | None = None,
        log_error: str | None = None,
    ) -> Job | None:
        """End the job. `error` is what its requester may read; `noted` stands in the log alone."""
        settled = await retry_until_stored(
            self._store.settle, job.key, state=state, reason=reason, error=error, now=self._clock.now()
        )
        if settled is not None:
            log_settled(settled, error=log_error)
            self._metrics.settled(settled)
        return settled
