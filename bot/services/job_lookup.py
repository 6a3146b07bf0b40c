"""Looks jobs up under their access rule, with all that their status shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.domain.jobs import Job, Lineage
from bot.generation.poll_schedule import Expectation, expectation
from bot.generation.poller import Poller
from bot.generation.queue_order import QueueOrder
from bot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks a job up. `can_see` tells whether they can see a channel of the server `guild_id`."""

    user_id: int
    guild_id: int | None
    can_see: Callable[[int], bool]

    def may_see(self, job: Job) -> bool:
        """The requester anywhere; others only in the job's server, if they see its channel and it is not private.

        So nobody else sees a job of direct messages, which has no server.
        """
        if job.is_erased:
            return False
        if job.requester_id == self.user_id:
            return True
        is_here = job.guild_id is not None and job.guild_id == self.guild_id
        return not job.is_private and is_here and self.can_see(job.channel_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """A job at a moment.

    Attributes:
        job: the job after a poll.
        now: the moment.
        expectation: the usual duration of a generation; None before enough were observed.
        ahead: how many jobs are submitted before it; None unless it is queued.
    """

    job: Job
    now: datetime
    expectation: Expectation | None
    ahead: int | None


class JobLookup:
    """Finds the jobs that a viewer may see; every look-up by a reference that somebody typed goes through here."""

    def __init__(self, *, store: Store, clock: Clock, poller: Poller, queue_order: QueueOrder) -> None:
        self._store = store
        self._clock = clock
        self._poller = poller
        self._queue_order = queue_order

    async def look_up(self, reference: str, viewer: Viewer) -> Job | None:
        """The newest job with this full or short ID that the viewer may see.

        None for unknown and for invisible jobs alike, so that the answer does not tell whether a job exists.
        """
        # A short ID may belong to several jobs, newest first.
        for job in await self._store.find(reference.strip()):
            if viewer.may_see(job):
                return job
        return None

    async def lineage(self, job: Job, viewer: Viewer) -> Lineage:
        """The job's parent and children, without those that the viewer may not see."""
        parent = None if job.parent_key is None else await self._store.get(job.parent_key)
        children = await self._store.children(job.key)
        return Lineage(
            parent if parent is not None and viewer.may_see(parent) else None,
            tuple(child for child in children if viewer.may_see(child)),
        )

    async def usual_wait_s(self) -> float | None:
        """Seconds in which nine of ten songs that are requested now are ready; None before enough were observed.

        Those that wait are submitted in rounds of as many as run at once, which take the median each.
        """
        usual = expectation(await self._store.recent_waits_s())
        if usual is None:
            return None
        submitted = sum((await self._store.count_submitted_by_requester()).values())
        before = submitted + len(await self._store.queue())
        return before // self._queue_order.max_running * usual.median_s + usual.p90_s

    async def status(self, job: Job) -> JobStatus:
        """The job as it is now: polled, if that may tell more than is stored."""
        job = await self._poller.poll_now(job)
        now = self._clock.now()
        return JobStatus(
            job=job,
            now=now,
            expectation=expectation(await self._store.recent_waits_s()),
            ahead=await self._queue_order.jobs_ahead(job, now=now),
        )
