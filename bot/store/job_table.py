"""Runs single statements on the `jobs` table, each in a transaction of its own, and turns rows into jobs."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import Job
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import jobs

_KEY = "one_key"


def one_job() -> Update:
    """An UPDATE of one job, whose key is given when it is executed.

    Such statements are built once: to build one takes SQLAlchemy as long as to execute it, and each song needs several.
    """
    return update(jobs).where(jobs.c.key == bindparam(_KEY))


class JobTable:
    """Base class of the parts of the store whose methods are mostly one statement on `jobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _fetch_jobs(
        self, statement: Select[Any], parameters: Mapping[str, Any] | None = None
    ) -> list[Job]:
        return await self._database.fetch(statement, job_from_row, parameters)

    async def _update_job(self, statement: Update) -> Job | None:
        """The job after the update, None when no row matched."""
        return await self._run_update(statement.returning(jobs), {})

    async def _update_one(self, statement: ReturningUpdate[Any], key: int, **values: Any) -> Job | None:
        """The same for a statement about `one_job` that was built before; `values` are columns to set besides its own."""
        return await self._run_update(statement, {_KEY: key} | values)

    async def _run_update(self, statement: ReturningUpdate[Any], parameters: Mapping[str, Any]) -> Job | None:
        def work(connection: Connection) -> Job | None:
            row = connection.execute(statement, parameters).mappings().one_or_none()
            return None if row is None else job_from_row(row)

        return await self._database.transact(work)

    async def _update_jobs(self, statement: Update) -> list[Job]:
        """All updated jobs, as they are afterwards, by key."""

        def work(connection: Connection) -> list[Job]:
            return [job_from_row(row) for row in connection.execute(statement.returning(jobs)).mappings()]

        return sorted(await self._database.transact(work), key=attrgetter("key"))

    async def _set(self, statement: Update, key: int, **values: Any) -> None:
        """Set columns by a statement about `one_job`; nothing happens when no row matches."""

        def work(connection: Connection) -> None:
            connection.execute(statement, {_KEY: key} | values)

        await self._database.transact(work)

    async def _count_updated(self, statement: Update) -> int:
        # RETURNING is counted: SQLite's driver has no row count for a statement that begins with WITH.
        def work(connection: Connection) -> int:
            return len(connection.execute(statement.returning(jobs.c.key)).all())

        return await self._database.transact(work)
