"""Who follows a job, and what happens when its owner is gone."""

import pytest

from bot.domain.jobs import DeliveryState, JobState, Reason
from bot.store import Store
from tests.factories import (
    LATER,
    LEASE,
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

FOLLOWED = [JobState.RUNNING, JobState.DETACHED]
NEW_LEASE = LATER + seconds(30)


async def test_jobs_with_a_living_lease_are_left_to_their_owner(store: Store) -> None:
    for state in FOLLOWED:
        await a_job(store, state, owner=THEIRS)
        await a_job(store, state, owner=OURS)

    assert (
        await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=LEASE - seconds(1), takeover=False) == []
    )


async def test_jobs_whose_lease_has_lapsed_are_adopted(store: Store) -> None:
    jobs = [await a_job(store, state, owner=THEIRS) for state in FOLLOWED]

    adopted = await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=LEASE, takeover=False)

    assert keys(adopted) == keys(jobs)
    assert {(job.owner, job.lease_until) for job in adopted} == {(OURS, NEW_LEASE)}
    assert [job.state for job in adopted] == FOLLOWED
    assert await store.take_over(owner=THEIRS, lease_until=NEW_LEASE, now=LEASE, takeover=False) == []


async def test_released_jobs_are_adopted_at_once(store: Store) -> None:
    jobs = [await a_job(store, state, owner=THEIRS) for state in FOLLOWED]
    await store.release_leases(owner=THEIRS)

    assert keys(await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=NOW, takeover=False)) == keys(
        jobs
    )


async def test_a_takeover_adopts_every_followed_job_and_no_other(store: Store) -> None:
    jobs = {state: await a_job(store, state, owner=THEIRS) for state in JobState}

    adopted = await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=NOW, takeover=True)

    assert keys(adopted) == [jobs[state].key for state in FOLLOWED]


async def test_a_submit_whose_process_is_gone_is_unknown_and_its_requester_is_told(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING, owner=THEIRS)

    assert await store.settle_orphaned_submits(owner=OURS, now=LEASE - seconds(1), takeover=False) == []
    (orphan,) = await store.settle_orphaned_submits(owner=OURS, now=LEASE, takeover=False)

    assert (orphan.key, orphan.state, orphan.reason) == (job.key, JobState.UNKNOWN, Reason.NO_ANSWER)
    assert (orphan.settled_at, orphan.delivery) == (LEASE, DeliveryState.DUE)
    assert (orphan.owner, orphan.lease_until) == (None, None)
    assert await store.settle_orphaned_submits(owner=OURS, now=LEASE, takeover=False) == []
    assert keys(
        await store.outbox.claim(owner=OURS, lease_until=NEW_LEASE, now=LEASE, capacity=capacity_of(9))
    ) == [job.key]


async def test_a_takeover_ends_the_submits_of_others_at_once(store: Store) -> None:
    theirs = await a_job(store, JobState.SUBMITTING, owner=THEIRS)
    await a_job(store, JobState.RUNNING, owner=THEIRS)

    assert keys(await store.settle_orphaned_submits(owner=OURS, now=NOW, takeover=True)) == [theirs.key]


@pytest.mark.parametrize("takeover", [True, False])
async def test_ones_own_submit_is_never_an_orphan(store: Store, takeover: bool) -> None:
    job = await a_job(store, JobState.SUBMITTING, owner=OURS)

    assert await store.settle_orphaned_submits(owner=OURS, now=LATER, takeover=takeover) == []

    assert await store.get(job.key) == job


async def test_a_submit_that_was_released_is_an_orphan(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING, owner=OURS)
    await store.release_leases(owner=OURS)

    assert keys(await store.settle_orphaned_submits(owner=OURS, now=NOW, takeover=False)) == [job.key]


async def test_renewing_holds_what_is_open_or_undelivered(store: Store) -> None:
    held = [
        await a_job(store, JobState.SUBMITTING),
        await a_job(store, JobState.RUNNING),
        await a_job(store, JobState.DETACHED),
        await a_delivery(store, DeliveryState.DUE),
        await a_delivery(store, DeliveryState.POSTING),
    ]
    others = [
        await a_job(store),
        await a_job(store, JobState.RUNNING, owner=THEIRS),
        await a_delivery(store, DeliveryState.DELIVERED),
        await a_delivery(store, DeliveryState.UNDELIVERABLE),
    ]

    assert await store.renew_leases(owner=OURS, lease_until=NEW_LEASE) == len(held)

    for job in held:
        assert expected(await store.get(job.key)).lease_until == NEW_LEASE
    for job in others:
        assert await store.get(job.key) == job


async def test_releasing_lets_go_of_all_that_one_holds(store: Store) -> None:
    held = [await a_job(store, JobState.RUNNING), await a_delivery(store, DeliveryState.DUE)]
    theirs = await a_job(store, JobState.RUNNING, owner=THEIRS)

    assert await store.release_leases(owner=OURS) == len(held)
    assert await store.release_leases(owner=OURS) == 0

    for job in held:
        released = expected(await store.get(job.key))
        assert (released.owner, released.lease_until) == (None, None)
    assert await store.get(theirs.key) == theirs
