"""Many at once: nobody waits in vain, nothing is lost, nothing is "locked"."""

import asyncio

import pytest
from sqlalchemy import make_url

from bot.domain.jobs import JobState
from bot.store import Store, open_store
from bot.store.database import open_database, sqlite_path
from bot.store.errors import DatabaseBusy
from tests.factories import LEASE, MIDNIGHT_GRID, NOW, OURS, a_job, a_request, capacity_of
from tests.store.other_process import next_line, other_process


async def test_hundreds_of_writers_and_readers_get_through(store: Store) -> None:
    async def write() -> None:
        job = await a_job(store, JobState.RUNNING)
        await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=NOW)

    async def read(number: int) -> None:
        await store.get(number)
        await store.count_open()

    work = [write() for _ in range(200)] + [read(number) for number in range(200)]
    await asyncio.gather(*work)

    due = await store.outbox.claim(owner=OURS, lease_until=LEASE, now=NOW, capacity=capacity_of(1000))
    assert len(due) == 200


async def test_writers_wait_while_another_program_has_the_lock(migrated_sqlite_url: str) -> None:
    file = sqlite_path(make_url(migrated_sqlite_url))
    async with open_store(migrated_sqlite_url) as store:
        with other_process("lock", file, 0.5) as backup:
            assert await asyncio.to_thread(next_line, backup) == "locked"

            jobs = await asyncio.gather(*(store.record(a_request(), now=NOW) for _ in range(20)))

        assert len({job.key for job in jobs}) == 20


async def test_readers_go_on_while_another_program_has_the_lock(migrated_sqlite_url: str) -> None:
    file = sqlite_path(make_url(migrated_sqlite_url))
    async with open_store(migrated_sqlite_url) as store:
        job = await store.record(a_request(), now=NOW)
        with other_process("lock", file, 60) as backup:
            assert await asyncio.to_thread(next_line, backup) == "locked"

            assert await store.get(job.key) == job


async def test_a_lock_that_is_never_let_go_is_reported_and_does_no_harm(migrated_sqlite_url: str) -> None:
    file = sqlite_path(make_url(migrated_sqlite_url))
    async with open_database(migrated_sqlite_url, busy_timeout_s=0.05) as database:
        store = Store(database, owner=OURS)
        with other_process("lock", file, 60) as backup:
            assert await asyncio.to_thread(next_line, backup) == "locked"
            with pytest.raises(DatabaseBusy, match=r"bot\.db is locked by another program") as refusal:
                await store.record(a_request(), now=NOW)

        assert refusal.value.__cause__ is not None
        assert await store.count_submitted_by_requester() == {}
        await store.record(a_request(), now=NOW)
        assert (await store.count_open())[JobState.QUEUED] == 1
