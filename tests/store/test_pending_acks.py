"""Promises: redeemed by the job's row, forgotten when they were answered, found when their process is gone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.jobs import JobState, PendingAck
from bot.store import Store
from tests.factories import NOW, a_job, a_request

PROMISE = PendingAck(81, "a-token-of-discord", NOW + timedelta(minutes=15))


def another(store: Store) -> Store:
    """The store of another process on the same database."""
    return Store(store._database, owner="another process")


async def test_what_another_process_promised_is_found_and_its_own_is_not(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    assert await store.pending_acks.take_abandoned(made_before=None, now=NOW) == []
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == [PROMISE]


async def test_the_jobs_row_redeems_the_promise(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    await store.record(a_request(), now=NOW)
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == []


async def test_a_row_without_a_token_redeems_nothing(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    await store.record(replace(a_request(), interaction_token=None), now=NOW)
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == [PROMISE]


async def test_a_forgotten_promise_is_gone(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    await store.pending_acks.remove(PROMISE.interaction_id)
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == []


async def test_a_young_promise_of_a_process_that_may_live_is_left_alone(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    other = another(store)
    assert await other.pending_acks.take_abandoned(made_before=NOW, now=NOW) == []
    later = NOW + timedelta(seconds=1)
    assert await other.pending_acks.take_abandoned(made_before=later, now=later) == [PROMISE]


async def test_an_expired_promise_is_forgotten_because_nobody_can_be_told(store: Store) -> None:
    await store.pending_acks.add(PROMISE, now=NOW)
    other = another(store)
    assert await other.pending_acks.take_abandoned(made_before=None, now=PROMISE.expires_at) == []
    assert await other.pending_acks.take_abandoned(made_before=None, now=NOW) == []


async def test_hundreds_at_once_are_each_written_down(store: Store) -> None:
    crowd = [replace(PROMISE, interaction_id=number) for number in range(300)]
    await asyncio.gather(*(store.pending_acks.add(promise, now=NOW) for promise in crowd))
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == crowd


async def test_what_an_error_of_somebody_else_undoes_is_written_again(store: Store) -> None:
    jobs = [await a_job(store, JobState.SUBMITTING) for _ in range(2)]
    first, second = (replace(PROMISE, interaction_id=number) for number in (81, 82))
    _, *accepted, _ = await asyncio.gather(
        store.pending_acks.add(first, now=NOW),
        store.accept(jobs[0].key, job_id="the same", now=NOW),
        store.accept(jobs[1].key, job_id="the same", now=NOW),
        store.pending_acks.add(second, now=NOW),
    )
    assert accepted.count(None) == 1
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == [first, second]


async def test_the_same_promise_twice_is_one(store: Store) -> None:
    await asyncio.gather(*(store.pending_acks.add(PROMISE, now=NOW) for _ in range(2)))
    await store.pending_acks.add(PROMISE, now=NOW)
    assert await another(store).pending_acks.take_abandoned(made_before=None, now=NOW) == [PROMISE]
