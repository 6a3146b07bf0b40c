"""Those who write at the same moment share a transaction on SQLite: with one commit for many, and each with its own error."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.batching import MAX_BATCH, Work
from bot.store.database import Database, open_database
from bot.store.driver_errors import UniqueViolation
from bot.store.errors import DatabaseBusy


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/x.db", busy_timeout_s=0.2) as opened:
        async with opened.write() as connection:
            await connection.execute(text("CREATE TABLE lines (number INTEGER UNIQUE)"))
        yield opened


def line(number: int) -> Work[int]:
    async def work(connection: AsyncConnection) -> int:
        await connection.execute(text("INSERT INTO lines VALUES (:number)"), {"number": number})
        return number

    return work


async def numbers(database: Database) -> list[int]:
    async with database.read() as connection:
        return list(await connection.scalars(text("SELECT number FROM lines ORDER BY number")))


def commits_of(database: Database) -> list[None]:
    seen: list[None] = []

    def count(_: object) -> None:
        seen.append(None)

    event.listen(database._engine.sync_engine, "commit", count)
    return seen


async def test_many_at_once_wait_for_the_disk_once_and_each_gets_its_own_result(database: Database) -> None:
    commits = commits_of(database)
    results = await asyncio.gather(*(database.transact(line(number)) for number in range(3 * MAX_BATCH)))
    assert results == list(range(3 * MAX_BATCH)) == await numbers(database)
    assert len(commits) == 3


async def test_one_error_is_that_ones_alone(database: Database) -> None:
    results = await asyncio.gather(
        *(database.transact(line(number)) for number in (1, 2, 2, 3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, int, UniqueViolation, int]
    assert await numbers(database) == [1, 2, 3]


async def test_who_no_longer_waits_holds_nobody_up(database: Database) -> None:
    first, second = (asyncio.create_task(database.transact(line(number))) for number in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first
    assert 2 in await numbers(database)


async def test_a_database_that_is_locked_is_waited_for_once_by_all(database: Database) -> None:
    with closing(sqlite3.connect(database.where)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(20):
            results = await asyncio.gather(
                *(database.transact(line(number)) for number in range(MAX_BATCH)), return_exceptions=True
            )
        other.rollback()
    assert {type(result) for result in results} == {DatabaseBusy}
    assert await database.transact(line(1)) == 1
    assert await numbers(database) == [1]


async def test_closing_waits_for_what_is_being_written(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    async with open_database(url) as database:
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE lines (number INTEGER UNIQUE)"))
        writing = asyncio.create_task(database.transact(line(1)))
        await asyncio.sleep(0)
    assert await writing == 1
    async with open_database(url) as database:
        assert await numbers(database) == [1]
