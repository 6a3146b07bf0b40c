"""Acknowledgements without a job: deleted by the job's row, found when their process is gone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.jobs import JobState, PendingAck
from bot.store import Store
from bot.store.pending_acks import ABANDONED_AFTER
from tests.factories import NOW, a_job, a_request, process

ACK = PendingAck(81, "a-token-of-discord", NOW + timedelta(minutes=15))


def another(store: Store) -> Store:
    """The store of another process on the same database."""
    return Store(store._database, owner="another process")


async def test_only_acknowledgements_of_other_processes_are_abandoned(store: Store) -> None:
    await store.pending_acks.add(ACK, now=NOW)
    assert await store.pending_acks.take_abandoned(now=NOW) == []
    assert await another(store).pending_acks.take_abandoned(now=NOW) == [ACK]


async def test_the_jobs_row_deletes_the_acknowledgement(store: Store) -> None:
    await store.pending_acks.add(ACK, now=NOW)
    await store.record(replace(a_request(), interaction_id=ACK.interaction_id), now=NOW)
    assert await another(store).pending_acks.take_abandoned(now=NOW) == []


async def test_a_job_without_token_deletes_no_acknowledgement(store: Store) -> None:
    await store.pending_acks.add(ACK, now=NOW)
    await store.record(replace(a_request(), interaction_token=None), now=NOW)
    assert await another(store).pending_acks.take_abandoned(now=NOW) == [ACK]


async def test_a_removed_acknowledgement_is_gone(store: Store) -> None:
    await store.pending_acks.add(ACK, now=NOW)
    await store.pending_acks.remove(ACK.interaction_id)
    assert await another(store).pending_acks.take_abandoned(now=NOW) == []


async def test_a_recent_acknowledgement_of_a_live_process_is_not_abandoned(pair: tuple[Store, Store]) -> None:
    ours, theirs = pair
    await ours.processes.beat(process(ours), api=None)
    await ours.pending_acks.add(ACK, now=NOW)
    assert await theirs.pending_acks.take_abandoned(now=NOW + ABANDONED_AFTER) == []
    later = NOW + ABANDONED_AFTER + timedelta(seconds=1)
    assert await theirs.pending_acks.take_abandoned(now=later) == [ACK]
    await ours.processes.leave(ours.owner)
    assert await theirs.pending_acks.take_abandoned(now=NOW) == [ACK]


async def test_an_expired_acknowledgement_is_deleted(store: Store) -> None:
    await store.pending_acks.add(ACK, now=NOW)
    other = another(store)
    assert await other.pending_acks.take_abandoned(now=ACK.expires_at) == []
    assert await other.pending_acks.take_abandoned(now=NOW) == []


async def test_hundreds_of_concurrent_acknowledgements_are_all_stored(store: Store) -> None:
    crowd = [replace(ACK, interaction_id=number) for number in range(300)]
    await asyncio.gather(*(store.pending_acks.add(ack, now=NOW) for ack in crowd))
    assert await another(store).pending_acks.take_abandoned(now=NOW) == crowd


async def test_an_acknowledgement_rolled_back_by_another_error_is_rewritten(store: Store) -> None:
    jobs = [await a_job(store, JobState.SUBMITTING) for _ in range(2)]
    first, second = (replace(ACK, interaction_id=number) for number in (81, 82))
    _, *accepted, _ = await asyncio.gather(
        store.pending_acks.add(first, now=NOW),
        store.accept(jobs[0].key, job_id="the same", now=NOW),
        store.accept(jobs[1].key, job_id="the same", now=NOW),
        store.pending_acks.add(second, now=NOW),
    )
    assert accepted.count(None) == 1
    assert await another(store).pending_acks.take_abandoned(now=NOW) == [first, second]


async def test_the_same_acknowledgement_twice_is_stored_once(store: Store) -> None:
    await asyncio.gather(*(store.pending_acks.add(ACK, now=NOW) for _ in range(2)))
    await store.pending_acks.add(ACK, now=NOW)
    assert await another(store).pending_acks.take_abandoned(now=NOW) == [ACK]
