"""What is asked of the jobs: reads, which change nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.domain.jobs import Asked, Backlog, Job, JobState, Waiting
from bot.store import job_references
from bot.store.database import Database
from bot.store.job_table import JobTable
from bot.store.tables import OPEN


class JobQueries(JobTable):
    """Each method may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # An answer may go to many: none of them is to be changed. The last two have one question only, None.
        self._by_key = database.shared_reads(self._read_by_key)
        self._waits = database.shared_reads(self._read_waits)
        self._queues = database.shared_reads(self._read_queue)
        self._holders = database.shared_reads(self._read_held)

    async def get(self, key: int) -> Job | None:
        """The job of that key."""
        return await self._by_key(key)

    async def _read_by_key(self, keys: Sequence[int]) -> dict[int, Job]:
        return {job.key: job for job in await self._jobs_read(job_references.by_keys(keys))}

    async def find(self, reference: str) -> list[Job]:
        """The jobs that people may mean, newest first, at most 25.

        A reference is a job ID (in any case, with or without dashes), its first 8 characters, or `#` and a key.
        Anything else finds nothing.
        """
        statement = job_references.by_reference(reference)
        return [] if statement is None else await self._jobs_read(statement)

    async def children(self, key: int) -> list[Job]:
        """The jobs that were composed again from this one, oldest first, at most 100."""
        return await self._jobs_read(job_references.children(key))

    async def queue(self) -> Sequence[Waiting]:
        """Every queued job, oldest first; see `bot.generation.queue_order` for who goes first."""
        return await self._queues(None) or ()

    async def _read_queue(self, asked: Sequence[None]) -> dict[None, Sequence[Waiting]]:
        async with self._database.read() as connection:
            rows = (await connection.execute(job_references.queue())).mappings()
            return dict.fromkeys(asked, tuple(Waiting(**row) for row in rows))

    async def count_submitted_by_requester(self) -> Mapping[tuple[int, int], int]:
        """How many jobs Whisul works on, or may work on, for each (guild ID, requester ID) that has any."""
        return await self._holders(None) or {}

    async def _read_held(self, asked: Sequence[None]) -> dict[None, Mapping[tuple[int, int], int]]:
        async with self._database.read() as connection:
            rows = await connection.execute(job_references.held())
            held = {(guild_id, requester_id): number for guild_id, requester_id, number in rows}
            return dict.fromkeys(asked, MappingProxyType(held))

    async def count_open(self) -> dict[JobState, int]:
        """How many jobs are in each open state."""
        async with self._database.read() as connection:
            rows = await connection.execute(job_references.count_open())
            return dict.fromkeys(OPEN, 0) | {state: number for state, number in rows}  # noqa: C416 - dict() of rows has no type

    async def count_open_in(self, guild_id: int) -> dict[JobState, int]:
        """The same for one server."""
        async with self._database.read() as connection:
            rows = await connection.execute(job_references.count_open_in(guild_id))
            return dict.fromkeys(OPEN, 0) | {state: number for state, number in rows}  # noqa: C416 - dict() of rows has no type

    async def last_post_in(self, guild_id: int) -> Job | None:
        """The newest request of a server whose song was posted in it."""
        found = await self._jobs_read(job_references.last_post_in(guild_id))
        return found[0] if found else None

    async def requests_in(self, guild_id: int, *, since: datetime, limit: int) -> list[Asked]:
        """The newest requests of a server, as a preview plays them again; newest first."""
        statement = job_references.asked_in(guild_id, since=since, limit=limit)
        return await self._database.fetch_in_batches(statement, lambda row: Asked(**row))

    async def next_token_expiry(self) -> datetime | None:
        """When the first interaction token expires that is kept; None when none is."""
        async with self._database.read() as connection:
            of_job, of_promise = (await connection.execute(job_references.token_expiries())).one()
        known: list[datetime] = [expires_at for expires_at in (of_job, of_promise) if expires_at is not None]
        return min(known, default=None)

    async def backlog(self) -> Backlog:
        """What is still to be done, in one look."""
        async with self._database.read() as connection:
            rows = await connection.execute(job_references.backlog())
            counts = {state: number for state, number in rows}  # noqa: C416 - as above
        untold = counts.pop(None, 0)
        return Backlog(dict.fromkeys(OPEN, 0) | counts, untold)

    async def recent_waits_s(self, *, limit: int = 200) -> Sequence[float]:
        """Seconds from acceptance to outcome of the newest completed jobs, newest first.

        A song that was found after its job had been given up took at least as long as Whisul worked on it.
        """
        return await self._waits(limit) or ()

    async def _read_waits(self, limits: Sequence[int]) -> dict[int, Sequence[float]]:
        async with self._database.read() as connection:
            rows = await connection.execute(job_references.recent_waits(max(limits)))
            waits_s = tuple(job_references.wait_s(*row) for row in rows)
        return {limit: waits_s[:limit] for limit in limits}

    async def recent_generations_s(self, *, limit: int = 400) -> list[float]:
        """Seconds that Whisul worked on each of the newest completed jobs, newest first."""
        recent = await self._jobs_read(job_references.recent_completed(limit))
        return [job.generation_s for job in recent if job.generation_s is not None]
