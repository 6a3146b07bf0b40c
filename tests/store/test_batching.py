"""Concurrent writes share a transaction on SQLite, concurrent reads share a statement, and each caller gets its own result."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, text

from bot.domain.jobs import Job
from bot.store import Store, open_store
from bot.store.batching import MAX_BATCH, SharedReads, Work
from bot.store.database import Database, open_database
from bot.store.driver_errors import UniqueViolation
from bot.store.errors import DatabaseBusy
from bot.store.recording import _queued_job
from bot.store.tables import jobs
from tests.factories import NOW, a_request

# --- writes ---


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/x.db", busy_timeout_s=0.2) as opened:
        await opened.execute(text("CREATE TABLE lines (number INTEGER UNIQUE)"))
        yield opened


def line(number: int) -> Work[int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO lines VALUES (:number)"), {"number": number})
        return number

    return work


async def numbers(database: Database) -> list[int]:
    return [number for (number,) in await database.rows(text("SELECT number FROM lines ORDER BY number"))]


def commits_of(database: Database) -> list[None]:
    seen: list[None] = []

    def count(_: object) -> None:
        seen.append(None)

    event.listen(database.engine, "commit", count)
    return seen


async def test_concurrent_writes_share_a_commit_and_each_gets_its_own_result(database: Database) -> None:
    commits = commits_of(database)
    results = await asyncio.gather(*(database.transact(line(number)) for number in range(3 * MAX_BATCH)))
    assert results == list(range(3 * MAX_BATCH)) == await numbers(database)
    assert len(commits) == 3


async def test_an_error_is_raised_only_to_the_caller_whose_write_failed(database: Database) -> None:
    results = await asyncio.gather(
        *(database.transact(line(number)) for number in (1, 2, 2, 3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, int, UniqueViolation, int]
    assert await numbers(database) == [1, 2, 3]


async def test_a_cancelled_writer_does_not_delay_the_others(database: Database) -> None:
    first, second = (asyncio.create_task(database.transact(line(number))) for number in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first
    assert 2 in await numbers(database)


async def test_a_whole_batch_waits_for_a_locked_database_once(database: Database) -> None:
    with closing(sqlite3.connect(database.where)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(60):
            results = await asyncio.gather(
                *(database.transact(line(number)) for number in range(MAX_BATCH)), return_exceptions=True
            )
        other.rollback()
    assert {type(result) for result in results} == {DatabaseBusy}
    assert await database.transact(line(1)) == 1
    assert await numbers(database) == [1]


async def test_closing_waits_for_pending_writes(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    async with open_database(url) as database:
        await database.execute(text("CREATE TABLE lines (number INTEGER UNIQUE)"))
        writing = asyncio.create_task(database.transact(line(1)))
        await asyncio.sleep(0)
    assert await writing == 1
    async with open_database(url) as database:
        assert await numbers(database) == [1]


# --- reads ---


class Source:
    """A source that may change during a read, and records the questions."""

    def __init__(self) -> None:
        self.words = {number: f"old {number}" for number in range(1000)}
        self.asked: list[tuple[int, ...]] = []
        self.reads = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.fault: Exception | None = None

    async def read(self, numbers: Sequence[int]) -> dict[int, str]:
        self.asked.append(tuple(numbers))
        self.reads.set()
        seen = {number: self.words[number] for number in numbers if number in self.words}
        await self.goes_on.wait()
        if self.fault is not None:
            raise self.fault
        return seen


def statements_of(store: Store) -> list[str]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(store._database.engine, "before_cursor_execute", note)
    return seen


async def test_many_jobs_read_at_the_same_moment_take_a_few_statements(store: Store) -> None:
    number = 2 * MAX_BATCH + 1
    rows = [_queued_job(a_request(), NOW) for _ in range(number)]
    await store._database.execute(insert(jobs).values(rows))
    statements = statements_of(store)
    found = await asyncio.gather(*(store.get(key) for key in range(1, number + 1)))
    assert [job.key for job in found if job] == list(range(1, number + 1))
    assert len(statements) == 3


async def test_a_shared_read_sees_every_write_committed_before_the_call(store: Store) -> None:
    job = await store.record(a_request(), now=NOW)

    async def write_and_read(message_id: int) -> Job | None:
        await store.set_card(job.key, message_id=message_id)
        return await store.get(job.key)

    for message_id in range(1, 20):
        stale, fresh = await asyncio.gather(store.get(job.key), write_and_read(message_id))
        assert stale is not None
        assert fresh is not None
        assert fresh.card_message_id == message_id


async def test_a_question_during_a_read_is_answered_by_the_next_read() -> None:
    source = Source()
    reads = SharedReads(source.read)
    early = asyncio.create_task(reads(1))
    await source.reads.wait()
    source.words[1] = "new"
    late = [asyncio.create_task(reads(number)) for number in (1, 2, 1)]
    source.goes_on.set()
    assert await early == "old 1"
    assert await asyncio.gather(*late) == ["new", "old 2", "new"]
    assert source.asked == [(1,), (1, 2)]


async def test_a_question_without_answer_returns_none() -> None:
    source = Source()
    source.goes_on.set()
    reads = SharedReads(source.read)
    assert await asyncio.gather(reads(1), reads(-1)) == ["old 1", None]


async def test_a_read_error_is_raised_to_all_current_callers_only() -> None:
    source = Source()
    source.fault = DatabaseBusy("it is locked")
    source.goes_on.set()
    reads = SharedReads(source.read)
    results = await asyncio.gather(*(reads(number) for number in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseBusy] * 5
    source.fault = None
    assert await reads(1) == "old 1"


async def test_a_cancelled_reader_does_not_cancel_the_others() -> None:
    source = Source()
    reads = SharedReads(source.read)
    gone, stays = (asyncio.create_task(reads(1)) for _ in range(2))
    await source.reads.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    source.goes_on.set()
    assert await stays == "old 1"


async def test_closing_waits_for_pending_reads(migrated_sqlite_url: str) -> None:
    async with open_store(migrated_sqlite_url) as store:
        job = await store.record(a_request(), now=NOW)
        reading = asyncio.create_task(store.get(job.key))
        await asyncio.sleep(0)
    assert await reading == job
