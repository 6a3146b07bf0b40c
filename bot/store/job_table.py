"""Runs single statements on the `jobs` table, each in a transaction of its own, and turns rows into jobs."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import Job
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import jobs


class JobTable:
    """Base class of the parts of the store whose methods are mostly one statement on `jobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _fetch_jobs(self, statement: Select[Any]) -> list[Job]:
        async with self._database.read() as connection:
            return [job_from_row(row) for row in (await connection.execute(statement)).mappings()]

    async def _update_job(self, statement: Update) -> Job | None:
        """The job after the update, None when no row matched."""
        return await self._run_update(statement.returning(jobs), {})

    async def _run_update(self, statement: ReturningUpdate[Any], parameters: Mapping[str, Any]) -> Job | None:
        """The same for a statement that returns the whole row and takes parameters, so that it can be cached."""

        async def work(connection: AsyncConnection) -> Job | None:
            row = (await connection.execute(statement, parameters)).mappings().one_or_none()
            return None if row is None else job_from_row(row)

        return await self._database.transact(work)

    async def _update_jobs(self, statement: Update) -> list[Job]:
        """All updated jobs, as they are afterwards, by key."""

        async def work(connection: AsyncConnection) -> list[Job]:
            rows = await connection.execute(statement.returning(jobs))
            return [job_from_row(row) for row in rows.mappings()]

        return sorted(await self._database.transact(work), key=attrgetter("key"))

    async def _count_updated(self, statement: Update) -> int:
        # RETURNING is counted: SQLite's driver has no row count for a statement that begins with WITH.
        async def work(connection: AsyncConnection) -> int:
            return len((await connection.execute(statement.returning(jobs.c.key))).all())

        return await self._database.transact(work)
