"""Submits queued jobs to the music API: the only module that spends money.

The intent (state `submitting`) is committed before the request leaves, and the result after its answer. A crash between
the two is recognised by a job in `submitting` that no process owns: its outcome is unknown, and it is never sent again.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.concurrency import InFlight, Wakeup
from bot.domain.jobs import Job, JobState, QueuedJob, Reason
from bot.generation.api_calls import ApiCalls
from bot.generation.api_gate import DEFAULT_PAUSE_S
from bot.generation.job_listener import JobListener
from bot.generation.poller import Poller
from bot.generation.progress import rounded_position
from bot.generation.queue_order import QueueOrder
from bot.generation.queue_times import QueueTimes
from bot.ops.log_events import about, log_settled
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.retry import retry_until_stored
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
RECHECK_S = 5.0
"""How often the queue is read without a wake, where other processes may have recorded jobs."""

QUEUE_CHECK_S = 15.0
"""How often queued jobs are checked against the deadline while nothing wakes the loop."""

SUBMIT_PATH_KEY = "submit_path"
"""The key under which the path that takes submits is stored."""


class Submitter:
    """One loop that submits queued jobs in a fair order.

    `job_deadline_s` is how long a job may wait in the queue, in seconds since its request. Only the leading process submits.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue_order: QueueOrder,
        api: ApiCalls,
        poller: Poller,
        membership: Membership,
        clock: Clock,
        metrics: Metrics,
        job_deadline_s: float,
        listener: JobListener,
    ) -> None:
        self._store = store
        self._queue_order = queue_order
        self._api = api
        self._gate = api.gate
        self._poller = poller
        self._membership = membership
        self._clock = clock
        self._metrics = metrics
        self._job_deadline_s = job_deadline_s
        self._listener = listener
        self._queue_times = QueueTimes()
        self._closing = False
        self._stored_path: str | None = None
        self._in_flight = InFlight[int, None](on_end=self._submit_ended)
        # By key what the card of each waiting job was last drawn from: the gate's state and the rounded position.
        self._shown_waiting: dict[int, tuple[bool | int, ...]] = {}
        # By key the monotonic time until which a job that raised an unexpected error is skipped.
        self._crash_retry_at: dict[int, float] = {}
        self._may_need_slots = True
        self.wakeup = Wakeup()
        self._gate.on_reopened(self.wakeup.wake)
        self._poller.on_slot_freed(self._slot_freed)

    def close(self) -> None:
        """Start no further submit and let `run` return, so that it need not be cancelled between intent and request."""
        self._closing = True
        self.wakeup.wake()

    async def run(self) -> None:
        """Submit until closed; submits in flight continue after that."""
        while not self._closing:
            wait_s = await self._run_once()
            await self.wakeup.sleep(wait_s)

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The submits under way. Cancelling one loses the job ID of a song that may already be paid for."""
        return self._in_flight.tasks()

    def _slot_freed(self) -> None:
        """A running job has ended. Wakes the loop only if a queued job may need its slot."""
        if self._may_need_slots:
            self.wakeup.wake()

    async def _run_once(self) -> float | None:
        """Start the submits that can start now; returns the seconds to the next run (None: only when woken)."""
        if not self._membership.leads:
            return None
        # Until this run knows better: a slot that is freed during it must wake the loop.
        self._may_need_slots = True
        waiting = await self._load_queue()
        # Whatever the gate says: a request past its deadline also ends while Whisul is out of reach.
        for job in [job for job in waiting if self._is_overdue(job)]:
            waiting.remove(job)
            await self._isolated(job, self._expire(job))
        ready_in_s = {job.key: self._ready_in_s(job) for job in waiting}
        later_in_s = min(filter(None, ready_in_s.values()), default=None)
        ready = [job for job in waiting if not ready_in_s[job.key]]
        # A database file that was deleted would lose the intent, and with it the job ID.
        if ready and self._store.file_fault is None:
            await self._submit_in_turn(ready)
        else:
            self._shown_waiting.clear()
        self._may_need_slots = bool(ready)
        return self._next_wait_s(later_in_s, any_waiting=bool(ready))

    async def _submit_in_turn(self, ready: list[QueuedJob]) -> None:
        """Submit in fair order, as many as there are free slots; redraw the cards of those left."""
        running = await self._store.count_submitted_by_requester()
        in_turn = await self._queue_order.order(ready, running)
        for job in in_turn[: self._free_slots(sum(running.values()))]:
            # The call is taken from the budget before the intent is committed: a job that waited for the budget in `submitting`
            # would become `unknown` after a crash, though nothing was sent.
            if self._closing or not self._gate.enter():
                break
            if await self._isolated(job, self._begin_submit(job)):
                self._queue_order.mark_served(job)
            else:
                await self._isolated(job, self._requeue_unsent(job))
        left = [job for job in in_turn if job.key not in self._in_flight]
        positions = {job.key: position for position, job in enumerate(left)}
        # Jobs whose server is at its limit are not in the order: they come after all that are.
        self._refresh_waiting_cards(
            {job.key: positions.get(job.key, len(left)) for job in ready if job.key not in self._in_flight}
        )

    async def _isolated(self, job: QueuedJob, step: Awaitable[None]) -> bool:
        """Await one job's step; False if it raised an unexpected error, which must not stop the other jobs.

        Raises:
            StoreError: the database is away, for all jobs.
        """
        try:
            await step
        except StoreError:
            raise
        except Exception:
            self._crash_retry_at[job.key] = self._clock.monotonic() + MAX_RETRY_WAIT_S
            log.exception("submit_crashed", job=job.short_id, effect="this job waits, others go on")
            self.wakeup.wake()  # its slot is free for another job
            return False
        return True

    async def _requeue_unsent(self, queued: QueuedJob) -> None:
        """Undo this process's own intent when no request was sent."""
        # `begin_submit` may have committed the intent and raised all the same, or another process may have taken the job:
        # only an intent of this process is undone.
        job = await self._store.get(queued.key)
        if job is None or job.state is not JobState.SUBMITTING or job.owner != self._store.owner:
            return
        now = self._clock.now()
        again_at = now + timedelta(seconds=MAX_RETRY_WAIT_S)
        requeued = await retry_until_stored(self._store.requeue, job.key, submit_after=again_at, now=now)
        if requeued is not None:
            self._listener.job_changed(requeued)

    async def _load_queue(self) -> list[QueuedJob]:
        """The queue without submits in flight, oldest first; `QueueTimes` knows when each is ready."""
        jobs = [job for job in await self._store.queue() if job.key not in self._in_flight]
        self._queue_times.update(jobs, now=self._clock.now(), monotonic_s=self._clock.monotonic())
        # A submit in flight may be requeued, and keeps its age for that.
        known = {job.key for job in jobs}.union(self._in_flight.subjects())
        self._queue_times.retain(known)
        now = self._clock.monotonic()
        self._crash_retry_at = {
            key: at for key, at in self._crash_retry_at.items() if key in known and at > now
        }
        return jobs

    def _is_overdue(self, job: QueuedJob) -> bool:
        # A job whose expiry has raised an error waits as after any other failed step.
        return self._age_s(job) > self._job_deadline_s and job.key not in self._crash_retry_at

    def _age_s(self, job: Job | QueuedJob) -> float:
        return self._queue_times.age_s(job, now=self._clock.now(), monotonic_s=self._clock.monotonic())

    def _ready_in_s(self, job: QueuedJob) -> float:
        now = self._clock.monotonic()
        wait_s = self._queue_times.ready_in_s(job, monotonic_s=now)
        return max(wait_s, self._crash_retry_at.get(job.key, now) - now)

    def _refresh_waiting_cards(self, positions: dict[int, int]) -> None:
        """Redraw the card of each waiting job whose rounded position, or whose reason to wait, has changed."""
        gate = self._gate
        closed = (gate.key_refused, gate.no_credit, gate.is_paused)
        waiting = {key: (*closed, rounded_position(ahead)) for key, ahead in positions.items()}
        for key, shown in waiting.items():
            if self._shown_waiting.get(key) != shown:
                self._listener.card_changed(key)
        self._shown_waiting = waiting

    def _free_slots(self, running: int) -> int:
        free = min(self._queue_order.max_running - running, MAX_CONCURRENT_SUBMITS - len(self._in_flight))
        return max(0, free)

    def _next_wait_s(self, later_in_s: float | None, *, any_waiting: bool) -> float | None:
        if later_in_s is None and not any_waiting:
            # Requests of other processes are announced, but an announcement can be lost.
            return None if self._membership.is_alone else RECHECK_S
        if closed_for_s := self._gate.opens_in_s():
            return min(QUEUE_CHECK_S, closed_for_s)
        # A job that was ready and did not go waits for a slot, and whatever frees one wakes the loop.
        return min(QUEUE_CHECK_S, later_in_s or QUEUE_CHECK_S)

    async def _begin_submit(self, queued: QueuedJob) -> None:
        """Commit the intent, then start the request in a task of its own.

        The commit is awaited in the loop, so that the next count of running jobs includes this one.
        """
        job = await self._store.begin_submit(
            queued.key,
            owner=self._store.owner,
            now=self._clock.now(),
            # By the database's clock: this process may have been suspended since it last knew that it leads.
            if_leader=not self._membership.is_alone,
        )
        # Cancelled, or taken by another process, since the queue was read.
        if job is None:
            return
        with about(job):
            log.info("job_submitting", state=job.state.value, attempt=job.submit_attempts)
            self._in_flight.start(job.key, self._submit(job), name=f"submit {job.short_id}")

    def _submit_ended(self, task: asyncio.Task[None]) -> None:
        # Runs in the context of `start`, so that the log line has the job's fields.
        if not task.cancelled() and (error := task.exception()):
            log.error("submit_crashed", exc_info=error)
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
            self._listener.job_changed(changed)
        # Last: it only saves the next start a request, and must delay nothing else.
        await self._store_submit_path()

    async def _submit_and_record(self, job: Job) -> Job | None:
        """Submit and store the result; returns the job as it is then, None if its row was not changed."""
        if not self._membership.leads:
            # Suspended since the intent was recorded: another process may be using the budget by now.
            return await retry_until_stored(
                self._store.requeue, job.key, submit_after=self._clock.now(), now=self._clock.now()
            )
        try:
            job_id = await self._api.submit(job.prompt)
        except WhisulError as error:
            return await self._record_error(job, error)
        return await self._record_acceptance(job, job_id)

    async def _settle_crashed(self, job: Job) -> Job | None:
        """Leave no job in `submitting` after a fault of the program itself: the request may have been sent."""
        found = await retry_until_stored(self._store.get, job.key)
        if found is None:
            return None
        if found.state is JobState.SUBMITTING:
            return await self._settle(
                job, JobState.UNKNOWN, Reason.NO_ANSWER, log_error="a fault in the program"
            )
        # The error came after the acceptance was stored.
        if found.state is JobState.RUNNING:
            self._poller.follow([found])
        return found

    async def _record_acceptance(self, job: Job, job_id: str) -> Job | None:
        # Log the job ID before storing it: on a full disk the log may be the only place that has it.
        log.info("job_accepted", state=JobState.RUNNING.value, job_id=job_id)
        running = await retry_until_stored(self._store.accept, job.key, job_id=job_id, now=self._clock.now())
        if running is None:
            # An earlier try may have been committed although its answer was lost.
            running = await retry_until_stored(self._store.get, job.key)
        if running is None or running.job_id != job_id:
            log.error("job_id_not_stored", job_id=job_id, remedy="compare with Whisul's own list of jobs")
            return await self._settle(job, JobState.UNKNOWN, Reason.NO_ANSWER)
        self._poller.follow([running])
        return running

    async def _store_submit_path(self) -> None:
        """Store which path takes submits, so that the next start need not discover it again."""
        path = self._api.submit_path
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
                remedy = "check WHISUL_API_URL and WHISUL_SUBMIT_PATH"
                log.error("whisul_misdirected", error=str(error), remedy=remedy)
                return await self._settle(job, JobState.FAILED, Reason.MISDIRECTED)
            case _ if error.created_nothing:
                return await self._requeue(job, error)
            case _:
                # Whisul may have accepted the prompt, and charged for it, before the answer was lost.
                return await self._settle(job, JobState.UNKNOWN, Reason.NO_ANSWER, log_error=str(error))

    async def _requeue(self, job: Job, error: WhisulError) -> Job | None:
        now = self._clock.now()
        # At the deadline at the latest: the requester must read of it then, however long Whisul asks to wait.
        left_s = max(0.0, self._job_deadline_s - self._age_s(job))
        again_at = now + timedelta(seconds=min(left_s, self._retry_wait_s(job, error)))
        # Before the job is queued again: the next run may start while this one still waits for the database.
        self._queue_order.unmark_served(job)
        requeued = await retry_until_stored(self._store.requeue, job.key, submit_after=again_at, now=now)
        if requeued is not None:
            at = again_at.isoformat(timespec="seconds")
            log.info("job_requeued", state=requeued.state.value, at=at, error=str(error))
        return requeued

    def _retry_wait_s(self, job: Job, error: WhisulError) -> float:
        backoff_s = min(MAX_RETRY_WAIT_S, 2.0 ** min(job.submit_attempts, 10))
        match error:
            case WhisulUnauthorised() | WhisulNoCredit():
                # The gate decides when it is tried again.
                return 0.0
            case WhisulRateLimited(retry_after_s=None):
                return max(DEFAULT_PAUSE_S, backoff_s)
            case WhisulRateLimited(retry_after_s=asked_s) | WhisulUnavailable(retry_after_s=asked_s):
                # "Retry-After: 0", or a date in the past, does not switch the back-off off.
                return backoff_s if asked_s is None else max(asked_s, backoff_s)
            case _:
                return backoff_s

    async def _expire(self, job: QueuedJob) -> None:
        settled = await self._settle(job, JobState.FAILED, Reason.NEVER_SENT)
        if settled is not None:
            self._listener.job_changed(settled)

    async def _settle(
        self,
        job: Job | QueuedJob,
        state: JobState,
        reason: Reason,
        *,
        error: str | None = None,
        log_error: str | None = None,
    ) -> Job | None:
        """End the job; None if it had ended already. The requester may read `error`; `log_error` is only logged."""
        settled = await retry_until_stored(
            self._store.settle, job.key, state=state, reason=reason, error=error, now=self._clock.now()
        )
        if settled is not None:
            log_settled(settled, error=log_error)
            self._metrics.settled(settled)
        return settled
