"""Limits are checked in the transaction that inserts a job: no more requests pass than are allowed."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.jobs import Job, JobState, Reason
from bot.domain.policy.errors import MemberBlocked
from bot.domain.policy.limits import Admission, Caps, LimitReached, LimitUsage, RequestContext
from bot.domain.policy.model import Policy, RoleKind, RoleRule, Rule, Window
from bot.store import Store, open_store
from tests.factories import NOW, OURS, a_request
from tests.store.naive_limits import NaiveLimits, NaiveSong

AMPLE = Caps(server_songs_per_day=10_000, person_songs_per_day=10_000, songs_per_day=10_000, queued=10_000)
ASKER = RequestContext(guild_id=10, channel_id=20, member_id=30)
ADMIN = 99


def admission(asker: RequestContext = ASKER, caps: Caps = AMPLE) -> Admission:
    return Admission(context=asker, caps=caps)


async def set_policy(store: Store, policy: Policy, *, guild_id: int = 10) -> None:
    await store.policies.change(guild_id, lambda _: policy, by=ADMIN, what="for a test", now=NOW)


async def ask(store: Store, *, after_s: float = 0, asker: RequestContext = ASKER, caps: Caps = AMPLE) -> Job:
    new = a_request(guild_id=asker.guild_id, channel_id=asker.channel_id, requester_id=asker.member_id)
    return await store.record(new, admission=admission(asker, caps), now=NOW + timedelta(seconds=after_s))


def used_up(error: pytest.ExceptionInfo[LimitReached]) -> list[LimitUsage]:
    return [each for each in error.value.usages if each.left == 0]


async def test_fifty_concurrent_requests_get_exactly_as_many_songs_as_allowed(store: Store) -> None:
    await set_policy(store, Policy(server=(Window(songs=7, window_s=3600),)))
    outcomes = await asyncio.gather(
        *(ask(store, asker=replace(ASKER, member_id=member)) for member in range(1, 51)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 43


async def test_processes_together_admit_exactly_what_limits_allow(migrated_postgresql_url: str) -> None:
    policy = Policy(
        member=(Window(songs=2, window_s=3600),),
        channel=(Window(songs=5, window_s=3600),),
        server=(Window(songs=9, window_s=3600),),
        server_at_once=8,
    )
    caps = Caps(server_songs_per_day=9, person_songs_per_day=9, songs_per_day=20, queued=18)
    chance = random.Random(1)
    askers = [
        RequestContext(
            guild_id=chance.randint(10, 12), channel_id=chance.randint(1, 3), member_id=chance.randint(1, 9)
        )
        for _ in range(150)
    ]
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(migrated_postgresql_url)) for _ in range(3)]
        for guild_id in (10, 11, 12):
            await set_policy(stores[0], policy, guild_id=guild_id)
        outcomes = await asyncio.gather(
            *(ask(stores[n % 3], asker=asker, caps=caps) for n, asker in enumerate(askers)),
            return_exceptions=True,
        )
    admitted = [asker for asker, each in zip(askers, outcomes, strict=True) if isinstance(each, Job)]
    refused = [asker for asker, each in zip(askers, outcomes, strict=True) if isinstance(each, LimitReached)]
    assert len(admitted) + len(refused) == len(askers)
    songs = [NaiveSong(asker, 0) for asker in admitted]
    limits = NaiveLimits(policies=dict.fromkeys((10, 11, 12), policy), songs=songs)
    # Nothing frees up: whoever was refused would still be, and nobody was admitted beyond a limit.
    assert not any(limits.admits(asker, caps, 1) for asker in refused)
    for song in list(songs):
        limits.songs = [each for each in songs if each is not song]
        assert limits.admits(song.asker, caps, 1)


async def test_a_refusal_names_the_limit_and_when_it_frees_up(store: Store) -> None:
    await set_policy(store, Policy(member=(Window(songs=2, window_s=3600),)))
    await ask(store)
    await ask(store, after_s=600)
    with pytest.raises(LimitReached) as error:
        await ask(store, after_s=1200)
    (usage,) = used_up(error)
    assert usage.limit.rule is Rule.MEMBER
    assert usage.frees_at == NOW + timedelta(seconds=3600)
    await ask(store, after_s=3601)


async def test_a_limit_frees_up_when_its_oldest_song_leaves_the_window(store: Store) -> None:
    await set_policy(store, Policy(member=(Window(songs=5, window_s=3600),)))
    await ask(store)
    await ask(store, after_s=600)

    async def used(after_s: float) -> LimitUsage:
        (usage, *_) = await store.limit_usage(admission(), now=NOW + timedelta(seconds=after_s))
        return usage

    for after_s, number, frees_at_s in ((3599, 2, 3600), (3600, 1, 4200)):
        usage = await used(after_s)
        assert (usage.used, usage.frees_at) == (number, NOW + timedelta(seconds=frees_at_s))
    assert ((await used(4200)).used, (await used(4200)).frees_at) == (0, None)


async def test_an_erased_song_counts_for_its_member_only(store: Store) -> None:
    await set_policy(store, Policy(member=(Window(songs=1, window_s=3600),)))
    other = replace(ASKER, member_id=31)
    for asker in (ASKER, other):
        await store.settle((await ask(store, asker=asker)).key, state=JobState.COMPLETED, now=NOW)
        await store.erasure.erase_user(asker.member_id, now=NOW)
        with pytest.raises(LimitReached):
            await ask(store, after_s=3599, asker=asker)
    await ask(store, asker=replace(ASKER, member_id=32))
    await ask(store, after_s=3600)


async def test_the_requesters_roles_decide_which_limits_apply(store: Store) -> None:
    roles = {5: RoleRule(kind=RoleKind.UNLIMITED)}
    await set_policy(store, Policy(member_at_once=1, roles=roles))
    await ask(store)
    with pytest.raises(LimitReached):
        await ask(store)
    await ask(store, asker=replace(ASKER, role_ids=frozenset({5})))


async def test_a_lowered_limit_frees_up_when_few_enough_songs_count(store: Store) -> None:
    for at in (0, 100, 200):
        await ask(store, after_s=at)
    await set_policy(store, Policy(member=(Window(songs=1, window_s=3600),)))
    with pytest.raises(LimitReached) as error:
        await ask(store, after_s=300)
    (usage,) = used_up(error)
    assert usage.frees_at == NOW + timedelta(seconds=3800)


async def test_only_open_and_completed_songs_count(store: Store) -> None:
    await set_policy(store, Policy(member=(Window(songs=1, window_s=3600),)))
    counting = {JobState.QUEUED, JobState.COMPLETED}
    usage = dict[JobState, tuple[int, int]]()
    states = [JobState.QUEUED, *(state for state in JobState if state.is_final)]
    for member_id, state in enumerate(states, start=1):
        asker = replace(ASKER, member_id=member_id)
        job = await ask(store, asker=asker)
        if state is JobState.CANCELLED:
            await store.cancel(job.key, now=NOW)
        elif state is not JobState.QUEUED:
            reason = None if state is JobState.COMPLETED else Reason.GENERATION_FAILED
            await store.settle(job.key, state=state, reason=reason, now=NOW)
        (found, *_) = await store.limit_usage(admission(asker), now=NOW + timedelta(seconds=1))
        usage[state] = found.used, found.left
    assert usage == {state: (1, 0) if state in counting else (0, 1) for state in states}


async def test_a_member_blocked_by_another_process_is_refused_at_once(migrated_postgresql_url: str) -> None:
    async with open_store(migrated_postgresql_url) as first, open_store(migrated_postgresql_url) as second:
        await second.policies.get(10)  # cached for some seconds
        await set_policy(first, Policy(blocked_member_ids=frozenset({ASKER.member_id})))
        outcomes = await asyncio.gather(
            *(ask(second, asker=replace(ASKER, member_id=member)) for member in (30, 31)),
            return_exceptions=True,
        )
        assert list(map(type, outcomes)) == [MemberBlocked, Job]


async def test_each_limit_counts_the_songs_of_its_own_server_only(store: Store) -> None:
    policies = {
        "member": Policy(member=(Window(songs=1, window_s=3600),)),
        "cool-down": Policy(cooldown_s=3600),
        "member at once": Policy(member_at_once=1),
        "server": Policy(server=(Window(songs=1, window_s=3600),)),
        "server at once": Policy(server_at_once=1),
    }
    outcomes = dict[str, type]()
    for guild_id, (name, policy) in enumerate(policies.items(), start=100):
        asker = replace(ASKER, guild_id=guild_id)
        await set_policy(store, policy, guild_id=guild_id)
        await ask(store, asker=replace(asker, guild_id=11))
        await ask(store, asker=asker)
        (second,) = await asyncio.gather(ask(store, asker=asker), return_exceptions=True)
        outcomes[name] = type(second)
    assert outcomes == dict.fromkeys(policies, LimitReached)


async def test_a_request_in_a_thread_counts_for_the_parent_channel(store: Store) -> None:
    await set_policy(store, Policy(channel=(Window(songs=1, window_s=3600),)))
    in_thread = replace(a_request(channel_id=21), root_channel_id=20)
    await store.record(in_thread, admission=admission(), now=NOW)
    with pytest.raises(LimitReached):
        await ask(store, after_s=1, asker=replace(ASKER, member_id=31))


async def test_an_at_once_limit_counts_open_songs_only(store: Store) -> None:
    await set_policy(store, Policy(member_at_once=1))
    job = await ask(store)
    with pytest.raises(LimitReached) as error:
        await ask(store, after_s=7200)
    (usage,) = used_up(error)
    assert (usage.limit.rule, usage.frees_at) == (Rule.MEMBER_AT_ONCE, None)
    await store.settle(job.key, state=JobState.COMPLETED, now=NOW)
    await ask(store, after_s=7200)


async def test_the_operators_caps_apply_whatever_admins_set(store: Store) -> None:
    await set_policy(store, Policy(server=(Window(songs=100, window_s=86_400),)))
    caps = replace(AMPLE, server_songs_per_day=1)
    await ask(store, caps=caps)
    with pytest.raises(LimitReached) as error:
        await ask(store, after_s=1, caps=caps)
    assert [each.limit.rule for each in used_up(error)] == [Rule.OPERATOR_SERVER_DAY]
    await ask(store, after_s=1, asker=replace(ASKER, guild_id=11), caps=caps)
    with pytest.raises(LimitReached) as error:
        await ask(store, asker=replace(ASKER, guild_id=12), caps=replace(AMPLE, songs_per_day=2))
    assert [each.limit.rule for each in used_up(error)] == [Rule.OPERATOR_DAY]


async def test_the_queue_has_a_maximum_length(store: Store) -> None:
    caps = replace(AMPLE, queued=1)
    job = await ask(store, caps=caps)
    with pytest.raises(LimitReached) as error:
        await ask(store, caps=caps)
    assert [each.limit.rule for each in used_up(error)] == [Rule.QUEUE]
    await store.begin_submit(job.key, owner=OURS, now=NOW)
    await ask(store, caps=caps)


async def test_a_change_is_logged_and_a_change_without_effect_is_not(store: Store) -> None:
    limited = Policy(roles={5: RoleRule(kind=RoleKind.UNLIMITED)}, words=("badword",))
    change = await store.policies.change(10, lambda _: limited, by=ADMIN, what="roles", now=NOW)
    assert change is not None
    assert (change.before, change.after, change.changed_by, change.changed_at) == (
        Policy(),
        limited,
        ADMIN,
        NOW,
    )
    assert await store.policies.change(10, lambda _: limited, by=ADMIN, what="again", now=NOW) is None
    assert await store.policies.changes(10, limit=5) == [change]
    assert await store.policies.get(10) == limited
    assert await store.policies.get(11) == Policy()
    assert await store.policies.is_configured(10)
    assert not await store.policies.is_configured(11)


async def test_a_change_that_fails_leaves_everything_as_it_was(store: Store) -> None:
    def impossible(_: Policy) -> Policy:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.policies.change(10, impossible, by=ADMIN, what="nothing", now=NOW)
    assert not await store.policies.is_configured(10)
    assert await store.policies.changes(10, limit=5) == []
