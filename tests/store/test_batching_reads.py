"""Those who ask at the same moment share a read, which never begins before they have asked."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import event

from bot.domain.jobs import Job
from bot.store import Store, open_store
from bot.store.batching import MAX_BATCH, SharedReads
from bot.store.errors import DatabaseBusy
from tests.factories import NOW, a_request


class Register:
    """Something to read that may change while it is read; it notes what it was asked."""

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

    event.listen(store._database._engine.sync_engine, "before_cursor_execute", note)
    return seen


async def test_a_thousand_jobs_looked_at_in_one_moment_take_a_few_reads(store: Store) -> None:
    jobs = await asyncio.gather(*(store.record(a_request(), now=NOW) for _ in range(1000)))
    statements = statements_of(store)
    assert await asyncio.gather(*(store.get(job.key) for job in jobs)) == list(jobs)
    assert len(statements) == -(-1000 // MAX_BATCH)


async def test_each_read_sees_what_was_written_before_it_was_asked_for(store: Store) -> None:
    job = await store.record(a_request(), now=NOW)

    async def write_and_read(message_id: int) -> Job | None:
        await store.set_card(job.key, message_id=message_id)
        return await store.get(job.key)

    for message_id in range(1, 40):
        stale, fresh = await asyncio.gather(store.get(job.key), write_and_read(message_id))
        assert stale is not None
        assert fresh is not None
        assert fresh.card_message_id == message_id


async def test_who_asks_while_a_read_is_under_way_gets_the_next_one() -> None:
    register = Register()
    reads = SharedReads(register.read)
    early = asyncio.create_task(reads(1))
    await register.reads.wait()
    register.words[1] = "new"
    late = [asyncio.create_task(reads(number)) for number in (1, 2, 1)]
    register.goes_on.set()
    assert await early == "old 1"
    assert await asyncio.gather(*late) == ["new", "old 2", "new"]
    assert register.asked == [(1,), (1, 2)]


async def test_what_is_not_there_is_none() -> None:
    register = Register()
    register.goes_on.set()
    reads = SharedReads(register.read)
    assert await asyncio.gather(reads(1), reads(-1)) == ["old 1", None]


async def test_an_error_reaches_all_who_wait_and_nobody_after_them() -> None:
    register = Register()
    register.fault = DatabaseBusy("it is locked")
    register.goes_on.set()
    reads = SharedReads(register.read)
    results = await asyncio.gather(*(reads(number) for number in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseBusy] * 5
    register.fault = None
    assert await reads(1) == "old 1"


async def test_who_no_longer_waits_takes_nobodys_answer_away() -> None:
    register = Register()
    reads = SharedReads(register.read)
    gone, stays = (asyncio.create_task(reads(1)) for _ in range(2))
    await register.reads.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    register.goes_on.set()
    assert await stays == "old 1"


async def test_closing_waits_for_what_is_being_read(migrated_sqlite_url: str) -> None:
    async with open_store(migrated_sqlite_url) as store:
        job = await store.record(a_request(), now=NOW)
        reading = asyncio.create_task(store.get(job.key))
        await asyncio.sleep(0)
    assert await reading == job
