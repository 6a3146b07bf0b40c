"""Likes: one for each member, and counts that are right however many press at once."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.jobs import JobState, LikeResult
from bot.store import Store
from tests.factories import NOW, a_job, a_request


async def test_a_second_press_takes_the_like_back(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)

    assert await store.likes.toggle(job.key, user_id=1, now=NOW) == LikeResult(is_liked=True, count=1)
    assert await store.likes.toggle(job.key, user_id=2, now=NOW) == LikeResult(is_liked=True, count=2)
    assert await store.likes.toggle(job.key, user_id=1, now=NOW) == LikeResult(is_liked=False, count=1)

    assert await store.likes.count(job.key) == 1


async def test_likes_of_one_song_are_not_those_of_another(store: Store) -> None:
    one, other = [await a_job(store, JobState.COMPLETED) for _ in range(2)]

    await store.likes.toggle(one.key, user_id=1, now=NOW)

    assert await store.likes.toggle(other.key, user_id=1, now=NOW) == LikeResult(is_liked=True, count=1)


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.COMPLETED])
async def test_what_is_no_song_cannot_be_liked(store: Store, state: JobState) -> None:
    job = await a_job(store, state)

    assert await store.likes.toggle(job.key, user_id=1, now=NOW) is None
    assert await store.likes.count(job.key) == 0


async def test_a_job_that_is_not_there_cannot_be_liked(store: Store) -> None:
    assert await store.likes.toggle(77, user_id=1, now=NOW) is None


async def test_a_private_song_cannot_be_liked(store: Store) -> None:
    job = await store.record(replace(a_request(), is_private=True), now=NOW)
    await store.settle(job.key, state=JobState.COMPLETED, now=NOW)

    assert await store.likes.toggle(job.key, user_id=1, now=NOW) is None


async def test_fifty_members_at_once_are_fifty_likes_and_each_sees_a_count_of_its_own(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)

    likings = await asyncio.gather(
        *(store.likes.toggle(job.key, user_id=user, now=NOW) for user in range(50))
    )

    assert sorted(liking.count for liking in likings if liking) == list(range(1, 51))
    assert await store.likes.count(job.key) == 50


async def test_presses_of_one_member_at_once_toggle_one_like(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)

    likings = await asyncio.gather(*(store.likes.toggle(job.key, user_id=1, now=NOW) for _ in range(21)))

    assert sorted(liking.is_liked for liking in likings if liking) == [False] * 10 + [True] * 11
    assert await store.likes.count(job.key) == 1
