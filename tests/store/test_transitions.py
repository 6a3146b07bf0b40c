"""The transitions of a job from its request to its outcome."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.domain.jobs import DeliveryState, Job, JobState, Reason, Song
from bot.store import Store
from tests.factories import (
    LEASE,
    MIDNIGHT_GRID,
    NOW,
    OURS,
    a_delivery,
    a_job,
    a_request,
    expected,
    seconds,
)

OPEN = [state for state in JobState if not state.is_final]
FINAL = [state for state in JobState if state.is_final]


async def test_a_request_is_stored_as_it_came(store: Store) -> None:
    new = a_request("a trap song", guild_id=2**63 - 1)

    job = await store.record(new, now=NOW)

    assert job == Job(
        key=job.key,
        guild_id=2**63 - 1,
        channel_id=20,
        requester_id=30,
        prompt="a trap song",
        nonce=new.nonce,
        created_at=NOW,
        interaction_token=new.interaction_token,
        interaction_expires_at=new.interaction_expires_at,
    )
    assert await store.get(job.key) == job


async def test_an_unknown_key_is_no_job(store: Store) -> None:
    assert await store.get(4711) is None


async def test_keys_grow_and_are_unique(store: Store) -> None:
    given = [(await store.record(a_request(), now=NOW)).key for _ in range(5)]

    assert given == sorted(set(given))


async def test_a_job_goes_from_the_queue_to_a_song(store: Store) -> None:
    queued = await a_job(store)
    submitting = await store.begin_submit(queued.key, owner=OURS, now=NOW + seconds(1))
    assert submitting is not None
    assert (submitting.state, submitting.submit_attempts) == (JobState.SUBMITTING, 1)
    assert (submitting.submitted_at, submitting.owner) == (NOW + seconds(1), OURS)

    running = await store.accept(
        queued.key, job_id="81fa5ff7-6197-4c24-8062-c0ff8b62d58d", now=NOW + seconds(2)
    )
    assert running is not None
    assert (running.state, running.accepted_at, running.short_id) == (
        JobState.RUNNING,
        NOW + seconds(2),
        "81fa5ff7",
    )

    completed = await store.settle(
        queued.key,
        state=JobState.COMPLETED,
        song=MIDNIGHT_GRID,
        started_at=NOW + seconds(2),
        finished_at=NOW + seconds(146),
        now=NOW + seconds(150),
    )
    assert completed is not None
    assert (completed.state, completed.song) == (JobState.COMPLETED, MIDNIGHT_GRID)
    assert (completed.started_at, completed.finished_at) == (NOW + seconds(2), NOW + seconds(146))
    assert (completed.settled_at, completed.waited_s) == (NOW + seconds(150), 150.0)
    assert await store.get(queued.key) == completed


async def test_a_song_without_figures_is_stored_without_them(store: Store) -> None:
    for song in (Song(), Song(tags=("a", "b")), Song(bpm=float("nan"), duration_s=float("inf"))):
        job = await a_job(store, JobState.RUNNING)

        completed = expected(await store.settle(job.key, state=JobState.COMPLETED, song=song, now=NOW))

        assert completed.song == Song(tags=song.tags)


async def test_a_submit_that_created_nothing_goes_back_to_the_queue(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING)

    queued = await store.requeue(job.key, submit_after=NOW + seconds(60), now=NOW)

    assert queued is not None
    assert (queued.state, queued.submit_after) == (JobState.QUEUED, NOW + seconds(60))
    assert (queued.owner, queued.submit_attempts) == (None, 1)
    again = expected(await store.begin_submit(job.key, owner=OURS, now=NOW))
    assert (again.submit_attempts, again.submit_after) == (2, None)


async def test_each_transition_leaves_only_its_own_state(store: Store) -> None:
    steps: dict[JobState, list[Callable[[int], Awaitable[Job | None]]]] = {
        JobState.QUEUED: [
            lambda key: store.begin_submit(key, owner=OURS, now=NOW),
            lambda key: store.cancel(key, now=NOW),
        ],
        JobState.SUBMITTING: [
            lambda key: store.accept(key, job_id="x", now=NOW),
            lambda key: store.requeue(key, submit_after=NOW, now=NOW),
        ],
        JobState.RUNNING: [store.detach],
    }
    for state in JobState:
        job = expected(await store.get((await a_job(store, state)).key))
        wrong = [step for leaves, own in steps.items() if leaves is not state for step in own]
        assert [await step(job.key) for step in wrong] == [None] * len(wrong), state
        assert await store.get(job.key) == job


async def test_a_step_of_a_job_changes_no_other(store: Store) -> None:
    steps: list[tuple[JobState, Callable[[int], Awaitable[object]]]] = [
        (JobState.QUEUED, lambda key: store.begin_submit(key, owner=OURS, now=NOW)),
        (JobState.QUEUED, lambda key: store.cancel(key, now=NOW)),
        (JobState.SUBMITTING, lambda key: store.accept(key, job_id="x", now=NOW)),
        (JobState.SUBMITTING, lambda key: store.requeue(key, submit_after=LEASE, now=NOW)),
        (JobState.RUNNING, store.detach),
        (JobState.RUNNING, lambda key: store.settle(key, state=JobState.FAILED, now=NOW)),
        (
            JobState.EXPIRED,
            lambda key: store.complete_late(key, song=MIDNIGHT_GRID, started_at=None, finished_at=None),
        ),
        (JobState.QUEUED, lambda key: store.set_card(key, message_id=7)),
        (JobState.QUEUED, lambda key: store.set_card_outdated(key, outdated=True)),
    ]
    for state, step in steps:
        job, other = [expected(await store.get((await a_job(store, state)).key)) for _ in range(2)]
        await step(job.key)
        assert await store.get(job.key) != job
        assert await store.get(other.key) == other


async def test_every_open_job_can_be_settled_in_every_way_and_only_once(store: Store) -> None:
    for state in OPEN:
        for outcome in FINAL:
            job = await a_job(store, state)

            settled = expected(await store.settle(job.key, state=outcome, reason=Reason.DEADLINE, now=NOW))

            assert (settled.state, settled.reason, settled.settled_at) == (outcome, Reason.DEADLINE, NOW)
            for other in FINAL if state is JobState.RUNNING else [outcome]:
                assert await store.settle(job.key, state=other, now=NOW) is None
            assert await store.get(job.key) == settled


async def test_no_job_can_be_settled_with_an_open_state(store: Store) -> None:
    for state in OPEN:
        with pytest.raises(ValueError, match=state.value):
            await store.settle(1, state=state, now=NOW)


async def test_a_job_id_of_another_job_is_not_accepted(store: Store) -> None:
    first = await a_job(store, JobState.RUNNING, job_id="81fa5ff7-6197-4c24-8062-c0ff8b62d58d")
    second = await a_job(store, JobState.SUBMITTING)

    assert await store.accept(second.key, job_id=first.job_id or "", now=NOW) is None

    assert await store.get(second.key) == second
    assert (
        await store.settle(second.key, state=JobState.UNKNOWN, reason=Reason.NO_ANSWER, now=NOW) is not None
    )


async def test_a_long_error_text_is_cut(store: Store) -> None:
    job = await a_job(store, JobState.RUNNING)

    failed = await store.settle(job.key, state=JobState.FAILED, error="é" * 100_000, now=NOW)

    assert failed is not None
    assert failed.error == "é" * 2000


async def test_a_job_that_was_given_up_may_be_completed_late(store: Store) -> None:
    for state in (JobState.TIMED_OUT, JobState.EXPIRED):
        for delivery in (DeliveryState.DUE, DeliveryState.UNDELIVERABLE):
            running = await a_job(store, JobState.RUNNING)
            given_up = await store.settle(running.key, state=state, reason=Reason.DEADLINE, now=NOW)
            if delivery is DeliveryState.UNDELIVERABLE:
                given_up = await store.outbox.mark_undeliverable(running.key, note="no way")

            late = expected(
                await store.complete_late(
                    running.key, song=MIDNIGHT_GRID, started_at=NOW, finished_at=NOW + seconds(9)
                )
            )

            assert (late.state, late.song, late.reason) == (JobState.COMPLETED, MIDNIGHT_GRID, None)
            assert late.delivery is expected(given_up).delivery is delivery
            assert late.settled_at == expected(given_up).settled_at


async def test_no_other_job_is_completed_late(store: Store) -> None:
    for state in (*OPEN, JobState.COMPLETED, JobState.FAILED, JobState.UNKNOWN, JobState.CANCELLED):
        job = await a_job(store, state)

        late = await store.complete_late(job.key, song=MIDNIGHT_GRID, started_at=None, finished_at=None)

        assert late is None, state
        assert await store.get(job.key) == job


async def test_the_cards_message_id_is_stored(store: Store) -> None:
    job = await a_job(store)

    await store.set_card(job.key, message_id=2**62)

    assert expected(await store.get(job.key)).card_message_id == 2**62


async def test_expired_tokens_are_wiped_and_valid_ones_kept(store: Store) -> None:
    expires = NOW + timedelta(minutes=15)
    queued = await a_job(store)
    delivered = await a_delivery(store, DeliveryState.DELIVERED)
    assert delivered.interaction_token is None

    assert await store.forget_tokens(now=expires - seconds(1)) == 0
    assert expected(await store.get(queued.key)).interaction_token == "a-token-of-discord"
    assert await store.forget_tokens(now=expires) == 1
    assert expected(await store.get(queued.key)).interaction_token is None


async def test_a_time_is_read_back_in_utc_to_the_microsecond(store: Store) -> None:
    for time in (
        NOW,
        NOW.replace(microsecond=0),
        NOW.astimezone(timezone(timedelta(hours=14))),
        datetime(1, 1, 2, tzinfo=timezone(timedelta(hours=-12))),
        datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=9))),
    ):
        job = await store.record(a_request(), now=time)

        assert job.created_at == time
        assert job.created_at.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        await store.record(a_request(), now=NOW.replace(tzinfo=None))


async def test_times_compare_across_zones_and_fractions(store: Store) -> None:
    due = NOW.replace(microsecond=0)
    request = replace(a_request(), interaction_expires_at=due.astimezone(timezone(timedelta(hours=9))))
    await store.record(request, now=NOW)

    assert await store.forget_tokens(now=due - timedelta(microseconds=1)) == 0
    assert await store.forget_tokens(now=due.astimezone(timezone(timedelta(hours=-9)))) == 1


async def test_values_are_stored_and_replaced(store: Store) -> None:
    assert await store.key_values.get("commands") is None

    await store.key_values.set("commands", "first")
    await store.key_values.set("commands", "second")
    await store.key_values.set("submit_path", "/compose")

    assert await store.key_values.get("commands") == "second"
    assert await store.key_values.get("submit_path") == "/compose"
