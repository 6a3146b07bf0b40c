"""The delivery states of an outcome, and which process claims it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState, Reason
from bot.domain.shards import Shards
from bot.store import Store
from bot.store.outbox import Capacity
from tests.factories import (
    LATER,
    MIDNIGHT_GRID,
    NOW,
    OURS,
    THEIRS,
    a_delivery,
    a_job,
    capacity_of,
    expected,
    keys,
    process,
    seconds,
)

ROOM = capacity_of(10)
FINAL = [state for state in JobState if state.is_final]
Step = Callable[[int], Awaitable[Job | None]]
UNDELIVERED = (DeliveryState.DUE, DeliveryState.POSTING)


async def claim(
    store: Store,
    *,
    owner: str = OURS,
    now: datetime = NOW,
    capacity: Capacity = ROOM,
    in_flight: Collection[Job] = (),
    sent: Collection[int] = (),
) -> list[Job]:
    return await store.outbox.claim(
        owner=owner,
        now=now,
        capacity=capacity,
        in_flight=in_flight,
        sent=sent,
    )


async def test_an_outcome_makes_its_delivery_due_in_the_same_write(store: Store) -> None:
    due: list[int] = []
    for outcome in FINAL:
        job = await a_job(store, JobState.RUNNING)

        settled = expected(await store.settle(job.key, state=outcome, now=NOW))

        cancelled = outcome is JobState.CANCELLED
        assert settled.delivery is (DeliveryState.NONE if cancelled else DeliveryState.DUE)
        assert settled.delivery_after is None
        assert settled.owner is None
        due += [] if cancelled else [job.key]
    assert keys(await claim(store)) == due


async def test_nothing_is_due_before_the_outcome(store: Store) -> None:
    for state in (state for state in JobState if not state.is_final):
        assert (await a_job(store, state)).delivery is DeliveryState.NONE

    assert await claim(store) == []


async def test_the_outcome_of_a_detached_job_is_not_due(store: Store) -> None:
    for outcome in FINAL:
        job = await a_job(store, JobState.DETACHED)

        settled = expected(await store.settle(job.key, state=outcome, song=MIDNIGHT_GRID, now=NOW))

        assert (settled.delivery, settled.owner) == (DeliveryState.NONE, None)
    assert await claim(store) == []


async def test_a_post_is_begun_and_completed(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)

    posting = await store.outbox.begin_post(
        job.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=NOW + seconds(1)
    )
    assert posting is not None
    assert (posting.delivery, posting.delivery_attempts) == (DeliveryState.POSTING, 1)
    assert (posting.route, posting.post_channel_id, posting.posting_at) == (
        DeliveryRoute.CHANNEL,
        20,
        NOW + seconds(1),
    )

    delivered = await store.outbox.complete_post(
        job.key,
        route=DeliveryRoute.CHANNEL,
        channel_id=20,
        message_id=40,
        note="with its cover",
        now=NOW + seconds(2),
    )
    assert delivered is not None
    assert (delivered.delivery, delivered.delivered_at) == (DeliveryState.DELIVERED, NOW + seconds(2))
    assert (delivered.post_channel_id, delivered.post_message_id, delivered.delivery_note) == (
        20,
        40,
        "with its cover",
    )
    assert (delivered.interaction_token, delivered.owner) == (None, None)
    assert await store.get(job.key) == delivered


async def test_an_aborted_post_is_due_again(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)

    due = await store.outbox.abort_post(job.key, note="slow mode")

    assert due is not None
    assert (due.delivery, due.delivery_note, due.delivery_attempts) == (DeliveryState.DUE, "slow mode", 1)
    assert keys(await claim(store)) == [job.key]
    again = expected(
        await store.outbox.begin_post(job.key, route=DeliveryRoute.DIRECT_MESSAGE, channel_id=None, now=NOW)
    )
    assert (again.delivery_attempts, again.route, again.post_channel_id) == (
        2,
        DeliveryRoute.DIRECT_MESSAGE,
        None,
    )


async def test_a_postponed_delivery_is_not_claimed_before_its_time(store: Store) -> None:
    for state in UNDELIVERED:
        job = await a_delivery(store, state)

        waiting = expected(await store.outbox.postpone(job.key, after=NOW + seconds(15)))

        assert waiting == replace(job, delivery_after=NOW + seconds(15))
        assert await store.outbox.next_due_at(now=NOW) == NOW + seconds(15)
        assert await claim(store, now=NOW + seconds(14)) == []
        (taken,) = await claim(store, now=NOW + seconds(15))
        assert (taken.delivery, taken.delivery_after) == (state, None)
        assert await store.outbox.next_due_at(now=NOW) is None
        await store.outbox.mark_undeliverable(job.key, note="done with")


async def test_a_due_delivery_has_no_next_time(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE)
    await store.outbox.postpone(job.key, after=NOW)
    assert await store.outbox.next_due_at(now=NOW) is None


async def test_a_wall_clock_set_back_delays_no_delivery(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    await store.outbox.postpone(job.key, after=NOW)
    assert await store.outbox.next_due_at(now=NOW - seconds(3600)) is None
    assert keys(await claim(store, now=NOW - seconds(3600))) == [job.key]


async def test_an_undeliverable_outcome_is_kept_until_the_requester_asks(store: Store) -> None:
    for state in UNDELIVERED:
        job = await a_delivery(store, state)

        kept = expected(await store.outbox.mark_undeliverable(job.key, note="the channel is gone"))
        assert (kept.delivery, kept.route) == (DeliveryState.UNDELIVERABLE, DeliveryRoute.KEPT)
        assert (kept.delivery_note, kept.interaction_token, kept.owner) == ("the channel is gone", None, None)
        assert await claim(store) == []

        delivered = expected(await store.outbox.mark_delivered(job.key, now=NOW + seconds(9)))
        assert (delivered.delivery, delivered.route) == (DeliveryState.DELIVERED, DeliveryRoute.KEPT)
        assert delivered.delivered_at == NOW + seconds(9)
        assert await store.outbox.mark_delivered(job.key, now=NOW) is None


async def test_each_delivery_step_leaves_only_its_own_state(store: Store) -> None:
    outbox = store.outbox

    async def begin(key: int) -> Job | None:
        return await outbox.begin_post(key, route=DeliveryRoute.CHANNEL, channel_id=1, now=NOW)

    async def leave_undeliverable(key: int) -> Job | None:
        return await outbox.mark_delivered(key, now=NOW)

    leave_posting: list[Step] = [
        lambda key: outbox.abort_post(key, note=""),
        lambda key: outbox.complete_post(
            key, route=DeliveryRoute.CHANNEL, channel_id=1, message_id=1, note=None, now=NOW
        ),
    ]
    leave_either: list[Step] = [
        lambda key: outbox.mark_undeliverable(key, note=""),
        lambda key: outbox.postpone(key, after=NOW),
    ]
    wrong_steps: dict[DeliveryState, list[Step]] = {
        DeliveryState.DUE: [*leave_posting, leave_undeliverable],
        DeliveryState.POSTING: [begin, leave_undeliverable],
        DeliveryState.DELIVERED: [begin, *leave_posting, *leave_either, leave_undeliverable],
        DeliveryState.UNDELIVERABLE: [begin, *leave_posting, *leave_either],
    }
    for state, steps in wrong_steps.items():
        job = await a_delivery(store, state)
        assert [await step(job.key) for step in steps] == [None] * len(steps), state
        assert await store.get(job.key) == job


async def test_a_delivery_is_left_to_its_owner_while_that_lives(pair: tuple[Store, Store]) -> None:
    ours, theirs = pair
    jobs = [await a_delivery(ours, state) for state in UNDELIVERED]
    await theirs.processes.beat(process(theirs), api=None)
    assert keys(await claim(theirs, owner=theirs.owner)) == keys(jobs)
    assert await claim(ours) == []

    await theirs.processes.leave(theirs.owner)
    assert keys(await claim(ours)) == keys(jobs)


async def test_a_file_has_one_process_whatever_owners_it_names(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    assert keys(await claim(store, owner=THEIRS)) == keys(await claim(store)) == [job.key]


async def test_deliveries_are_claimed_for_the_shards_of_a_process(store: Store) -> None:
    servers = [number << 22 for number in range(4)]
    jobs = {each: await a_delivery(store, DeliveryState.DUE, guild_id=each) for each in servers}
    for shard in range(2):
        claimed = await store.outbox.claim(
            owner=OURS, now=NOW, capacity=ROOM, of_shards=Shards(2, frozenset({shard}))
        )
        assert keys(claimed) == [jobs[each].key for each in servers[shard::2]]


async def test_deliveries_in_direct_messages_belong_to_the_first_shard(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DUE, guild_id=None)
    claimed = [
        await store.outbox.claim(owner=OURS, now=NOW, capacity=ROOM, of_shards=Shards(2, frozenset({shard})))
        for shard in (1, 0)
    ]
    assert list(map(keys, claimed)) == [[], [job.key]]


async def test_the_capacity_of_a_server_holds_for_each_persons_messages(store: Store) -> None:
    asked = [
        await a_job(store, JobState.RUNNING, guild_id=None, requester_id=person, channel_id=channel)
        for person, channel in ((30, 20), (30, 21), (31, 22))
    ]
    await settled_in_reverse(store, asked)
    taken = await claim(store, now=LATER, capacity=Capacity(total=9, per_channel=9, per_server=1))
    assert sorted(job.requester_id for job in taken) == [30, 31]


async def settled_in_reverse(store: Store, jobs: list[Job]) -> None:
    for number, job in enumerate(reversed(jobs)):
        await store.settle(
            job.key, state=JobState.FAILED, reason=Reason.GENERATION_FAILED, now=NOW + seconds(number)
        )


async def test_claims_take_the_longest_settled_up_to_the_capacity(store: Store) -> None:
    running = [await a_job(store, JobState.RUNNING) for _ in range(4)]
    await settled_in_reverse(store, running)
    first, second, third, fourth = keys(running)

    taken = await claim(store, now=LATER, capacity=capacity_of(2))
    assert keys(taken) == [third, fourth]
    assert await claim(store, now=LATER, capacity=capacity_of(2), in_flight=taken) == []
    assert keys(await claim(store, now=LATER, in_flight=taken)) == [first, second]


async def test_a_busy_channel_leaves_capacity_for_others(store: Store) -> None:
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


async def test_sent_deliveries_are_not_claimed_and_take_no_capacity(store: Store) -> None:
    crowd = [await a_delivery(store, DeliveryState.DUE) for _ in range(2)]
    (first,) = await claim(store, now=LATER, capacity=capacity_of(1))
    (second,) = await claim(store, now=LATER, capacity=capacity_of(1), sent=[first.key])
    assert [first.key, second.key] == keys(crowd)


async def test_the_capacity_of_a_server_holds_across_channels(store: Store) -> None:
    many = [await a_job(store, JobState.RUNNING, channel_id=20 + number) for number in range(4)]
    elsewhere = [await a_job(store, JobState.RUNNING, guild_id=11, channel_id=90)]
    await settled_in_reverse(store, [*elsewhere, *many])
    few = Capacity(total=9, per_channel=9, per_server=3)
    taken = await claim(store, now=LATER, capacity=few)
    assert Counter(job.guild_id for job in taken) == {10: 3, 11: 1}
    assert await claim(store, now=LATER, capacity=few, in_flight=taken) == []


async def test_the_total_capacity_holds_across_servers(store: Store) -> None:
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


async def test_a_deleted_post_is_removed_once(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.DELIVERED)

    assert await store.outbox.forget_post(job.key, message_id=41) is None
    forgotten = expected(await store.outbox.forget_post(job.key, message_id=40))
    assert await store.outbox.forget_post(job.key, message_id=40) is None

    assert job.post_cover_url is not None
    assert forgotten == replace(job, post_message_id=None, post_cover_url=None)
    assert forgotten.is_post_deleted
    assert not job.is_post_deleted


async def test_a_step_of_a_delivery_changes_no_other(store: Store) -> None:
    due, posting, delivered, kept = [
        [await a_delivery(store, state) for _ in range(2)]
        for state in DeliveryState
        if state is not DeliveryState.NONE
    ]
    outbox = store.outbox
    steps: list[tuple[list[Job], Step]] = [
        (due, lambda key: outbox.begin_post(key, route=DeliveryRoute.CHANNEL, channel_id=1, now=LATER)),
        (posting, lambda key: outbox.postpone(key, after=LATER)),
        (posting, lambda key: outbox.abort_post(key, note="x")),
        (
            due,
            lambda key: outbox.complete_post(
                key, route=DeliveryRoute.CHANNEL, channel_id=1, message_id=2, note="x", now=LATER
            ),
        ),
        (posting, lambda key: outbox.mark_undeliverable(key, note="x")),
        (kept, lambda key: outbox.mark_delivered(key, now=LATER)),
        (delivered, lambda key: outbox.forget_post(key, message_id=40)),
    ]
    for (job, other), step in steps:
        assert expected(await step(job.key)).key == job.key
        assert await store.get(other.key) == other
