"""How statements about jobs are run: each in a transaction of its own, its rows turned into models."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import Job
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import jobs


class JobTable:
    """What every part of the store that works on job rows stands on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _jobs_read(self, statement: Select[Any]) -> list[Job]:
        async with self._database.read() as connection:
            return [job_from_row(row) for row in (await connection.execute(statement)).mappings()]

    async def _value(self, statement: Select[Any]) -> Any:
        async with self._database.read() as connection:
            return await connection.scalar(statement)

    async def _jobs_changed(self, statement: Insert | Update) -> list[Job]:
        """The jobs as they stand afterwards, in the order of their keys."""

        async def work(connection: AsyncConnection) -> list[Job]:
            rows = await connection.execute(statement.returning(jobs))
            return [job_from_row(row) for row in rows.mappings()]

        return sorted(await self._database.transact(work), key=attrgetter("key"))

    async def _step(self, statement: Update) -> Job | None:
        return await self._prepared_step(statement.returning(jobs), {})

    async def _prepared_step(
        self, statement: ReturningUpdate[Any], parameters: Mapping[str, Any]
    ) -> Job | None:
        """A step by a statement that is kept, and returns jobs."""

        async def work(connection: AsyncConnection) -> Job | None:
            row = (await connection.execute(statement, parameters)).mappings().one_or_none()
            return None if row is None else job_from_row(row)

        return await self._database.transact(work)

    async def _number_changed(self, statement: Update) -> int:
        # Counted by hand: SQLite's driver knows no row count for a statement that begins with WITH.
        async def work(connection: AsyncConnection) -> int:
            return len((await connection.execute(statement.returning(jobs.c.key))).all())

        return await self._database.transact(work)
