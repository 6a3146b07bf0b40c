"""An unexpected error during a submit: settled at once, never submitted again, and no other job waits."""

from typing import Any

import pytest

from bot.clock import Clock
from bot.domain.jobs import DeliveryState, Job, JobState, Reason
from bot.store import Store
from tests.generation.submitting import asked, submitting

FAULTY = "a prompt that nobody foresaw"
FAULTS = {FAULTY: LookupError("a fault in the program")}


async def test_a_submit_that_crashes_is_settled_as_unknown_at_once(store: Store) -> None:
    faulty, good = await asked(store, FAULTY), await asked(store, "a song")
    async with submitting(store, FAULTS) as outcomes:
        settled = await outcomes.until(lambda job: job.key == faulty.key)
        await outcomes.until_running(good)
    assert (settled.state, settled.reason) == (JobState.UNKNOWN, Reason.NO_ANSWER)
    assert (settled.delivery, settled.submit_attempts) == (DeliveryState.DUE, 1)


async def test_a_crash_after_the_acceptance_keeps_the_job_running(store: Store) -> None:
    job = await asked(store, "a song")
    followed: list[int] = []

    def follow(running: Job) -> None:
        followed.append(running.key)
        if len(followed) == 1:
            raise LookupError("a fault in the program")

    async with submitting(store, on_follow=follow) as outcomes:
        running = await outcomes.until(lambda each: each.key == job.key)
    assert (running.state, running.job_id) == (JobState.RUNNING, "job of a song")
    assert followed == [job.key, job.key]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_job_that_cannot_be_started_delays_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    first, second = await asked(store, "one"), await asked(store, "two")
    begin_submit = store.begin_submit

    async def begin(key: int, **options: Any) -> Job | None:
        if key == first.key and when == "before":
            raise LookupError("a fault in the program")
        begun = await begin_submit(key, **options)
        if key == first.key:
            raise LookupError("a fault in the program")
        return begun

    monkeypatch.setattr(store, "begin_submit", begin)
    async with submitting(store, most=1) as outcomes:
        await outcomes.until_running(second)
        if when == "after":
            await outcomes.until(lambda job: (job.key, job.state) == (first.key, JobState.QUEUED))
    kept = await store.get(first.key)
    assert kept is not None
    assert (kept.state, kept.owner) == (JobState.QUEUED, None)


async def test_a_job_that_cannot_be_expired_delays_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue = await asked(store, "one", at=Clock().now().replace(year=2020))
    fresh = await asked(store, "two")
    settle = store.settle

    async def fails_for_one(key: int, **options: Any) -> Job | None:
        if key == overdue.key:
            raise LookupError("a fault in the program")
        return await settle(key, **options)

    monkeypatch.setattr(store, "settle", fails_for_one)
    async with submitting(store) as outcomes:
        await outcomes.until_running(fresh)
