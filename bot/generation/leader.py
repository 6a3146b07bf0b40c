"""What the leading process does when it begins to lead, and while it leads: it polls all running jobs, and ends lost submits."""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.jobs import JobState
from bot.generation.api_gate import ApiGate
from bot.generation.job_listener import JobListener
from bot.generation.poller import Poller
from bot.generation.submitter import Submitter
from bot.ops.log_events import log_settled
from bot.ops.membership import Membership
from bot.ops.metrics import Metrics
from bot.store import Store

log = structlog.get_logger(__name__)

SUBMIT_MAY_TAKE = timedelta(seconds=120)
"""Longer than the longest submit: a process that leads no more may still get its answer, and record it."""

RECHECK_S = 5.0


class Leader:
    """Takes over the jobs of the leader before."""

    def __init__(
        self,
        *,
        store: Store,
        membership: Membership,
        gate: ApiGate,
        poller: Poller,
        submitter: Submitter,
        clock: Clock,
        metrics: Metrics,
        listener: JobListener,
    ) -> None:
        self._store = store
        self._membership = membership
        self._gate = gate
        self._poller = poller
        self._submitter = submitter
        self._clock = clock
        self._metrics = metrics
        self._listener = listener
        # Jobs that the leader before is still submitting: it may record their acceptance after the take-over.
        self._submitted_before: set[int] = set()

    async def run(self) -> None:
        """Lead whenever this process is to, until cancelled."""
        if self._membership.is_alone:
            # `take_over` was called at the start, and no other process can leave anything.
            await asyncio.get_running_loop().create_future()
        while True:
            await self._membership.until_leading()
            # First: a pause that Whisul has asked the leader before for holds for this one, too.
            self._gate.restore(self._membership.leaders_api_status)
            await self.take_over()
            while self._membership.leads:
                await self._settle_orphaned_submits()
                await self._follow_late_acceptances()
                await asyncio.sleep(RECHECK_S)
            # The next leader polls these jobs: both together would poll too often.
            self._poller.clear()

    async def take_over(self) -> None:
        """Poll every running job, and submit what is queued."""
        # Before the jobs are followed: the durations decide when they are polled first.
        await self._poller.load_durations()
        # First, since they hold slots for running jobs as long as they are not settled.
        await self._settle_orphaned_submits()
        # Before the running jobs: one that is accepted between these two reads is in both.
        self._submitted_before = set(await self._store.submitting_of_others(self._store.owner))
        jobs = await self._store.running()
        if jobs:
            log.info("jobs_taken_over", jobs=len(jobs))
        self._poller.follow(jobs)
        self._submitter.wakeup.wake()
        self._poller.wakeup.wake()
        # Draws the cards again: the times of their next changes were lost with the process before.
        for job in jobs:
            self._listener.job_changed(job)

    async def _follow_late_acceptances(self) -> None:
        """Poll the jobs whose acceptance the leader before has recorded since it leads no more: it polls none itself."""
        for key in list(self._submitted_before):
            job = await self._store.get(key)
            if job is not None and job.state is JobState.SUBMITTING:
                continue
            self._submitted_before.discard(key)
            if job is not None and job.state in (JobState.RUNNING, JobState.DETACHED):
                log.info("job_taken_over", job=job)
                self._poller.follow([job])
                self._poller.wakeup.wake()

    async def _settle_orphaned_submits(self) -> None:
        """End jobs found in `submitting`: interrupted between request and answer, they become `unknown` and are never sent again."""
        now = self._clock.now()
        # A SQLite file is locked: whoever else has submitted has ended.
        sent_before = None if self._membership.is_alone else now - SUBMIT_MAY_TAKE
        for job in await self._store.settle_orphaned_submits(
            owner=self._store.owner, now=now, sent_before=sent_before
        ):
            log_settled(job, error="the program stopped before the answer")
            self._metrics.settled(job)
            self._listener.job_changed(job)
