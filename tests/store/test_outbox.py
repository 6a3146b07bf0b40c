"""The way of an outcome to its requester."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState, Reason
from bot.store import Store
from bot.store.outbox import Capacity
from tests.factories import (
    LATER,
    LEASE,
    MIDNIGHT_GRID,
    NOW,
    OURS,
    THEIRS,
    a_delivery,
    a_job,
    capacity_of,
    expected,
    keys,
    seconds,
)

ROOM = capacity_of(10)
FINAL = [state for state in JobState if state.is_final]


async def claim(
    store: Store,
    *,
    owner: str = OURS,
    now: datetime = NOW,
    capacity: Capacity = ROOM,
    takeover: bool = False,
    in_flight: Collection[Job] = (),
) -> list[Job]:
    return await store.outbox.claim(
        owner=owner,
        lease_until=now + seconds(30),
        now=now,
        capacity=capacity,
        takeover=takeover,
        in_flight=in_flight,
    )


@pytest.mark.parametrize("outcome", FINAL)
async def test_the_outbox_rule_an_outcome_and_what_is_due_with_it_are_one_write(
    store: Store, outcome: JobState
) -> None:
    job = await a_job(store, JobState.RUNNING)

    settled = expected(await store.settle(job.key, state=outcome, now=NOW))

    cancelled = outcome is JobState.CANCELLED
    assert settled.delivery is (DeliveryState.NONE if cancelled else DeliveryState.DUE)
    assert settled.delivery_after is None
    assert settled.owner == (None if cancelled else OURS)
    assert keys(await claim(store)) == ([] if cancelled else [job.key])


async def test_nothing_is_due_before_the_outcome(store: Store) -> None:
    for state in (state for state in JobState if not state.is_final):
        assert (await a_job(store, state)).delivery is DeliveryState.NONE

    assert await claim(store, takeover=True) == []


@pytest.mark.parametrize("outcome", FINAL)
async def test_nothing_is_due_where_nobody_waits_any_more(store: Store, outcome: JobState) -> None:
    job = await a_job(store, JobState.DETACHED)

    settled = expected(await store.settle(job.key, state=outcome, song=MIDNIGHT_GRID, now=NOW))

    assert (settled.delivery, settled.owner, settled.lease_until) == (DeliveryState.NONE, None, None)
    assert await claim(store, takeover=True) == []


async def test_a_song_is_posted(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)

    posting = await store.outbox.begin_post(
        job.key, rung=DeliveryRoute.CHANNEL, channel_id=20, now=NOW + seconds(1)
    )
    assert posting is not None
    assert (posting.delivery, posting.delivery_attempts) == (DeliveryState.POSTING, 1)
    assert (posting.rung, posting.post_channel_id, posting.posting_at) == (
        DeliveryRoute.CHANNEL,
        20,
        NOW + seconds(1),
    )

    told = await store.outbox.complete_post(
        job.key,
        rung=DeliveryRoute.CHANNEL,
        channel_id=20,
        message_id=40,
        note="with its cover",
        now=NOW + seconds(2),
    )
    assert told is not None
    assert (told.delivery, told.delivered_at) == (DeliveryState.DELIVERED, NOW + seconds(2))
    assert (told.post_channel_id, told.post_message_id, told.delivery_note) == (20, 40, "with its cover")
    assert (told.interaction_token, told.owner, told.lease_until) == (None, None, None)
    assert await store.get(job.key) == told


async def test_what_was_not_posted_is_due_again_later(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)

    due = await store.outbox.abort_post(job.key, note="slow mode")

    assert due is not None
    assert (due.delivery, due.delivery_note, due.delivery_attempts) == (DeliveryState.DUE, "slow mode", 1)
    assert keys(await claim(store)) == [job.key]
    again = expected(
        await store.outbox.begin_post(job.key, rung=DeliveryRoute.DIRECT_MESSAGE, channel_id=None, now=NOW)
    )
    assert (again.delivery_attempts, again.rung, again.post_channel_id) == (
        2,
        DeliveryRoute.DIRECT_MESSAGE,
        None,
    )


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.POSTING])
async def test_what_is_put_off_stays_as_it_is_until_then(store: Store, state: DeliveryState) -> None:
    job = await a_delivery(store, state)

    waiting = expected(await store.outbox.postpone(job.key, after=NOW + seconds(15)))

    assert waiting == replace(job, delivery_after=NOW + seconds(15))
    assert await store.outbox.next_due_at(now=NOW) == NOW + seconds(15)
    assert await claim(store, now=NOW + seconds(14)) == []
    (taken,) = await claim(store, now=NOW + seconds(15))
    assert (taken.delivery, taken.delivery_after) == (state, None)
    assert await store.outbox.next_due_at(now=NOW) is None


async def test_what_is_due_and_not_taken_yet_has_no_next_time(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await store.outbox.postpone(job.key, after=NOW)
    assert await store.outbox.next_due_at(now=NOW) is None


async def test_a_wall_clock_that_was_stepped_back_holds_up_no_delivery(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    await store.outbox.postpone(job.key, after=NOW)
    assert await store.outbox.next_due_at(now=NOW - seconds(3600)) is None
    assert keys(await claim(store, now=NOW - seconds(3600))) == [job.key]


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.POSTING])
async def test_what_reaches_nobody_is_kept_until_the_requester_asks(
    store: Store, state: DeliveryState
) -> None:
    job = await a_delivery(store, state)

    kept = await store.outbox.mark_undeliverable(job.key, note="the channel is gone")
    assert kept is not None
    assert (kept.delivery, kept.rung) == (DeliveryState.UNDELIVERABLE, DeliveryRoute.KEPT)
    assert (kept.delivery_note, kept.interaction_token, kept.owner) == ("the channel is gone", None, None)
    assert await claim(store, takeover=True) == []

    told = await store.outbox.mark_delivered(job.key, now=NOW + seconds(9))
    assert told is not None
    assert (told.delivery, told.rung, told.delivered_at) == (
        DeliveryState.DELIVERED,
        DeliveryRoute.KEPT,
        NOW + seconds(9),
    )
    assert await store.outbox.mark_delivered(job.key, now=NOW) is None


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not DeliveryState.NONE])
async def test_each_step_leaves_only_the_state_that_it_is_for(store: Store, state: DeliveryState) -> None:
    job = await a_delivery(store, state)
    leave_due = [lambda: store.outbox.begin_post(job.key, rung=DeliveryRoute.CHANNEL, channel_id=1, now=NOW)]
    leave_posting = [
        lambda: store.outbox.abort_post(job.key, note=""),
        lambda: store.outbox.complete_post(
            job.key, rung=DeliveryRoute.CHANNEL, channel_id=1, message_id=1, note=None, now=NOW
        ),
    ]
    leave_either = [
        lambda: store.outbox.mark_undeliverable(job.key, note=""),
        lambda: store.outbox.postpone(job.key, after=NOW),
    ]
    leave_undeliverable = [lambda: store.outbox.mark_delivered(job.key, now=NOW)]
    wrong_steps = {
        DeliveryState.DUE: leave_posting + leave_undeliverable,
        DeliveryState.POSTING: leave_due + leave_undeliverable,
        DeliveryState.DELIVERED: leave_due + leave_posting + leave_either + leave_undeliverable,
        DeliveryState.UNDELIVERABLE: leave_due + leave_posting + leave_either,
    }[state]

    assert [await step() for step in wrong_steps] == [None] * len(wrong_steps)

    assert await store.get(job.key) == job


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.POSTING])
async def test_a_delivery_is_left_to_its_owner_until_the_lease_lapses(
    store: Store, state: DeliveryState
) -> None:
    job = await a_delivery(store, state, owner=THEIRS)

    assert await claim(store) == []
    assert await claim(store, now=LEASE - seconds(1)) == []
    (taken,) = await claim(store, now=LEASE)

    assert (taken.key, taken.owner, taken.lease_until) == (job.key, OURS, LEASE + seconds(30))
    assert taken.delivery is state
    assert await claim(store, owner=THEIRS, now=LATER) == []


async def test_a_takeover_claims_what_others_hold(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING, owner=THEIRS)

    assert keys(await claim(store, takeover=True)) == [job.key]


async def settled_in_reverse(store: Store, jobs: list[Job]) -> None:
    for number, job in enumerate(reversed(jobs)):
        await store.settle(
            job.key, state=JobState.FAILED, reason=Reason.GENERATION_FAILED, now=NOW + seconds(number)
        )


async def test_claims_take_the_longest_settled_first_and_fill_the_room(store: Store) -> None:
    running = [await a_job(store, JobState.RUNNING) for _ in range(4)]
    await settled_in_reverse(store, running)
    first, second, third, fourth = keys(running)

    taken = await claim(store, now=LATER, capacity=capacity_of(2))
    assert keys(taken) == [third, fourth]
    assert await claim(store, now=LATER, capacity=capacity_of(2), in_flight=taken) == []
    assert keys(await claim(store, now=LATER, in_flight=taken)) == [first, second]


async def test_a_crowded_channel_leaves_room_for_all_others(store: Store) -> None:
    crowded = [await a_job(store, JobState.RUNNING, channel_id=20) for _ in range(5)]
    quiet = [await a_job(store, JobState.RUNNING, channel_id=21)]
    elsewhere = [await a_job(store, JobState.RUNNING, guild_id=11, channel_id=30)]
    await settled_in_reverse(store, [*elsewhere, *quiet, *crowded])
    few = Capacity(total=10, per_channel=2, per_server=10)

    taken = await claim(store, now=LATER, capacity=few)
    assert Counter(job.channel_id for job in taken) == {20: 2, 21: 1, 30: 1}
    crowd = [job for job in taken if job.channel_id == 20]
    assert await claim(store, now=LATER, capacity=few, in_flight=taken) == []
    (next_one,) = await claim(store, now=LATER, capacity=few, in_flight=[*taken[len(crowd) :], crowd[0]])
    assert next_one.channel_id == 20


async def test_a_server_has_so_many_under_way_however_many_channels(store: Store) -> None:
    many = [await a_job(store, JobState.RUNNING, channel_id=20 + number) for number in range(4)]
    elsewhere = [await a_job(store, JobState.RUNNING, guild_id=11, channel_id=90)]
    await settled_in_reverse(store, [*elsewhere, *many])
    few = Capacity(total=9, per_channel=9, per_server=3)
    taken = await claim(store, now=LATER, capacity=few)
    assert Counter(job.guild_id for job in taken) == {10: 3, 11: 1}
    assert await claim(store, now=LATER, capacity=few, in_flight=taken) == []


async def test_so_many_are_under_way_in_all_however_many_servers(store: Store) -> None:
    many = [
        await a_job(store, JobState.RUNNING, guild_id=10 + number, channel_id=20 + number)
        for number in range(4)
    ]
    await settled_in_reverse(store, many)
    few = Capacity(total=3, per_channel=9, per_server=9)
    taken = await claim(store, now=LATER, capacity=few)
    assert len(taken) == 3
    assert await claim(store, now=LATER, capacity=few, in_flight=taken) == []
    assert len(await claim(store, now=LATER, capacity=few, in_flight=taken[1:])) == 1


async def test_songs_for_one_results_channel_are_counted_together(store: Store) -> None:
    asked = [
        await a_job(store, JobState.RUNNING, channel_id=20 + number, results_channel_id=50)
        for number in range(3)
    ]
    await settled_in_reverse(store, asked)
    taken = await claim(store, now=LATER, capacity=Capacity(total=9, per_channel=2, per_server=9))
    assert len(taken) == 2


async def test_a_deleted_post_is_forgotten_once(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DELIVERED)

    assert await store.outbox.forget_post(job.key, message_id=41) is None
    forgotten = expected(await store.outbox.forget_post(job.key, message_id=40))
    assert await store.outbox.forget_post(job.key, message_id=40) is None

    assert forgotten == replace(job, post_message_id=None)
    assert forgotten.is_post_deleted
    assert not job.is_post_deleted


async def test_a_step_of_a_delivery_changes_no_other(store: Store) -> None:
    due, posting, delivered, kept = [
        [await a_delivery(store, state) for _ in range(2)]
        for state in DeliveryState
        if state is not DeliveryState.NONE
    ]
    outbox = store.outbox
    steps: list[tuple[list[Job], Callable[[int], Awaitable[Job | None]]]] = [
        (due, lambda key: outbox.begin_post(key, rung=DeliveryRoute.CHANNEL, channel_id=1, now=LATER)),
        (posting, lambda key: outbox.postpone(key, after=LATER)),
        (posting, lambda key: outbox.abort_post(key, note="x")),
        (
            due,
            lambda key: outbox.complete_post(
                key, rung=DeliveryRoute.CHANNEL, channel_id=1, message_id=2, note="x", now=LATER
            ),
        ),
        (posting, lambda key: outbox.mark_undeliverable(key, note="x")),
        (kept, lambda key: outbox.mark_delivered(key, now=LATER)),
        (delivered, lambda key: outbox.forget_post(key, message_id=40)),
    ]
    for (job, other), step in steps:
        assert expected(await step(job.key)).key == job.key
        assert await store.get(other.key) == other
