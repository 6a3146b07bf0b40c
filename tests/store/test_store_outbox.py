"""The way of an outcome to its requester."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import pytest

from bot.models import DeliveryState, Job, JobState, Reason, Rung
from bot.store import Store
from tests.store.shapes import (
    LATER,
    LEASE,
    MIDNIGHT_GRID,
    NOW,
    OURS,
    THEIRS,
    a_delivery,
    a_job,
    expected,
    keys,
    seconds,
)

FINAL = [state for state in JobState if state.is_final]


async def claim(
    store: Store,
    *,
    owner: str = OURS,
    now: datetime = NOW,
    limit: int = 10,
    takeover: bool = False,
    exclude: Collection[int] = (),
) -> list[Job]:
    return await store.outbox.claim(
        owner=owner,
        lease_until=now + seconds(30),
        now=now,
        limit=limit,
        takeover=takeover,
        exclude=exclude,
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

    posting = await store.outbox.begin_post(job.key, rung=Rung.CHANNEL, channel_id=20, now=NOW + seconds(1))
    assert posting is not None
    assert (posting.delivery, posting.delivery_attempts) == (DeliveryState.POSTING, 1)
    assert (posting.rung, posting.post_channel_id, posting.posting_at) == (Rung.CHANNEL, 20, NOW + seconds(1))

    told = await store.outbox.delivered(
        job.key, rung=Rung.CHANNEL, channel_id=20, message_id=40, note="with its cover", now=NOW + seconds(2)
    )
    assert told is not None
    assert (told.delivery, told.delivered_at) == (DeliveryState.DELIVERED, NOW + seconds(2))
    assert (told.post_channel_id, told.post_message_id, told.delivery_note) == (20, 40, "with its cover")
    assert (told.interaction_token, told.owner, told.lease_until) == (None, None, None)
    assert await store.get(job.key) == told


async def test_what_was_not_posted_is_due_again_later(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)

    due = await store.outbox.deliver_later(job.key, after=NOW + seconds(60), note="slow mode")

    assert due is not None
    assert (due.delivery, due.delivery_note, due.delivery_attempts) == (DeliveryState.DUE, "slow mode", 1)
    assert await store.outbox.next_at() == NOW + seconds(60)
    assert await claim(store, now=NOW + seconds(59)) == []
    assert keys(await claim(store, now=NOW + seconds(60))) == [job.key]
    again = expected(
        await store.outbox.begin_post(job.key, rung=Rung.DIRECT_MESSAGE, channel_id=None, now=NOW)
    )
    assert (again.delivery_attempts, again.rung, again.post_channel_id) == (2, Rung.DIRECT_MESSAGE, None)
    assert await store.outbox.next_at() is None


async def test_a_wall_clock_that_was_stepped_back_holds_up_no_delivery(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    await store.outbox.deliver_later(job.key, after=NOW, note="no connection")
    assert keys(await claim(store, now=NOW - seconds(3600))) == [job.key]


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.POSTING])
async def test_what_reaches_nobody_is_kept_until_the_requester_asks(
    store: Store, state: DeliveryState
) -> None:
    job = await a_delivery(store, state)

    kept = await store.outbox.undeliverable(job.key, note="the channel is gone")
    assert kept is not None
    assert (kept.delivery, kept.rung) == (DeliveryState.UNDELIVERABLE, Rung.KEPT)
    assert (kept.delivery_note, kept.interaction_token, kept.owner) == ("the channel is gone", None, None)
    assert await claim(store, takeover=True) == []

    told = await store.outbox.told(job.key, now=NOW + seconds(9))
    assert told is not None
    assert (told.delivery, told.rung, told.delivered_at) == (
        DeliveryState.DELIVERED,
        Rung.KEPT,
        NOW + seconds(9),
    )
    assert await store.outbox.told(job.key, now=NOW) is None


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not DeliveryState.NONE])
async def test_each_step_leaves_only_the_state_that_it_is_for(store: Store, state: DeliveryState) -> None:
    job = await a_delivery(store, state)
    leave_due = [lambda: store.outbox.begin_post(job.key, rung=Rung.CHANNEL, channel_id=1, now=NOW)]
    leave_posting = [
        lambda: store.outbox.deliver_later(job.key, after=NOW, note=""),
        lambda: store.outbox.delivered(
            job.key, rung=Rung.CHANNEL, channel_id=1, message_id=1, note=None, now=NOW
        ),
    ]
    leave_either = [lambda: store.outbox.undeliverable(job.key, note="")]
    leave_undeliverable = [lambda: store.outbox.told(job.key, now=NOW)]
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


async def test_claims_take_the_longest_settled_first_and_leave_out_what_is_in_hand(store: Store) -> None:
    running = [await a_job(store, JobState.RUNNING) for _ in range(4)]
    for number, job in enumerate(reversed(running)):
        await store.settle(
            job.key, state=JobState.FAILED, reason=Reason.GENERATION_FAILED, now=NOW + seconds(number)
        )
    first, second, third, fourth = keys(running)

    assert keys(await claim(store, now=LATER, limit=2)) == [third, fourth]
    assert keys(await claim(store, now=LATER, exclude={third, fourth})) == [first, second]
    assert await claim(store, now=LATER, exclude=[first, second, third, fourth]) == []


async def test_a_delivery_that_is_due_at_once_has_no_time(store: Store) -> None:
    await a_delivery(store, DeliveryState.DUE)

    assert await store.outbox.next_at() is None


async def test_a_deleted_post_is_forgotten_once(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DELIVERED)

    assert await store.outbox.forget_post(job.key, message_id=41) is None
    forgotten = expected(await store.outbox.forget_post(job.key, message_id=40))
    assert await store.outbox.forget_post(job.key, message_id=40) is None

    assert forgotten == replace(job, post_message_id=None)
    assert forgotten.is_post_deleted
    assert not job.is_post_deleted
