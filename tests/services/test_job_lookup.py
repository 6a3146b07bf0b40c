"""The access rule of look-ups, for every combination of viewer, place, visible channels and requester."""

from itertools import product
from typing import Any

import pytest

from bot.clock import Clock
from bot.domain.jobs import Job, JobState, Lineage
from bot.generation.queue_order import QueueOrder
from bot.services.job_lookup import JobLookup, Viewer
from bot.store import Store
from tests.factories import NOW, OURS, a_job, expected, seconds

JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"
TWIN_ID = "81fa5ff7-0000-4c24-8062-c0ff8b62d58d"
ME, OTHER = 30, 31
HERE, ELSEWHERE = 10, 11
CHANNEL = 20


def job_lookup(store: Store) -> JobLookup:
    unused: Any = None  # only the status of a job polls
    queue_order = QueueOrder(store=store, max_running=1, max_per_server=1)
    return JobLookup(store=store, clock=Clock(), poller=unused, queue_order=queue_order)


def viewer(user_id: int = OTHER, guild_id: int | None = HERE, *sees: int) -> Viewer:
    return Viewer(user_id=user_id, guild_id=guild_id, can_see=lambda channel_id: channel_id in sees)


@pytest.mark.parametrize("is_private", [False, True], ids=["public", "private"])
async def test_a_job_is_for_its_requester_and_for_those_who_see_its_channel(
    store: Store, *, is_private: bool
) -> None:
    job = await a_job(store, JobState.COMPLETED, job_id=JOB_ID, is_private=is_private)
    lookups = job_lookup(store)
    for user_id, guild_id, sees in product((ME, OTHER), (HERE, ELSEWHERE, None), ((CHANNEL,), (21,), ())):
        found = await lookups.look_up(f" {JOB_ID} ", viewer(user_id, guild_id, *sees))
        is_for_them = user_id == ME or (guild_id == HERE and sees == (CHANNEL,) and not is_private)
        assert found == (job if is_for_them else None), (user_id, guild_id, sees)


async def test_the_usual_wait_counts_the_rounds_before_a_new_song(store: Store) -> None:
    lookups = job_lookup(store)
    assert await lookups.usual_wait_s() is None
    for number in range(3):
        job = expected(await store.begin_submit((await a_job(store)).key, owner=OURS, now=NOW))
        await store.accept(job.key, job_id=f"job-{number}", now=NOW)
        await store.settle(job.key, state=JobState.COMPLETED, now=NOW + seconds(100))
    assert await lookups.usual_wait_s() == 100
    await a_job(store, JobState.RUNNING)
    await a_job(store)
    assert await lookups.usual_wait_s() == 300


async def test_an_erased_job_is_invisible_to_its_requester_too(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING, job_id=JOB_ID)
    await store.erasure.erase_user(ME, now=NOW)
    for user_id in (ME, OTHER, 0):
        assert await job_lookup(store).look_up(f"#{job.key}", viewer(user_id, HERE, CHANNEL)) is None


async def test_a_hidden_job_with_the_same_short_id_hides_no_other(store: Store) -> None:
    shown = await a_job(store, JobState.COMPLETED, job_id=TWIN_ID)
    hidden = await a_job(store, JobState.COMPLETED, job_id=JOB_ID, channel_id=21)
    lookups = job_lookup(store)
    assert await lookups.look_up("81fa5ff7", viewer(OTHER, HERE, CHANNEL)) == shown
    assert await lookups.look_up("81fa5ff7", viewer(OTHER, HERE, CHANNEL, 21)) == hidden


async def test_a_lineage_leaves_out_what_the_viewer_may_not_see(store: Store) -> None:
    async def child_of(parent: Job, *, is_private: bool = False) -> Job:
        return await a_job(store, JobState.COMPLETED, parent_key=parent.key, is_private=is_private)

    parent = await a_job(store, JobState.COMPLETED, is_private=True)
    job = await child_of(parent)
    public, private = await child_of(job), await child_of(job, is_private=True)
    lookups = job_lookup(store)
    assert await lookups.lineage(job, viewer(OTHER, HERE, CHANNEL)) == Lineage(None, (public,))
    assert await lookups.lineage(job, viewer(ME)) == Lineage(parent, (public, private))
    assert await lookups.lineage(parent, viewer(ME)) == Lineage(None, (job,))
