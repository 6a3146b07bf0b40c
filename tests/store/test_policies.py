"""Policies, the log of their changes, and proposals."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.domain.jobs import DeliveryRoute, JobState
from bot.domain.policy.errors import NothingToUndo, PolicyUnchanged, ProposalGone, ProposalStale
from bot.domain.policy.model import Policy, Window
from bot.store import Store
from bot.store.policies import PolicyChange
from tests.factories import NOW, OURS, a_job, a_request, capacity_of, expected

GUILD, OTHER, ADMIN = 10, 11, 99
STRICT = Policy(member=(Window(songs=1, window_s=3600),))
LOOSE = Policy(member=(Window(songs=9, window_s=3600),))


async def proposed(store: Store, policy: Policy) -> int:
    return (await store.proposals.create(GUILD, lambda _: policy, what="a test", now=NOW)).key


async def saved(store: Store, policy: Policy) -> PolicyChange:
    return await store.proposals.apply(await proposed(store, policy), GUILD, by=ADMIN, now=NOW)


async def test_a_proposal_changes_nothing_until_it_is_saved(store: Store) -> None:
    key = await proposed(store, STRICT)
    assert await store.policies.get(GUILD) == Policy()
    assert not await store.policies.is_configured(GUILD)
    change = await store.proposals.apply(key, GUILD, by=ADMIN, now=NOW)
    assert (change.before, change.after, change.changed_by, change.what) == (
        Policy(),
        STRICT,
        ADMIN,
        "a test",
    )
    assert await store.policies.get(GUILD) == STRICT
    assert await store.policies.changes(GUILD, limit=10) == [change]


async def test_concurrent_saves_of_one_proposal_apply_it_once(store: Store) -> None:
    key = await proposed(store, STRICT)
    outcomes = await asyncio.gather(
        *(store.proposals.apply(key, GUILD, by=ADMIN, now=NOW) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, PolicyChange) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ProposalGone) for outcome in outcomes) == 7


async def test_the_second_of_two_proposals_for_one_state_is_stale(store: Store) -> None:
    first, second = await proposed(store, STRICT), await proposed(store, LOOSE)
    await store.proposals.apply(first, GUILD, by=ADMIN, now=NOW)
    for _ in range(2):
        with pytest.raises(ProposalStale) as error:
            await store.proposals.apply(second, GUILD, by=1, now=NOW)
        assert (error.value.changed_by, error.value.changed_at) == (ADMIN, NOW)
    assert await store.policies.get(GUILD) == STRICT


async def test_a_proposal_belongs_to_its_server(store: Store) -> None:
    key = await proposed(store, STRICT)
    with pytest.raises(ProposalGone):
        await store.proposals.apply(key, OTHER, by=ADMIN, now=NOW)
    with pytest.raises(ProposalGone):
        await store.proposals.discard(key, OTHER)
    await store.proposals.discard(key, GUILD)
    with pytest.raises(ProposalGone):
        await store.proposals.apply(key, GUILD, by=ADMIN, now=NOW)


async def test_a_change_without_effect_is_no_proposal(store: Store) -> None:
    with pytest.raises(PolicyUnchanged):
        await proposed(store, Policy())


async def test_proposals_expire_after_a_week(store: Store) -> None:
    key = await proposed(store, STRICT)
    later = NOW + timedelta(days=8)
    await store.proposals.create(GUILD, lambda _: LOOSE, what="a test", now=later)
    with pytest.raises(ProposalGone):
        await store.proposals.apply(key, GUILD, by=ADMIN, now=later)


async def undone(store: Store) -> PolicyChange:
    made = await store.proposals.create_undo(GUILD, now=NOW)
    return await store.proposals.apply(made.key, GUILD, by=ADMIN, now=NOW)


async def test_changes_are_undone_from_the_newest_on_and_each_once(store: Store) -> None:
    with pytest.raises(NothingToUndo):
        await undone(store)
    first = await saved(store, STRICT)
    second = await saved(store, LOOSE)
    undo = await undone(store)
    assert (undo.undoes, undo.before, undo.after) == (second.key, LOOSE, STRICT)
    third = await saved(store, LOOSE)
    assert (await undone(store)).undoes == third.key
    assert (await undone(store)).undoes == first.key
    with pytest.raises(NothingToUndo):
        await undone(store)
    assert await store.policies.get(GUILD) == Policy()
    assert len(await store.policies.changes(GUILD, limit=10)) == 6


async def test_an_undo_is_stale_after_a_newer_change(store: Store) -> None:
    await saved(store, STRICT)
    undo = await store.proposals.create_undo(GUILD, now=NOW)
    await saved(store, LOOSE)
    with pytest.raises(ProposalStale):
        await store.proposals.apply(undo.key, GUILD, by=ADMIN, now=NOW)
    assert await store.policies.get(GUILD) == LOOSE


async def test_requests_of_a_server_are_read_newest_first_up_to_the_limit(store: Store) -> None:
    for minutes in range(5):
        new = replace(a_request(requester_id=minutes + 1), root_channel_id=77)
        await store.record(new, now=NOW + timedelta(minutes=minutes))
    await store.record(a_request(guild_id=OTHER), now=NOW)
    past = await store.requests_in(GUILD, since=NOW, limit=3)
    assert [each.member_id for each in past] == [5, 4, 3]
    assert {each.channel_id for each in past} == {77}
    assert past[0].requested_at == NOW + timedelta(minutes=4)
    assert past[0].state is JobState.QUEUED
    assert len(await store.requests_in(GUILD, since=NOW, limit=10)) == 4


async def test_open_counts_and_the_last_post_are_read_for_one_server(store: Store) -> None:
    assert await store.last_post_in(GUILD) is None
    await a_job(store, JobState.QUEUED)
    await a_job(store, JobState.RUNNING)
    await store.record(a_request(guild_id=OTHER), now=NOW)
    counts = await store.count_open_in(GUILD)
    assert (counts[JobState.QUEUED], counts[JobState.RUNNING], sum(counts.values())) == (1, 1, 2)
    done = await a_job(store, JobState.COMPLETED)
    await store.outbox.claim(owner=OURS, now=NOW, capacity=capacity_of(9))
    expected(await store.outbox.begin_post(done.key, route=DeliveryRoute.CHANNEL, channel_id=20, now=NOW))
    posted = await store.outbox.complete_post(
        done.key, route=DeliveryRoute.CHANNEL, channel_id=20, message_id=5, note=None, now=NOW
    )
    assert await store.last_post_in(GUILD) == posted


async def test_the_results_channel_is_stored_with_the_job(store: Store) -> None:
    job = await store.record(replace(a_request(), results_channel_id=55), now=NOW)
    assert job.results_channel_id == 55
    assert (expected(await store.get(job.key))).results_channel_id == 55


async def test_hundreds_of_concurrent_readers_of_a_policy_share_one_read(store: Store) -> None:
    await saved(store, STRICT)
    store.policies.invalidate(GUILD)
    statements: list[str] = []
    event.listen(
        store._database.engine,
        "before_cursor_execute",
        lambda *seen: statements.append(seen[2]),
    )
    assert await asyncio.gather(*(store.policies.get(GUILD) for _ in range(300))) == [STRICT] * 300
    assert len([statement for statement in statements if "policies" in statement]) == 1


async def test_the_policy_cache_has_a_maximum_size(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.policy_cache.MAX_ENTRIES", 3)
    await saved(store, STRICT)
    for guild_id in (GUILD, OTHER, 12, 13, GUILD, 14):
        await store.policies.get(guild_id)
    assert len(store.policies.cache._entries) == 3
    assert await store.policies.get(GUILD) == STRICT


async def test_a_change_during_a_read_is_not_overwritten_in_the_cache(store: Store) -> None:
    await asyncio.gather(saved(store, STRICT), *(store.policies.get(GUILD) for _ in range(20)))
    assert await store.policies.get(GUILD) == STRICT
