"""Leases: which process owns a job, and who takes it over when that process is gone."""

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

POLLED = [JobState.RUNNING, JobState.DETACHED]
NEW_LEASE = LATER + seconds(30)


async def test_jobs_with_a_valid_lease_are_not_taken_over(store: Store) -> None:
    for state in POLLED:
        await a_job(store, state, owner=THEIRS)
        await a_job(store, state, owner=OURS)

    assert (
        await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=LEASE - seconds(1), takeover=False) == []
    )


async def test_jobs_with_an_expired_lease_are_taken_over(store: Store) -> None:
    jobs = [await a_job(store, state, owner=THEIRS) for state in POLLED]

    taken = await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=LEASE, takeover=False)

    assert keys(taken) == keys(jobs)
    assert {(job.owner, job.lease_until) for job in taken} == {(OURS, NEW_LEASE)}
    assert [job.state for job in taken] == POLLED
    assert await store.take_over(owner=THEIRS, lease_until=NEW_LEASE, now=LEASE, takeover=False) == []


async def test_released_jobs_are_taken_over_at_once(store: Store) -> None:
    jobs = [await a_job(store, state, owner=THEIRS) for state in POLLED]
    await store.release_leases(owner=THEIRS)

    assert keys(await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=NOW, takeover=False)) == keys(
        jobs
    )


async def test_a_takeover_takes_every_running_and_detached_job(store: Store) -> None:
    jobs = {state: await a_job(store, state, owner=THEIRS) for state in JobState}

    taken = await store.take_over(owner=OURS, lease_until=NEW_LEASE, now=NOW, takeover=True)

    assert keys(taken) == [jobs[state].key for state in POLLED]


async def test_an_orphaned_submit_becomes_unknown_with_its_delivery_due(store: Store) -> None:
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


async def test_a_takeover_settles_the_submits_of_others_at_once(store: Store) -> None:
    theirs = await a_job(store, JobState.SUBMITTING, owner=THEIRS)
    await a_job(store, JobState.RUNNING, owner=THEIRS)

    assert keys(await store.settle_orphaned_submits(owner=OURS, now=NOW, takeover=True)) == [theirs.key]


async def test_the_own_submit_of_a_process_is_never_orphaned(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING, owner=OURS)

    for takeover in (True, False):
        assert await store.settle_orphaned_submits(owner=OURS, now=LATER, takeover=takeover) == []
    assert await store.get(job.key) == job


async def test_a_released_submit_is_orphaned(store: Store) -> None:
    job = await a_job(store, JobState.SUBMITTING, owner=OURS)
    await store.release_leases(owner=OURS)

    assert keys(await store.settle_orphaned_submits(owner=OURS, now=NOW, takeover=False)) == [job.key]


async def test_renewing_extends_leases_of_open_and_undelivered_jobs(store: Store) -> None:
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


async def test_releasing_ends_all_leases_of_the_owner(store: Store) -> None:
    held = [await a_job(store, JobState.RUNNING), await a_delivery(store, DeliveryState.DUE)]
    theirs = await a_job(store, JobState.RUNNING, owner=THEIRS)

    assert await store.release_leases(owner=OURS) == len(held)
    assert await store.release_leases(owner=OURS) == 0

    for job in held:
        released = expected(await store.get(job.key))
        assert (released.owner, released.lease_until) == (None, None)
    assert await store.get(theirs.key) == theirs
