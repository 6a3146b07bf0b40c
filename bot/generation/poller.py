"""The one polling loop: it follows every running job of this process and hands each outcome on.

When to look at a job lives in this process's memory (a heap); the database is written only when something changes.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.domain.jobs import Job, JobReport, JobState, Reason, ReportedStatus
from bot.errors import BotError
from bot.generation.api_gate import ApiGate
from bot.generation.poll_schedule import PollSchedule
from bot.ops.log_events import about, log_settled
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.store.retry import retry_until_stored
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulDeclined,
    WhisulError,
    WhisulMisdirected,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnreadable,
)

log = structlog.get_logger(__name__)

MAX_CONCURRENT_POLLS = 32
LEASE_S = 60.0
UPDATE_STEP_EVERY_S = 5.0
LATE_STATES = (JobState.TIMED_OUT, JobState.EXPIRED)
"""Outcomes that a later look may still turn into a song."""

ANSWERS_WITHOUT_JOB = (WhisulDeclined, WhisulMisdirected, WhisulRefused, WhisulUnreadable)
"""Answers to a look that are no job, from something that is there: waiting for it has an end."""


@dataclass(slots=True)
class _FollowedJob:
    """A job in hand. Times are monotonic seconds, so that a stepping clock moves no deadline."""

    job: Job
    job_id: str
    accepted_s: float
    deadline_s: float
    failures: int = 0
    last_poll_s: float | None = None
    missing_since_s: float | None = None


class Poller:
    """Polls each followed job when it is due, until it has an outcome."""

    def __init__(
        self,
        *,
        store: Store,
        whisul: WhisulClient,
        gate: ApiGate,
        clock: Clock,
        metrics: Metrics,
        owner: str,
        schedule: PollSchedule,
        poll_interval_s: float,
        job_deadline_s: float,
        not_found_grace_s: float,
        on_change: Callable[[Job], None],
        on_slot_freed: Callable[[], None],
    ) -> None:
        self._store = store
        self._whisul = whisul
        self._gate = gate
        self._clock = clock
        self._metrics = metrics
        self._owner = owner
        self._schedule = schedule
        self._step_updated_at = -UPDATE_STEP_EVERY_S
        self._poll_interval_s = poll_interval_s
        self._job_deadline_s = job_deadline_s
        self._not_found_grace_s = not_found_grace_s
        self._on_change = on_change
        self._on_slot_freed = on_slot_freed
        self._followed: dict[int, _FollowedJob] = {}
        self._late_polls: dict[int, float] = {}
        self._due_heap: list[tuple[float, int]] = []
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self.wakeup = Wakeup()
        gate.on_reopened(self.wakeup.wake)

    # --- what others ask of it ---------------------------------------------------------------------------------

    def follow(self, jobs: Iterable[Job]) -> None:
        """Take running jobs in hand; those already in hand are left as they are."""
        now, wall = self._clock.monotonic(), self._clock.now()
        for job in jobs:
            if job.key in self._followed or job.job_id is None:
                continue
            age_s = max(0.0, (wall - (job.accepted_at or job.created_at)).total_seconds())
            accepted = now - age_s
            followed = _FollowedJob(
                job=job, job_id=job.job_id, accepted_s=accepted, deadline_s=accepted + self._job_deadline_s
            )
            self._followed[job.key] = followed
            self._schedule_poll(self._schedule.first_wait_s(age_s), followed)
        self.wakeup.wake()

    async def poll_now(self, job: Job) -> Job:
        """Look at a job because somebody asks: at most once an interval, and also after it was given up.

        Returns the job as it stands afterwards; trouble with Whisul leaves it as it was.
        """
        followed = self._followed.get(job.key)
        if followed is not None:
            if self._may_poll(followed):
                await self._poll(followed)
        elif job.state in LATE_STATES and job.job_id is not None and self._may_poll_late(job.key):
            await self._poll_late(job, job.job_id)
        return await self._store.get(job.key) or job

    async def load_durations(self) -> None:
        """Learn from what is stored."""
        for duration_s in reversed(await self._store.recent_generations_s()):
            self._schedule.add_duration(duration_s)

    # --- the loop ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.wakeup.sleep(self._start_due_polls())

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The looks under way."""
        return list(self._in_flight.values())

    async def keep_leases(self) -> None:
        """Renew this process's leases, and take over jobs whose owner is gone, until cancelled.

        Where no other process can have the database, nobody looks at leases, and nothing is written.
        """
        if self._store.is_exclusive:
            await asyncio.get_running_loop().create_future()
        while True:
            await asyncio.sleep(LEASE_S / 3)
            try:
                await self._store.renew_leases(owner=self._owner, lease_until=self._lease_until())
                await self.take_over(takeover=False)
            except BotError as error:
                log.warning("leases_not_renewed", error=str(error), remedy="bring the database back")

    async def take_over(self, *, takeover: bool) -> None:
        """Take in hand what nobody follows; jobs found in the middle of a submit become `unknown`."""
        now = self._clock.now()
        for job in await self._store.settle_orphaned_submits(owner=self._owner, now=now, takeover=takeover):
            log_settled(job, error="the program stopped before the answer")
            self._metrics.settled(job)
            self._on_change(job)
        jobs = await self._store.take_over(
            owner=self._owner, lease_until=self._lease_until(), now=now, takeover=takeover
        )
        if jobs:
            log.info("jobs_taken_over", jobs=len(jobs))
        self.follow(jobs)
        for job in jobs:
            self._on_change(job)

    def _lease_until(self) -> datetime:
        return self._clock.now() + timedelta(seconds=LEASE_S)

    def _start_due_polls(self) -> float | None:
        """Start the looks that are due; returns the seconds to the next one (None: only when woken)."""
        now = self._clock.monotonic()
        self._plan(now)
        while self._due_heap and self._due_heap[0][0] <= now:
            followed = self._followed.get(self._due_heap[0][1])
            if followed is not None:
                if len(self._in_flight) >= MAX_CONCURRENT_POLLS:
                    return None  # a look that ends rings
                if not self._gate.enter(is_poll=True):
                    return self._gate.opens_in_s(is_poll=True)
                self._start_poll(followed)
            heapq.heappop(self._due_heap)
        return max(0.0, self._due_heap[0][0] - now) if self._due_heap else None

    def _plan(self, now: float) -> None:
        """Fit the schedule to what is followed now."""
        if now - self._step_updated_at < UPDATE_STEP_EVERY_S:
            return
        self._step_updated_at = now
        ages_s = (now - followed.accepted_s for followed in self._followed.values())
        self._schedule.update_step(ages_s, polls_per_s=self._gate.calls_per_s)

    def _schedule_poll(self, wait_s: float, followed: _FollowedJob) -> None:
        """Have the job looked at after so many seconds, and surely when its deadline passes."""
        now = self._clock.monotonic()
        before_deadline_s = followed.deadline_s - now
        if 0 < before_deadline_s < wait_s:
            wait_s = max(self._poll_interval_s, before_deadline_s)
        heapq.heappush(self._due_heap, (now + wait_s, followed.job.key))

    def _start_poll(self, followed: _FollowedJob) -> None:
        key = followed.job.key
        with about(followed.job):
            task = asyncio.create_task(
                self._poll_and_reschedule(followed), name=f"look {followed.job.short_id}"
            )
        self._in_flight[key] = task

        def finished(done: asyncio.Task[None]) -> None:
            # When the machine stood still for long, the next look may have begun before this is called.
            if self._in_flight.get(key) is done:
                del self._in_flight[key]
            self.wakeup.wake()

        task.add_done_callback(finished)

    async def _poll_and_reschedule(self, followed: _FollowedJob) -> None:
        """One look, then the time of the next: whatever goes wrong with one job, the loop goes on."""
        try:
            await self._poll(followed)
        except Exception:
            followed.failures += 1
            log.exception("poll_crashed", job=followed.job)
        if followed.job.key in self._followed:
            self._schedule_poll(self._next_wait_s(followed), followed)

    def _next_wait_s(self, followed: _FollowedJob) -> float:
        if followed.missing_since_s is not None:
            return self._poll_interval_s  # whether it is there at all is soon to be known
        age_s = self._clock.monotonic() - followed.accepted_s
        return self._schedule.next_wait_s(age_s, failures=followed.failures)

    # --- one look ----------------------------------------------------------------------------------------------

    async def _get_report(self, job_id: str) -> JobReport:
        with self._metrics.whisul_call("look"), self._gate.recorded(is_poll=True):
            return await self._whisul.job(job_id)

    async def _poll(self, followed: _FollowedJob) -> None:
        followed.last_poll_s = self._clock.monotonic()
        try:
            report = await self._get_report(followed.job_id)
        except WhisulNotFound:
            await self._on_not_found(followed)
        except WhisulError as error:
            await self._on_error(followed, error)
        else:
            followed.failures, followed.missing_since_s = 0, None
            if ending := _outcome(report, past_deadline=self._clock.monotonic() > followed.deadline_s):
                await self._settle(followed, ending)

    async def _on_not_found(self, followed: _FollowedJob) -> None:
        """A 404 right after a submit may be replication lag: it is final only when it lasts."""
        now = self._clock.monotonic()
        if followed.missing_since_s is None:
            followed.missing_since_s = now
        if now - followed.missing_since_s >= self._not_found_grace_s:
            await self._settle(followed, _Outcome(JobState.EXPIRED, Reason.VANISHED))

    async def _on_error(self, followed: _FollowedJob, error: WhisulError) -> None:
        """No verdict on the job: it is looked at more and more rarely while this lasts.

        An API that is away costs no job. One that answers, and never with the job, is waited for until the deadline.
        """
        if isinstance(error, ANSWERS_WITHOUT_JOB) and self._clock.monotonic() > followed.deadline_s:
            log.warning(
                "job_unreadable", job=followed.job, error=str(error), effect="given up at the deadline"
            )
            await self._settle(followed, _Outcome(JobState.TIMED_OUT, Reason.DEADLINE))
        elif not isinstance(error, WhisulRateLimited | WhisulUnauthorised):  # those hold all looks already
            followed.failures += 1
            if followed.failures in (1, 10, 100):
                level = log.info if followed.failures == 1 else log.warning
                level("poll_failed", job=followed.job, error=str(error), times=followed.failures)

    async def _settle(self, followed: _FollowedJob, ending: "_Outcome") -> None:
        report = ending.report
        settled = await retry_until_stored(
            self._store.settle,
            followed.job.key,
            state=ending.state,
            reason=ending.reason,
            error=report.error if report else None,
            song=report.song if report else None,
            started_at=report.started_at if report else None,
            finished_at=report.finished_at if report else None,
            now=self._clock.now(),
        )
        self._followed.pop(followed.job.key, None)
        if settled is None:
            return
        log_settled(settled)
        self._metrics.settled(settled)
        if (duration_s := settled.generation_s) is not None:
            self._schedule.add_duration(duration_s)
        self._on_change(settled)
        self._on_slot_freed()

    async def _poll_late(self, job: Job, job_id: str) -> None:
        """A job that was given up may have become a song since: keep it for whoever asks."""
        try:
            report = await self._get_report(job_id)
        except WhisulError as error:
            log.info("late_poll_failed", job=job, error=str(error))
            return
        if report.song is not None and report.song.song_url is not None:
            completed = await self._store.complete_late(
                job.key, song=report.song, started_at=report.started_at, finished_at=report.finished_at
            )
            if completed is not None:
                log.info("job_completed_late", job=completed, state=completed.state.value)

    def _may_poll_late(self, key: int) -> bool:
        """Take the right to look, once an interval for each job; what is older than that is forgotten."""
        now = self._clock.monotonic()
        since = now - self._poll_interval_s
        self._late_polls = {each: at for each, at in self._late_polls.items() if at > since}
        if key in self._late_polls or not self._gate.enter(is_poll=True):
            return False
        self._late_polls[key] = now
        return True

    def _may_poll(self, followed: _FollowedJob) -> bool:
        if followed.job.key in self._in_flight:
            return False
        now = self._clock.monotonic()
        fresh = followed.last_poll_s is not None and now - followed.last_poll_s < self._poll_interval_s
        return not fresh and self._gate.enter(is_poll=True)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a followed job ends."""

    state: JobState
    reason: Reason | None
    report: JobReport | None = None


def _outcome(report: JobReport, *, past_deadline: bool) -> _Outcome | None:
    """What a look means for the job; None while it goes on. The deadline counts only after Whisul has answered."""
    match report.status:
        case ReportedStatus.COMPLETED if report.song is None or report.song.song_url is None:
            return _Outcome(JobState.FAILED, Reason.NO_AUDIO, report)
        case ReportedStatus.COMPLETED:
            return _Outcome(JobState.COMPLETED, None, report)
        case ReportedStatus.FAILED:
            return _Outcome(JobState.FAILED, Reason.GENERATION_FAILED, report)
        case ReportedStatus.RUNNING:
            return _Outcome(JobState.TIMED_OUT, Reason.DEADLINE) if past_deadline else None
