"""The order of the stored queue: fair to members and servers."""

from dataclasses import replace

from bot.domain.jobs import Job, JobState
from bot.domain.policy.model import Policy
from bot.domain.scopes import Scope
from bot.generation.queue_order import QueueOrder
from bot.store import Store
from tests.factories import NOW, OURS, a_request, expected, seconds


def queue_order(store: Store, *, max_running: int = 100, max_per_server: int = 100) -> QueueOrder:
    return QueueOrder(store=store, max_running=max_running, max_per_server=max_per_server)


async def asked(store: Store, member: int, guild: int = 10) -> Job:
    return await store.record(a_request(guild_id=guild, requester_id=member), now=NOW)


async def order(store: Store, **limits: int) -> list[int]:
    in_turn = await queue_order(store, **limits).order(
        await store.queue(), await store.count_submitted_by_requester()
    )
    return [job.key for job in in_turn]


async def test_the_shown_queue_position_matches_the_order_of_submits(store: Store) -> None:
    first, second = await asked(store, 30), await asked(store, 30)
    other = await asked(store, 31)

    assert await order(store) == [first.key, other.key, second.key]
    places = [await queue_order(store).jobs_ahead(job, now=NOW) for job in (first, second, other)]
    assert places == [0, 2, 1]


async def test_a_member_with_a_running_job_goes_behind_one_without(store: Store) -> None:
    at_work = await asked(store, 30)
    await store.begin_submit(at_work.key, owner=OURS, now=NOW)
    second, other = await asked(store, 30), await asked(store, 31)

    assert await order(store) == [other.key, second.key]


async def test_admins_can_have_their_members_served_first_come(store: Store) -> None:
    await store.policies.change(
        10, lambda policy: policy.model_copy(update={"first_come": True}), by=1, what="fairness", now=NOW
    )
    jobs = [await asked(store, member) for member in (30, 30, 31)]

    assert await order(store) == [job.key for job in jobs]
    assert await store.policies.get(10) == Policy(first_come=True)


async def test_a_server_gets_no_more_slots_than_its_maximum(store: Store) -> None:
    for member in (30, 31, 32):
        await asked(store, member)
    elsewhere = await asked(store, 30, guild=11)

    assert len(await order(store, max_per_server=1)) == 2
    held = await asked(store, 33)
    await store.begin_submit(held.key, owner=OURS, now=NOW)
    assert await order(store, max_per_server=1) == [elsewhere.key]
    assert await queue_order(store, max_per_server=1).is_full(Scope(10, None))
    assert not await queue_order(store, max_per_server=1).is_full(Scope(11, None))
    assert await queue_order(store, max_running=1).is_full(Scope(11, None))


async def test_only_queued_jobs_have_a_position(store: Store) -> None:
    queued, gone = await asked(store, 30), await asked(store, 30)
    cancelled = expected(await store.cancel(gone.key, now=NOW))

    assert await queue_order(store).jobs_ahead(queued, now=NOW) == 0
    assert await queue_order(store).jobs_ahead(cancelled, now=NOW) is None
    # The job in hand may be older than its row.
    assert await queue_order(store).jobs_ahead(replace(cancelled, state=JobState.QUEUED), now=NOW) is None


async def test_a_requeued_job_goes_behind_those_that_are_ready_before_it(store: Store) -> None:
    first = await asked(store, 30)
    await store.begin_submit(first.key, owner=OURS, now=NOW)
    put_back = expected(await store.requeue(first.key, submit_after=NOW + seconds(60), now=NOW))
    ready = await asked(store, 30)

    assert await queue_order(store).jobs_ahead(ready, now=NOW) == 0
    assert await queue_order(store).jobs_ahead(put_back, now=NOW) == 0
    assert await queue_order(store).jobs_ahead(ready, now=NOW + seconds(60)) == 1


async def test_a_requeued_job_keeps_its_requesters_turn(store: Store) -> None:
    first, _ = await asked(store, 30), await asked(store, 30)
    other = await asked(store, 31)
    queue = queue_order(store, max_running=1)

    queue.mark_served(first)
    assert next(job.key for job in await queue.order(await store.queue(), {})) == other.key
    queue.unmark_served(first)
    assert next(job.key for job in await queue.order(await store.queue(), {})) == first.key
