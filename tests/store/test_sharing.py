"""Sharing a private song: begun once, completed once."""

from datetime import datetime

from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState
from bot.store import Store
from tests.factories import MIDNIGHT_GRID, NOW, OURS, a_delivery, a_request, expected, seconds

SHARED_AT = NOW + seconds(60)


async def a_private_song(
    store: Store,
    *,
    state: JobState = JobState.COMPLETED,
    is_delivered: bool = True,
    begun_at: datetime = NOW,
) -> Job:
    job = await store.record(a_request(is_private=True), now=NOW)
    job = expected(await store.begin_submit(job.key, owner=OURS, now=NOW))
    job = expected(await store.accept(job.key, job_id=f"81fa5ff7-0000-0000-0000-{job.key:012}", now=NOW))
    song = MIDNIGHT_GRID if state is JobState.COMPLETED else None
    job = expected(await store.settle(job.key, state=state, song=song, now=NOW))
    job = expected(
        await store.outbox.begin_post(job.key, route=DeliveryRoute.INTERACTION, channel_id=None, now=begun_at)
    )
    if not is_delivered:
        return job
    return expected(
        await store.outbox.complete_post(
            job.key, route=DeliveryRoute.INTERACTION, channel_id=None, message_id=None, note=None, now=NOW
        )
    )


async def test_a_share_is_begun_once_and_its_time_is_stored(store: Store) -> None:
    job = await a_private_song(store)
    begun = expected(await store.outbox.begin_share(job.key, now=SHARED_AT))
    assert (begun.posting_at, begun.is_private, begun.delivery) == (SHARED_AT, True, DeliveryState.DELIVERED)
    assert await store.outbox.begin_share(job.key, now=SHARED_AT + seconds(60)) is None
    assert expected(await store.get(job.key)).posting_at == SHARED_AT


async def test_a_share_is_the_first_although_time_went_back_in_the_delivery(store: Store) -> None:
    # Discord's time, read from headers with whole seconds, may step back by a second between two responses.
    job = await a_private_song(store, begun_at=NOW + seconds(0.9))
    assert job.delivered_at == job.posting_at
    assert await store.outbox.begin_share(job.key, now=NOW + seconds(1)) is not None


async def test_a_completed_share_makes_the_song_public_with_its_post(store: Store) -> None:
    job = await a_private_song(store)
    await store.outbox.begin_share(job.key, now=SHARED_AT)
    shared = expected(await store.outbox.complete_share(job.key, channel_id=20, message_id=40))
    assert (shared.is_private, shared.route) == (False, DeliveryRoute.CHANNEL)
    assert (shared.post_channel_id, shared.post_message_id) == (20, 40)
    assert await store.outbox.complete_share(job.key, channel_id=20, message_id=41) is None
    assert await store.outbox.begin_share(job.key, now=SHARED_AT + seconds(60)) is None
    assert expected(await store.get(job.key)).post_message_id == 40


async def test_a_job_without_a_song_cannot_be_shared(store: Store) -> None:
    for state in (JobState.FAILED, JobState.TIMED_OUT):
        job = await a_private_song(store, state=state)
        assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
        assert await store.outbox.complete_share(job.key, channel_id=20, message_id=40) is None


async def test_an_undelivered_song_cannot_be_shared(store: Store) -> None:
    job = await a_private_song(store, is_delivered=False)
    assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
    assert await store.outbox.complete_share(job.key, channel_id=20, message_id=40) is None
    assert expected(await store.get(job.key)).delivery is DeliveryState.POSTING


async def test_a_public_song_cannot_be_shared(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DELIVERED)
    assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
    assert await store.outbox.complete_share(job.key, channel_id=20, message_id=41) is None
    assert expected(await store.get(job.key)).post_message_id == 40


async def test_a_kept_song_can_be_shared_once_it_was_seen(store: Store) -> None:
    job = await store.record(a_request(is_private=True), now=NOW)
    job = expected(await store.begin_submit(job.key, owner=OURS, now=NOW))
    job = expected(await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=NOW))
    await store.outbox.mark_undeliverable(job.key, note="no way")
    assert await store.outbox.begin_share(job.key, now=SHARED_AT) is None
    await store.outbox.mark_delivered(job.key, now=NOW)
    assert await store.outbox.begin_share(job.key, now=SHARED_AT) is not None
