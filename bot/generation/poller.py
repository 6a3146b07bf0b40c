"""One polling loop for all running jobs, in the leading process.

The times of the next polls are kept in memory, in a heap: the database is written only when a job changes.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.concurrency import DueTimes, InFlight, Wakeup
from bot.domain.jobs import COMPLETABLE_LATE, Job, JobReport, JobState, Reason, ReportedStatus
from bot.generation.api_calls import ApiCalls
from bot.generation.job_listener import JobListener
from bot.generation.poll_lateness import PollLateness
from bot.generation.poll_schedule import PollSchedule
from bot.ops.log_events import log_settled, name_job
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.retry import retry_until_stored
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
UPDATE_STEP_EVERY_S = 5.0

ANSWERS_WITHOUT_JOB = (WhisulDeclined, WhisulMisdirected, WhisulRefused, WhisulUnreadable)
"""Errors of a poll to which something answered, but not with the job: these are retried until the deadline only."""


@dataclass(slots=True)
class _FollowedJob:
    """A job that is polled. Times are monotonic seconds, so that a stepping wall clock moves no deadline."""

    job: Job
    job_id: str
    accepted_s: float
    deadline_s: float
    failures: int = 0
    last_poll_s: float | None = None
    missing_since_s: float | None = None


class Poller:
    """Polls each followed job when it is due, until it has an outcome.

    `job_deadline_s` counts from the acceptance of a job; `not_found_grace_s` is for how long a 404 is not believed.
    """

    def __init__(
        self,
        *,
        store: Store,
        api: ApiCalls,
        clock: Clock,
        metrics: Metrics,
        schedule: PollSchedule,
        membership: Membership,
        job_deadline_s: float,
        not_found_grace_s: float,
        listener: JobListener,
    ) -> None:
        self._store = store
        self._api = api
        self._gate = api.gate
        self._membership = membership
        self._clock = clock
        self._metrics = metrics
        self._schedule = schedule
        self._step_updated_at = -UPDATE_STEP_EVERY_S
        self._poll_interval_s = schedule.interval_s
        self._job_deadline_s = job_deadline_s
        self._not_found_grace_s = not_found_grace_s
        self._listener = listener
        self._slot_freed_callbacks: list[Callable[[], None]] = []
        self._followed: dict[int, _FollowedJob] = {}
        self._late_polls: dict[int, float] = {}
        self._due = DueTimes()
        self._lateness = PollLateness()
        self._in_flight = InFlight[int, None](on_end=self._on_poll_ended)
        self._waits_for_end = False
        self.wakeup = Wakeup()
        self._gate.on_reopened(self.wakeup.wake)

    # --- called by others --------------------------------------------------------------------------------------

    def follow(self, jobs: Iterable[Job]) -> None:
        """Poll these running jobs from now on; those that are followed already are left as they are."""
        now, wall = self._clock.monotonic(), self._clock.now()
        for job in jobs:
            if job.key in self._followed or job.job_id is None:
                continue
            # A wall clock that was set back would make the age negative, and the deadline later.
            age_s = max(0.0, (wall - (job.accepted_at or job.created_at)).total_seconds())
            # Jobs that were taken over were accepted before this process started.
            accepted_s = now - age_s
            followed = _FollowedJob(
                job=job,
                job_id=job.job_id,
                accepted_s=accepted_s,
                deadline_s=accepted_s + self._job_deadline_s,
            )
            self._followed[job.key] = followed
            self._schedule_poll(self._schedule.first_wait_s(age_s), followed)

    def on_slot_freed(self, call: Callable[[], None]) -> None:
        """Have `call` called when a followed job has ended, so that a queued one may be submitted."""
        self._slot_freed_callbacks.append(call)

    def clear(self) -> None:
        """Follow no job any more: another process does. Polls in flight may still bring an outcome."""
        self._followed.clear()

    async def poll_now(self, job: Job) -> Job:
        """Poll a job because a person asks for its status: once per poll interval at most, and also after it expired.

        Returns the job as it is afterwards; a Whisul error leaves it unchanged. A process that does not lead only asks the
        leader for the poll: what that finds is posted, or shown by the next look-up.
        """
        followed = self._followed.get(job.key)
        if not self._membership.leads:
            self._listener.poll_wanted(job.key)
        elif followed is not None:
            if self._may_poll(followed):
                await self._poll(followed)
        elif job.state in COMPLETABLE_LATE and job.job_id is not None and self._may_poll_late(job.key):
            await self._poll_late(job, job.job_id)
        # Read again: this poll, or another process, may have settled the job.
        return await self._store.get(job.key) or job

    def poll_soon(self, key: int) -> None:
        """Poll a job for a person who asks for its status in another process."""
        self._in_flight.start(key, self._poll_wanted(key), name=f"poll #{key}")

    async def _poll_wanted(self, key: int) -> None:
        try:
            if (job := await self._store.get(key)) is not None:
                await self.poll_now(job)
        except StoreError as error:
            log.info("poll_failed", job=f"#{key}", error=str(error))

    async def load_durations(self) -> None:
        """Learn the durations of stored songs."""
        # Oldest first: in the model a duration weighs more, the later it was added.
        for duration_s in reversed(await self._store.recent_generations_s()):
            self._schedule.add_duration(duration_s)

    # --- the loop ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.wakeup.sleep(self._start_due_polls())

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The polls under way."""
        return self._in_flight.tasks()

    def _start_due_polls(self) -> float | None:
        """Start the polls that are due; returns the seconds to the next one (None: only when woken)."""
        now = self._clock.monotonic()
        self._update_step(now)
        while (first := self._due.first()) is not None and first[0] <= now:
            due_at, key = first
            # Jobs that have ended stay in the due times until they come up.
            followed = self._followed.get(key)
            if followed is not None:
                if len(self._in_flight) >= MAX_CONCURRENT_POLLS:
                    # A poll that ends wakes the loop.
                    self._waits_for_end = True
                    return None
                if not self._gate.enter(is_poll=True):
                    return self._gate.opens_in_s(is_poll=True)
                self._metrics.poll_started(now - due_at)
                self._lateness.add(now - due_at, now=now)
                self._start_poll(followed)
            # Only now: a poll that could not be started stays due.
            self._due.cancel(key)
        return self._due.next_in_s(now)

    def _on_poll_ended(self, _task: asyncio.Task[None]) -> None:
        if self._waits_for_end:
            self._waits_for_end = False
            self.wakeup.wake()

    def _update_step(self, now: float) -> None:
        """Fit the schedule to the jobs that are followed now."""
        if now - self._step_updated_at < UPDATE_STEP_EVERY_S:
            return
        self._step_updated_at = now
        ages_s = (now - followed.accepted_s for followed in self._followed.values())
        self._schedule.update_step(ages_s, polls_per_s=self._gate.calls_per_s)

    def _schedule_poll(self, wait_s: float, followed: _FollowedJob) -> None:
        """Poll the job after `wait_s` seconds, or at its deadline if that comes first."""
        now = self._clock.monotonic()
        before_deadline_s = followed.deadline_s - now
        if 0 < before_deadline_s < wait_s:
            # The deadline ends a job only after an answer, so a poll has to follow it soon; but never sooner than the interval.
            wait_s = max(self._poll_interval_s, before_deadline_s)
        if self._due.schedule(followed.job.key, now + wait_s):
            self.wakeup.wake()  # the loop may sleep for longer

    def _start_poll(self, followed: _FollowedJob) -> None:
        key = followed.job.key
        self._in_flight.start(key, self._poll_and_reschedule(followed), name=f"poll #{key}")

    async def _poll_and_reschedule(self, followed: _FollowedJob) -> None:
        """Poll once and schedule the next poll; an unexpected error in one job must not end the loop."""
        name_job(followed.job)
        try:
            await self._poll(followed)
        except Exception:
            followed.failures += 1
            log.exception("poll_crashed", job=followed.job)
        if followed.job.key in self._followed:
            self._schedule_poll(self._next_wait_s(followed), followed)

    def _next_wait_s(self, followed: _FollowedJob) -> float:
        if followed.missing_since_s is not None:
            # Frequent polls, so that the end of the grace is noticed in time.
            return self._poll_interval_s
        age_s = self._clock.monotonic() - followed.accepted_s
        return self._schedule.next_wait_s(age_s, failures=followed.failures)

    # --- one poll ----------------------------------------------------------------------------------------------

    async def _poll(self, followed: _FollowedJob) -> None:
        # Before the call, so that `poll_now` sends no second one while this one is slow.
        followed.last_poll_s = self._clock.monotonic()
        try:
            report = await self._api.poll(followed.job_id)
        except WhisulNotFound:
            await self._on_not_found(followed)
        except WhisulError as error:
            await self._on_error(followed, error)
        else:
            # Any report of the job ends a series of errors or 404s.
            followed.failures, followed.missing_since_s = 0, None
            if outcome := _outcome(report, past_deadline=self._clock.monotonic() > followed.deadline_s):
                await self._settle(followed, outcome)

    async def _on_not_found(self, followed: _FollowedJob) -> None:
        """A 404 right after a submit may be replication lag: it is final only when it lasts for the grace."""
        now = self._clock.monotonic()
        if followed.missing_since_s is None:
            followed.missing_since_s = now
        if now - followed.missing_since_s >= self._not_found_grace_s:
            await self._settle(followed, _Outcome(JobState.EXPIRED, Reason.VANISHED))

    async def _on_error(self, followed: _FollowedJob, error: WhisulError) -> None:
        """The poll told nothing about the job: poll it less and less often while this lasts.

        While the API is away no job is given up. Once it answers, but not with the job, the deadline counts.
        """
        if isinstance(error, ANSWERS_WITHOUT_JOB) and self._clock.monotonic() > followed.deadline_s:
            log.warning(
                "job_unreadable", job=followed.job, error=str(error), effect="given up at the deadline"
            )
            await self._settle(followed, _Outcome(JobState.TIMED_OUT, Reason.DEADLINE))
        # Rate limits and a refused key are not the job's failures: the gate delays all polls for those.
        elif not isinstance(error, WhisulRateLimited | WhisulUnauthorised):
            followed.failures += 1
            if followed.failures in (1, 10, 100):
                level = log.info if followed.failures == 1 else log.warning
                level("poll_failed", job=followed.job, error=str(error), times=followed.failures)

    async def _settle(self, followed: _FollowedJob, outcome: "_Outcome") -> None:
        report = outcome.report
        settled = await retry_until_stored(
            self._store.settle,
            followed.job.key,
            state=outcome.state,
            reason=outcome.reason,
            error=report.error if report else None,
            song=report.song if report else None,
            started_at=report.started_at if report else None,
            finished_at=report.finished_at if report else None,
            now=self._clock.now(),
        )
        # Only once the outcome is stored: a job that is dropped earlier would not be polled again.
        self._followed.pop(followed.job.key, None)
        # Another process has settled it, and delivers its outcome.
        if settled is None:
            return
        log_settled(settled)
        self._metrics.settled(settled)
        if (duration_s := settled.generation_s) is not None:
            self._schedule.add_duration(duration_s)
        self._listener.job_changed(settled)
        for call in self._slot_freed_callbacks:
            call()

    async def _poll_late(self, job: Job, job_id: str) -> None:
        """Store the song if a job that was given up has become one since."""
        try:
            report = await self._api.poll(job_id)
        except WhisulError as error:
            log.info("late_poll_failed", job=job, error=str(error))
            return
        # Nothing else is stored: the requester was told that the job was given up, and only a song changes that.
        if report.song is not None and report.song.song_url is not None:
            completed = await self._store.complete_late(
                job.key, song=report.song, started_at=report.started_at, finished_at=report.finished_at
            )
            if completed is not None:
                log.info("job_completed_late", job=completed, state=completed.state.value)

    def _may_poll_late(self, key: int) -> bool:
        """Take the right to poll a job that was given up: once per poll interval. Older polls are forgotten."""
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
        last_s = followed.last_poll_s
        is_fresh = last_s is not None and self._clock.monotonic() - last_s < self._poll_interval_s
        return not is_fresh and self._gate.enter(is_poll=True)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a followed job ends."""

    state: JobState
    reason: Reason | None
    report: JobReport | None = None


def _outcome(report: JobReport, *, past_deadline: bool) -> _Outcome | None:
    """The outcome that a report means; None while the job runs. The deadline counts only after Whisul has answered."""
    match report.status:
        case ReportedStatus.COMPLETED if report.song is None or report.song.song_url is None:
            return _Outcome(JobState.FAILED, Reason.NO_AUDIO, report)
        case ReportedStatus.COMPLETED:
            return _Outcome(JobState.COMPLETED, None, report)
        case ReportedStatus.FAILED:
            return _Outcome(JobState.FAILED, Reason.GENERATION_FAILED, report)
        case ReportedStatus.RUNNING:
            return _Outcome(JobState.TIMED_OUT, Reason.DEADLINE) if past_deadline else None
