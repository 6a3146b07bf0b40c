"""One like for each member and song, with exact counts under concurrency."""

import asyncio

from bot.domain.jobs import JobState, LikeResult
from bot.store import Store
from tests.factories import NOW, a_job, a_request, keys


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


async def test_only_public_songs_can_be_liked(store: Store) -> None:
    private = await store.record(a_request(is_private=True), now=NOW)
    await store.settle(private.key, state=JobState.COMPLETED, now=NOW)
    unfinished = [await a_job(store, state) for state in JobState if state is not JobState.COMPLETED]

    for key in (private.key, 77, *keys(unfinished)):
        assert await store.likes.toggle(key, user_id=1, now=NOW) is None, key
        assert await store.likes.count(key) == 0


async def test_concurrent_likes_of_fifty_members_each_return_the_exact_count(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)

    answers = await asyncio.gather(
        *(store.likes.toggle(job.key, user_id=user, now=NOW) for user in range(50))
    )

    assert sorted(liking.count for liking in answers if liking) == list(range(1, 51))
    assert await store.likes.count(job.key) == 50


async def test_presses_of_one_member_at_once_toggle_one_like(store: Store) -> None:
    job = await a_job(store, JobState.COMPLETED)

    answers = await asyncio.gather(*(store.likes.toggle(job.key, user_id=1, now=NOW) for _ in range(21)))

    assert sorted(liking.is_liked for liking in answers if liking) == [False] * 10 + [True] * 11
    assert await store.likes.count(job.key) == 1
