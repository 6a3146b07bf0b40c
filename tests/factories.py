"""Jobs for tests, brought to a state by the store's own methods."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from bot.clock import Clock
from bot.domain.jobs import AudioNote, DeliveryRoute, DeliveryState, Job, JobState, NewJob, Reason, Song
from bot.domain.playlists import Playlist
from bot.domain.shards import Member
from bot.ops.membership import Membership
from bot.store import Store
from bot.store.outbox import Capacity

NOW = datetime(2026, 2, 17, 15, 39, 34, 123456, tzinfo=UTC)
LEASE = NOW + timedelta(seconds=30)
LATER = LEASE + timedelta(seconds=1)
OURS = "this-process"
THEIRS = "another-process"

MIDNIGHT_GRID = Song(
    song_url="https://cdn.whisul.com/audio/81fa5ff7.mp3",
    title="Midnight Grid",
    bpm=140.0,
    duration_s=167.0,
    tags=("trap", "dark", "808s", "synth", "bass"),
    image_url="https://cdn.whisul.com/covers/81fa5ff7.jpg",
)


def capacity_of(number: int) -> Capacity:
    """Capacity for so many deliveries in all, in each channel and in each server."""
    return Capacity(total=number, per_channel=number, per_server=number)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def a_request(
    prompt: str = "a trap song",
    *,
    guild_id: int | None = 10,
    channel_id: int = 20,
    requester_id: int = 30,
    is_private: bool = False,
) -> NewJob:
    return NewJob(
        guild_id=guild_id,
        channel_id=channel_id,
        requester_id=requester_id,
        prompt=prompt,
        nonce="0123456789abcdef",
        is_private=is_private,
        interaction_token="a-token-of-discord",
        interaction_expires_at=NOW + timedelta(minutes=15),
    )


async def a_job(
    store: Store,
    state: JobState = JobState.QUEUED,
    *,
    job_id: str | None = None,
    owner: str = OURS,
    **request: Any,
) -> Job:
    """A job in that state, of `owner` where the state has one; `request` are fields of the request."""
    job = await store.record(replace(a_request(), **request), now=NOW)
    if state is JobState.QUEUED:
        return job
    if state is JobState.CANCELLED:
        return expected(await store.cancel(job.key, now=NOW))
    job = expected(await store.begin_submit(job.key, owner=owner, now=NOW))
    if state is JobState.SUBMITTING:
        return job
    job = expected(await store.accept(job.key, job_id=job_id or str(uuid4()), now=NOW))
    if state is JobState.RUNNING:
        return job
    if state is JobState.DETACHED:
        return expected(await store.detach(job.key))
    song = MIDNIGHT_GRID if state is JobState.COMPLETED else None
    reason = None if state is JobState.COMPLETED else Reason.GENERATION_FAILED
    return expected(await store.settle(job.key, state=state, song=song, reason=reason, now=NOW))


async def a_delivery(store: Store, delivery: DeliveryState, *, owner: str = OURS, **request: Any) -> Job:
    """A completed job in that state of delivery; `request` are fields of the request."""
    job = await a_job(store, JobState.COMPLETED, owner=owner, **request)
    if delivery is DeliveryState.DUE:
        return job
    if delivery is DeliveryState.UNDELIVERABLE:
        return expected(await store.outbox.mark_undeliverable(job.key, note="no way"))
    job = expected(
        await store.outbox.begin_post(job.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=NOW)
    )
    if delivery is DeliveryState.POSTING:
        return job
    told = await store.outbox.complete_post(
        job.key,
        route=DeliveryRoute.CHANNEL,
        channel_id=20,
        message_id=40,
        note=None,
        cover_url="https://cdn.discordapp.com/attachments/20/1/cover-midnight-grid.png",
        audio_note=AudioNote.UNPLAYABLE,
        now=NOW,
    )
    return expected(told)


def expected(job: Job | None) -> Job:
    assert job is not None
    return job


def expected_playlist(playlist: Playlist | None) -> Playlist:
    assert playlist is not None
    return playlist


def keys(jobs: list[Job]) -> list[int]:
    return [job.key for job in jobs]


def alone(clock: Clock) -> Membership:
    """The membership of a process that has its database to itself: it leads, and serves everything."""
    only: Any = SimpleNamespace(is_exclusive=True)
    return Membership(store=only, clock=clock, me=Member(owner=OURS, shard_count=1, version="test"))


def process(store: Store, **more: Any) -> Member:
    """The process that has opened this store."""
    values: dict[str, Any] = {"owner": store.owner, "shard_count": 1, "version": "test"} | more
    return Member(**values)
