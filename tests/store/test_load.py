"""Many concurrent callers, and another program that holds SQLite's write lock."""

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import make_url

from bot.domain.jobs import JobState
from bot.store import Store, open_store
from bot.store.database import open_database, sqlite_path
from bot.store.errors import DatabaseBusy
from tests.factories import MIDNIGHT_GRID, NOW, OURS, a_request, capacity_of


@contextmanager
def write_lock(url: str) -> Generator[None]:
    """Hold SQLite's write lock on a separate connection, as another program would."""
    with closing(sqlite3.connect(sqlite_path(make_url(url)), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_hundreds_of_writers_and_readers_all_succeed(store: Store) -> None:
    async def write() -> None:
        job = await store.record(a_request(), now=NOW)
        await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=NOW)

    async def read(number: int) -> None:
        await store.get(number)
        await store.count_open()

    work = [write() for _ in range(150)] + [read(number) for number in range(150)]
    await asyncio.gather(*work)

    capacity = capacity_of(1000)
    due = await store.outbox.claim(owner=OURS, now=NOW, capacity=capacity)
    assert len(due) == 150


async def test_writers_wait_while_another_program_has_the_lock(migrated_sqlite_url: str) -> None:
    async with open_store(migrated_sqlite_url) as store:
        with write_lock(migrated_sqlite_url):
            writers = [asyncio.create_task(store.record(a_request(), now=NOW)) for _ in range(20)]
            done, _ = await asyncio.wait(writers, timeout=0.3)
            assert not done
        assert len({job.key for job in await asyncio.gather(*writers)}) == 20


async def test_readers_go_on_while_another_program_has_the_lock(migrated_sqlite_url: str) -> None:
    async with open_store(migrated_sqlite_url) as store:
        job = await store.record(a_request(), now=NOW)
        with write_lock(migrated_sqlite_url):
            assert await store.get(job.key) == job


async def test_a_lock_that_is_not_released_in_time_is_reported(migrated_sqlite_url: str) -> None:
    async with open_database(migrated_sqlite_url, busy_timeout_s=0.05) as database:
        store = Store(database, owner=OURS)
        with (
            write_lock(migrated_sqlite_url),
            pytest.raises(DatabaseBusy, match=r"bot\.db is locked by another program") as refusal,
        ):
            await store.record(a_request(), now=NOW)

        assert refusal.value.__cause__ is not None
        assert await store.count_submitted_by_requester() == {}
        await store.record(a_request(), now=NOW)
        assert (await store.count_open())[JobState.QUEUED] == 1
