"""Processes and tasks that compete for the same job."""

import asyncio
from dataclasses import replace

from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState
from bot.store import Store, open_store
from tests.factories import (
    LATER,
    NOW,
    OURS,
    THEIRS,
    a_delivery,
    a_job,
    a_request,
    capacity_of,
    expected,
    keys,
    process,
    seconds,
)

NEW_LEASE = LATER + seconds(30)


async def test_fifty_concurrent_submits_of_one_job_begin_it_once(store: Store) -> None:
    job = await a_job(store)

    answers = await asyncio.gather(*(store.begin_submit(job.key, owner=f"o{n}", now=NOW) for n in range(50)))

    (winner,) = [answer for answer in answers if answer is not None]
    assert winner.submit_attempts == 1
    assert await store.get(job.key) == winner


async def test_a_job_is_cancelled_or_submitted_but_never_both(store: Store) -> None:
    for _ in range(20):
        job = await a_job(store)

        answers = await asyncio.gather(
            store.cancel(job.key, now=NOW),
            store.begin_submit(job.key, owner=OURS, now=NOW),
        )

        assert len([answer for answer in answers if answer is not None]) == 1


async def test_concurrent_outcomes_settle_once_and_detach_only_before(store: Store) -> None:
    for _ in range(20):
        job = await a_job(store, JobState.RUNNING)

        completed, timed_out, detached = await asyncio.gather(
            store.settle(job.key, state=JobState.COMPLETED, now=NOW),
            store.settle(job.key, state=JobState.TIMED_OUT, now=NOW),
            store.detach(job.key),
        )

        (settled,) = [answer for answer in (completed, timed_out) if answer is not None]
        assert settled.delivery is (DeliveryState.NONE if detached else DeliveryState.DUE)


async def test_one_job_id_is_accepted_by_one_of_many_jobs(store: Store) -> None:
    jobs = [await a_job(store, JobState.SUBMITTING) for _ in range(10)]

    answers = await asyncio.gather(*(store.accept(job.key, job_id="the-same", now=NOW) for job in jobs))

    assert len([answer for answer in answers if answer is not None]) == 1
    assert (await store.count_open())[JobState.SUBMITTING] == 9


async def test_fifty_concurrent_posts_of_one_song_begin_it_once(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)

    answers = await asyncio.gather(
        *(
            store.outbox.begin_post(job.key, route=DeliveryRoute.CHANNEL, channel_id=n, now=NOW)
            for n in range(50)
        )
    )

    assert len([answer for answer in answers if answer is not None]) == 1


async def test_no_delivery_is_claimed_by_two_processes(pair: tuple[Store, Store]) -> None:
    made = [await a_delivery(pair[0], DeliveryState.DUE) for _ in range(30)]
    for number in range(10):
        await pair[0].processes.beat(replace(process(pair[0]), owner=f"o{number}"), api=None)

    async def claim(store: Store, owner: str) -> list[int]:
        return keys(await store.outbox.claim(owner=owner, now=NOW, capacity=capacity_of(4)))

    claims = await asyncio.gather(*(claim(pair[n % 2], f"o{n}") for n in range(10)))

    claimed = [key for part in claims for key in part]
    assert len(claimed) == len(set(claimed))
    assert all(len(part) <= 4 for part in claims)
    assert set(claimed) <= set(keys(made))
    assert claimed


async def test_no_orphaned_submit_is_settled_by_two_processes(pair: tuple[Store, Store]) -> None:
    made = [await a_job(pair[0], JobState.SUBMITTING, owner="gone") for _ in range(30)]

    found = await asyncio.gather(
        *(pair[n % 2].settle_orphaned_submits(owner=f"o{n}", now=LATER) for n in range(10))
    )

    assert sorted(key for part in found for key in keys(part)) == keys(made)


async def test_bulk_updates_of_several_processes_do_not_deadlock(pair: tuple[Store, Store]) -> None:
    for number in range(40):
        await a_job(pair[0], JobState.RUNNING, owner=(OURS, THEIRS)[number % 2])

    async def everything(store: Store, owner: str) -> None:
        await asyncio.gather(
            store.settle_orphaned_submits(owner=owner, now=LATER),
            store.outbox.claim(owner=owner, now=LATER, capacity=capacity_of(9)),
            store.processes.beat(process(store), api=None),
            store.forget_tokens(now=LATER),
        )

    await asyncio.gather(*(everything(pair[n % 2], (OURS, THEIRS)[n % 2]) for n in range(20)))

    assert sum((await pair[0].count_submitted_by_requester()).values()) == 40


async def test_two_processes_that_start_on_an_empty_database_both_get_in(postgresql_url: str) -> None:
    async def start() -> Store:
        async with open_store(postgresql_url) as store:
            await store.record(a_request(), now=NOW)
            return store

    await asyncio.gather(*(start() for _ in range(4)))

    async with open_store(postgresql_url) as store:
        assert len(await store.queue()) == 4


async def test_a_cancelled_task_leaves_no_half_written_job_and_no_lock(store: Store) -> None:
    async def write() -> None:
        job = await a_job(store, JobState.RUNNING)
        await store.settle(job.key, state=JobState.COMPLETED, now=NOW)

    tasks = [asyncio.create_task(write()) for _ in range(40)]
    for number, task in enumerate(tasks):
        if number % 2:
            await asyncio.sleep(0.001)
            task.cancel()
    await asyncio.wait(tasks)

    finished = [task for task in tasks if not task.cancelled()]
    assert len(finished) >= 20
    assert all(task.exception() is None for task in finished)
    assert expected(await store.get((await a_job(store)).key)).state is JobState.QUEUED
    settled = await store.outbox.claim(owner=OURS, now=NOW, capacity=capacity_of(99))
    assert len(settled) >= len(finished)
