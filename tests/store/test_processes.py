"""The processes on one PostgreSQL database: one leads, and no shard has two owners."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.clock import Clock
from bot.domain.api_status import ApiStatus
from bot.domain.jobs import JobState
from bot.domain.shards import Member
from bot.ops.membership import Membership
from bot.store import Store
from bot.store.processes import _BEAT_LOCK, IDENTIFY_EVERY_S, Beat
from tests.factories import NOW, a_job, process

Pair = tuple[Store, Store]


async def test_one_process_leads_and_the_next_one_does_once_it_resigns(pair: Pair) -> None:
    ours, theirs = pair
    assert (await ours.processes.beat(process(ours), api=None)).leader == ours.owner
    assert (await theirs.processes.beat(process(theirs), api=None)).leader == ours.owner

    await ours.processes.resign(ours.owner)
    leaving = process(ours, is_leaving=True)
    assert (await ours.processes.beat(leaving, api=None)).leader is None
    assert (await theirs.processes.beat(process(theirs), api=None)).leader == theirs.owner


async def test_a_beat_under_way_does_not_lead_again_after_the_resignation(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pair
    membership = Membership(store=ours, clock=Clock(), me=process(ours))
    await membership.beat()
    assert membership.leads
    begun, resigned, beat = asyncio.Event(), asyncio.Event(), ours.processes.beat

    async def held(me: Member, **more: Any) -> Beat:
        if not me.is_leaving:
            begun.set()
            # A resignation that does not wait for this beat is stored first.
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await resigned.wait()
        return await beat(me, **more)

    monkeypatch.setattr(ours.processes, "beat", held)
    under_way = asyncio.create_task(membership.beat())
    await begun.wait()
    await membership.resign()
    resigned.set()
    await under_way
    assert not membership.leads
    assert (await theirs.processes.beat(process(theirs), api=None)).leader == theirs.owner


async def test_processes_that_begin_together_agree_on_leader_and_shard_owners(pair: Pair) -> None:
    beats = await asyncio.gather(
        *(store.processes.beat(process(store, shard_count=4), api=None) for store in pair * 10)
    )
    assert len({beat.leader for beat in beats}) == 1
    last = max(beats, key=lambda beat: len(beat.shards))
    assert sorted(last.shards) == [0, 1, 2, 3]


async def test_only_the_leader_begins_a_submit(pair: Pair) -> None:
    ours, theirs = pair
    await ours.processes.beat(process(ours), api=None)
    job = await a_job(ours)
    assert await theirs.begin_submit(job.key, owner=theirs.owner, now=NOW, if_leader=True) is None
    submitting = await ours.begin_submit(job.key, owner=ours.owner, now=NOW, if_leader=True)
    assert submitting is not None
    assert submitting.state is JobState.SUBMITTING


async def test_the_next_leader_learns_what_the_one_before_knew_of_the_api(pair: Pair) -> None:
    ours, theirs = pair
    await ours.processes.beat(process(ours), api=None)
    await ours.processes.beat(process(ours), api=ApiStatus(no_credit=True, pause_s=300))
    await ours.processes.resign(ours.owner)
    api = (await theirs.processes.beat(process(theirs), api=None)).api
    assert (api.no_credit, api.key_refused, 290 < api.pause_s <= 300) == (True, False, True)


async def test_shards_with_one_key_identify_one_after_the_other(pair: Pair) -> None:
    waits_s = [await store.processes.reserve_identify(0) for store in pair * 2]
    assert waits_s[0] == 0
    assert [round(wait_s / IDENTIFY_EVERY_S) for wait_s in waits_s] == [0, 1, 2, 3]
    assert await pair[0].processes.reserve_identify(1) == 0


async def test_a_process_that_has_left_has_no_shards_and_is_no_member(pair: Pair) -> None:
    ours, theirs = pair
    await ours.processes.beat(process(ours, shard_count=2), api=None)
    await ours.processes.leave(ours.owner)
    beat = await theirs.processes.beat(process(theirs, shard_count=2), api=None)
    assert [member.owner for member in beat.members] == [theirs.owner]
    assert {row.owner for row in beat.shards.values()} == {theirs.owner}


async def test_what_one_process_announces_the_others_receive(pair: Pair) -> None:
    ours, theirs = pair
    received: dict[str, list[list[str]]] = {"ours": [], "theirs": []}
    heard = asyncio.Event()

    def hear(words: list[str]) -> None:
        received["theirs"].append(words)
        heard.set()

    listening = [
        asyncio.create_task(ours.announcements.run_listener(received["ours"].append)),
        asyncio.create_task(theirs.announcements.run_listener(hear)),
    ]
    async with asyncio.timeout(60):
        # An announcement before anybody listens is lost: it is repeated until it is heard.
        while not heard.is_set():
            ours.announcements.send("changed", 17, 4)
            ours.announcements.send("changed", 17, 4)
            await ours.announcements.flush()
            await asyncio.sleep(0)
    for task in listening:
        task.cancel()
    await asyncio.wait(listening)
    assert received["theirs"][0] == ["changed", "17", "4"]
    assert received["ours"] == [], "not its own"


async def test_a_shard_is_ready_once_its_next_owner_has_a_session(pair: Pair) -> None:
    ours, theirs = pair
    await ours.processes.beat(process(ours), api=None, sessions={0})
    await ours.processes.beat(process(ours, is_leaving=True), api=None, sessions={0})
    taken = await theirs.processes.beat(process(theirs), api=None)
    assert (taken.shards[0].owner, taken.shards[0].is_ready) == (theirs.owner, False)
    await theirs.processes.beat(process(theirs), api=None, sessions={0})
    seen = await ours.processes.beat(process(ours, is_leaving=True), api=None, sessions={0})
    assert (seen.shards[0].owner, seen.shards[0].is_ready) == (theirs.owner, True)


async def suspended_in_a_beat(url: str) -> asyncio.StreamWriter:
    """A client that holds the lock of the beats, and has stopped between the two steps of a statement."""
    address = make_url(url)
    reader, writer = await asyncio.open_unix_connection(f"{address.query['host']}/.s.PGSQL.5432")

    def message(kind: bytes, *words: str) -> bytes:
        content = b"".join(word.encode() + b"\0" for word in words)
        return kind + (len(content) + 4).to_bytes(4) + content

    login = (3 << 16).to_bytes(4) + f"user\0postgres\0database\0{address.database}\0\0".encode()
    writer.write((len(login) + 4).to_bytes(4) + login)
    writer.write(message(b"Q", f"BEGIN; SELECT pg_advisory_xact_lock({_BEAT_LOCK})"))
    # Parse, with no types of parameters, and Flush; Bind, Execute and Sync never come.
    writer.write(message(b"P", "", "SELECT 1", "", "") + message(b"H"))
    await reader.readuntil(b"1\0\0\0\4")
    return writer


async def test_the_lock_of_a_process_that_is_suspended_in_a_statement_is_freed(
    pair: Pair, migrated_postgresql_url: str
) -> None:
    ours, _ = pair
    stuck = await suspended_in_a_beat(migrated_postgresql_url)
    membership = Membership(store=ours, clock=Clock(), me=process(ours))
    async with asyncio.timeout(60):
        while not membership.leads:
            await membership.beat()
    stuck.close()
