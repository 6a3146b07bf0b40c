"""Reads of the `jobs` table: look-ups, counts, and times for estimates. They change nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, null, select, union_all

from bot.domain.jobs import Backlog, DeliveryRoute, Job, JobState, PastRequest, QueuedJob
from bot.domain.shards import Shards
from bot.store.database import Database
from bot.store.expressions import in_shards
from bot.store.job_references import matches_reference
from bot.store.job_table import JobTable
from bot.store.tables import OPEN, in_literals, is_completed, is_open, is_undelivered, jobs, promises

MAX_FOUND = 25
MAX_CHILDREN = 100

SUBMITTED = tuple(state for state in OPEN if state is not JobState.QUEUED)
"""Open states in which Whisul works on the job, or may do so."""

OpenCounts = dict[JobState, int]

# Built once: building it for each read takes as long as running it.
_BY_KEY = select(jobs).where(jobs.c.key.in_(bindparam("keys", expanding=True)))


class JobQueries(JobTable):
    """Each method is one read. Every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # Callers at the same moment share one result, which is therefore immutable. `_queues` and `_submitted` have
        # only one possible argument, None.
        self._by_key = database.shared_reads(self._read_by_key)
        self._waits = database.shared_reads(self._read_waits)
        self._queues = database.shared_reads(self._read_queue)
        self._submitted = database.shared_reads(self._read_submitted)

    async def get(self, key: int) -> Job | None:
        """The job with that key."""
        return await self._by_key(key)

    async def _read_by_key(self, keys: Sequence[int]) -> dict[int, Job]:
        found = await self._fetch_jobs(_BY_KEY, {"keys": keys})
        return {job.key: job for job in found}

    async def find(self, reference: str) -> list[Job]:
        """The jobs that a reference may mean, newest first, at most 25.

        A reference is a job ID (in any case, with or without dashes), its first 8 characters, or `#` and a key.
        Anything else finds nothing.
        """
        matching = matches_reference(reference)
        if matching is None:
            return []
        return await self._fetch_jobs(
            select(jobs).where(matching).order_by(jobs.c.key.desc()).limit(MAX_FOUND)
        )

    async def children(self, key: int) -> list[Job]:
        """The jobs that were composed again from this one, oldest first, at most 100."""
        children = select(jobs).where(jobs.c.parent_key == key).order_by(jobs.c.key)
        return await self._fetch_jobs(children.limit(MAX_CHILDREN))

    async def queue(self) -> Sequence[QueuedJob]:
        """Every queued job, oldest first; `bot.generation.queue_order` decides in which order they are submitted."""
        return await self._queues(None) or ()

    async def _read_queue(self, asked: Sequence[None]) -> dict[None, Sequence[QueuedJob]]:
        columns = (jobs.c.key, jobs.c.guild_id, jobs.c.requester_id, jobs.c.created_at, jobs.c.submit_after)
        queued = select(*columns).where(is_open(), jobs.c.state == JobState.QUEUED).order_by(jobs.c.key)
        found = await self._database.fetch(queued, lambda row: QueuedJob(**row))
        return dict.fromkeys(asked, tuple(found))

    async def running(self) -> list[Job]:
        """Every running or detached job, oldest first."""
        polled = is_open() & in_literals(jobs.c.state, (JobState.RUNNING, JobState.DETACHED))
        return await self._fetch_jobs(select(jobs).where(polled).order_by(jobs.c.key))

    async def submitting_of_others(self, owner: str) -> list[int]:
        """The keys of the jobs that other processes are submitting, or have left in that state."""
        submitting = is_open() & (jobs.c.state == JobState.SUBMITTING)
        statement = select(jobs.c.key).where(submitting, jobs.c.owner.is_distinct_from(owner))
        return [key for (key,) in await self._database.rows(statement)]

    async def open_in(self, some: Shards) -> list[int]:
        """The keys of the open jobs of the servers of some shards."""
        statement = select(jobs.c.key).where(is_open(), in_shards(jobs.c.guild_id, some))
        return [key for (key,) in await self._database.rows(statement)]

    async def count_submitted_by_requester(self) -> Mapping[tuple[int | None, int], int]:
        """The number of jobs in a `SUBMITTED` state for each (guild ID or None, requester ID) that has any."""
        return await self._submitted(None) or {}

    async def _read_submitted(
        self, asked: Sequence[None]
    ) -> dict[None, Mapping[tuple[int | None, int], int]]:
        whose = (jobs.c.guild_id, jobs.c.requester_id)
        submitted = is_open() & in_literals(jobs.c.state, SUBMITTED)
        # Detached jobs count as well: Whisul works on them.
        counts = select(*whose, func.count()).where(submitted).group_by(*whose)
        rows = await self._database.rows(counts)
        numbers = {(guild_id, requester_id): number for guild_id, requester_id, number in rows}
        return dict.fromkeys(asked, MappingProxyType(numbers))

    async def count_open(self) -> OpenCounts:
        """The number of jobs in each open state."""
        return await self._count_by_state(_open_counts())

    async def count_open_in(self, guild_id: int) -> OpenCounts:
        """The same for one server."""
        return await self._count_by_state(_open_counts(jobs.c.guild_id == guild_id))

    async def _count_by_state(self, statement: Select[Any, int]) -> OpenCounts:
        rows = await self._database.rows(statement)
        return dict.fromkeys(OPEN, 0) | {state: number for state, number in rows}  # noqa: C416 - dict() of rows has no type

    async def backlog(self) -> Backlog:
        """Open jobs by state, undelivered ones, and the oldest of each, in one statement."""
        undelivered = (
            select(null(), func.count(), func.min(jobs.c.settled_at))
            .select_from(jobs)
            .where(is_undelivered())
        )
        # The time by the key, which SQLite has in every index: the count reads no row of the table.
        counted = _open_counts().add_columns(func.min(jobs.c.key)).subquery()
        state, number, oldest_key = counted.c
        opened = select(state, number, jobs.c.created_at).join(jobs, jobs.c.key == oldest_key)
        rows = await self._database.rows(union_all(opened, undelivered))
        found = {state: (number, oldest) for state, number, oldest in rows}
        untold, untold_since = found.pop(None, (0, None))
        return Backlog(
            open_jobs=dict.fromkeys(OPEN, 0) | {state: number for state, (number, _) in found.items()},
            undelivered=untold,
            oldest_at={state: oldest for state, (_, oldest) in found.items()},
            undelivered_since=untold_since,
        )

    async def last_post_in(self, guild_id: int) -> Job | None:
        """The newest request of a server whose song was posted in it."""
        posted = is_completed() & (jobs.c.guild_id == guild_id) & (jobs.c.rung == DeliveryRoute.CHANNEL)
        found = await self._fetch_jobs(select(jobs).where(posted).order_by(jobs.c.created_at.desc()).limit(1))
        return found[0] if found else None

    async def requests_in(self, guild_id: int, *, since: datetime, limit: int) -> list[PastRequest]:
        """The newest requests of a server, as the preview of a policy change replays them; newest first."""
        columns = (
            jobs.c.requester_id.label("member_id"),
            func.coalesce(jobs.c.root_channel_id, jobs.c.channel_id).label("channel_id"),
            jobs.c.created_at.label("requested_at"),
            jobs.c.settled_at,
            jobs.c.state,
        )
        recent = (jobs.c.guild_id == guild_id) & (jobs.c.created_at > since)
        statement = select(*columns).where(recent).order_by(jobs.c.created_at.desc()).limit(limit)
        return await self._database.fetch(statement, lambda row: PastRequest(**row))

    async def next_token_expiry(self) -> datetime | None:
        """When the first stored interaction token expires, of a job or of a pending acknowledgement; None: none stored."""
        of_job = select(func.min(jobs.c.interaction_expires_at)).where(jobs.c.interaction_token.is_not(None))
        of_ack = select(func.min(promises.c.expires_at))
        (expiries,) = await self._database.rows(select(of_job.scalar_subquery(), of_ack.scalar_subquery()))
        return min((each for each in expiries if each is not None), default=None)

    async def recent_waits_s(self, *, limit: int = 200) -> Sequence[float]:
        """Seconds from acceptance to outcome of the newest completed jobs, newest first.

        A song that was found after its job had been given up counts with the time that Whisul took, if that is longer.
        """
        return await self._waits(limit) or ()

    async def _read_waits(self, limits: Sequence[int]) -> dict[int, Sequence[float]]:
        times = select(jobs.c.accepted_at, jobs.c.settled_at, jobs.c.started_at, jobs.c.finished_at)
        newest = times.where(is_completed(), jobs.c.accepted_at.is_not(None)).order_by(
            jobs.c.settled_at.desc()
        )
        # One read for the largest number asked for: the shorter answers are its beginning.
        waits_s = tuple(_wait_s(*row) for row in await self._database.rows(newest.limit(max(limits))))
        return {limit: waits_s[:limit] for limit in limits}

    async def recent_generations_s(self, *, limit: int = 400) -> list[float]:
        """Seconds that Whisul worked on each of the newest completed jobs, newest first."""
        newest = select(jobs).where(is_completed()).order_by(jobs.c.settled_at.desc()).limit(limit)
        recent = await self._fetch_jobs(newest)
        return [job.generation_s for job in recent if job.generation_s is not None]


def _open_counts(*conditions: ColumnElement[bool]) -> Select[Any, int]:
    """One row for each open state that has jobs: state, number."""
    return select(jobs.c.state, func.count()).where(is_open(), *conditions).group_by(jobs.c.state)


def _wait_s(
    accepted_at: datetime, settled_at: datetime, started_at: datetime | None, finished_at: datetime | None
) -> float:
    """The first two times are this bot's, the others Whisul's: each clock is only compared with itself."""
    wait_s = (settled_at - accepted_at).total_seconds()
    if started_at is None or finished_at is None:
        return wait_s
    return max(wait_s, (finished_at - started_at).total_seconds())
