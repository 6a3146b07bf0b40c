"""Which limits apply to whom, and which one a refusal names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.policy.edits import with_blocked_member
from bot.domain.policy.errors import MemberBlocked, RoleBlocked
from bot.domain.policy.limits import (
    Caps,
    Limit,
    LimitUsage,
    RequestContext,
    access_refusal,
    applicable_limits,
    exceeded_cap,
    longest_refusal,
)
from bot.domain.policy.model import DAY_S, Policy, RoleKind, RoleRule, Rule, Window

NOW = datetime(2026, 2, 17, 16, 0, tzinfo=UTC)
CAPS = Caps(server_songs_per_day=100, person_songs_per_day=9, songs_per_day=500, queued=50)
ASKER = RequestContext(guild_id=10, channel_id=20, member_id=30)
HOURLY = Window(songs=4, window_s=3600)
DAILY = Window(songs=9, window_s=DAY_S)

UNLIMITED, BLOCKED = RoleRule(kind=RoleKind.UNLIMITED), RoleRule(kind=RoleKind.BLOCKED)
POLICY = Policy(
    member=(HOURLY, DAILY),
    channel=(Window(songs=20, window_s=3600),),
    server=(Window(songs=30, window_s=3600),),
    cooldown_s=60,
    member_at_once=2,
    server_at_once=5,
)
OF_THE_MEMBER = [
    Limit(Rule.MEMBER, 4, 3600),
    Limit(Rule.MEMBER, 9, DAY_S),
    Limit(Rule.COOLDOWN, 1, 60),
    Limit(Rule.MEMBER_AT_ONCE, 2),
]
OF_THE_PLACE = [
    Limit(Rule.CHANNEL, 20, 3600),
    Limit(Rule.SERVER, 30, 3600),
    Limit(Rule.SERVER_AT_ONCE, 5),
]
OF_THE_OPERATOR = [
    Limit(Rule.OPERATOR_SERVER_DAY, 100, DAY_S),
    Limit(Rule.OPERATOR_DAY, 500, DAY_S),
    Limit(Rule.QUEUE, 50),
]


def limited_to(songs: int, window_s: int) -> RoleRule:
    return RoleRule(kind=RoleKind.LIMITED, window=Window(songs=songs, window_s=window_s))


def limits_of(roles: dict[int, RoleRule], *role_ids: int) -> list[Limit]:
    asker = replace(ASKER, role_ids=frozenset(role_ids))
    return applicable_limits(POLICY.model_copy(update={"roles": roles}), CAPS, asker)


def test_every_limit_that_is_set_applies_in_the_order_of_refusals() -> None:
    assert applicable_limits(POLICY, CAPS, ASKER) == OF_THE_MEMBER + OF_THE_PLACE + OF_THE_OPERATOR
    assert applicable_limits(Policy(), CAPS, ASKER) == OF_THE_OPERATOR


def test_in_direct_messages_the_operators_limits_for_one_person_apply() -> None:
    directly = replace(ASKER, guild_id=None)
    assert applicable_limits(Policy(), CAPS, directly) == [
        Limit(Rule.OPERATOR_PERSON_DAY, 9, DAY_S),
        Limit(Rule.OPERATOR_PERSON_AT_ONCE, 1),
        Limit(Rule.OPERATOR_DAY, 500, DAY_S),
        Limit(Rule.QUEUE, 50),
    ]


def test_an_unlimited_role_lifts_the_limits_for_members_and_no_other() -> None:
    roles = {1: UNLIMITED, 2: limited_to(1, 60)}
    assert limits_of(roles, 1, 2) == OF_THE_PLACE + OF_THE_OPERATOR
    assert limits_of(roles, 3) == OF_THE_MEMBER + OF_THE_PLACE + OF_THE_OPERATOR


@pytest.mark.parametrize(
    ("rules", "best"),
    [
        ([limited_to(2, 3600)], Limit(Rule.MEMBER, 2, 3600)),
        ([limited_to(2, 3600), limited_to(3, 7200)], Limit(Rule.MEMBER, 2, 3600)),  # more in the same time
        (
            [limited_to(2, 3600), limited_to(4, 7200)],
            Limit(Rule.MEMBER, 4, 7200),
        ),  # as fast, and more at once
        ([BLOCKED, limited_to(1, 60)], Limit(Rule.MEMBER, 1, 60)),
    ],
)
def test_of_several_roles_the_most_generous_number_replaces_the_members(
    rules: list[RoleRule], best: Limit
) -> None:
    roles = dict(enumerate(rules))
    wanted = [best, *OF_THE_MEMBER[2:], *OF_THE_PLACE, *OF_THE_OPERATOR]
    assert limits_of(roles, *roles) == wanted
    assert limits_of(dict(enumerate(reversed(rules))), *roles) == wanted


def test_a_blocked_role_overrides_all_others_of_its_members() -> None:
    policy = Policy(roles={1: BLOCKED, 2: UNLIMITED, 3: limited_to(1, 60)})
    blocked = {
        role_ids: isinstance(
            access_refusal(policy, replace(ASKER, role_ids=frozenset(role_ids))), RoleBlocked
        )
        for role_ids in [(1,), (1, 2, 3), (2, 3), (4,), ()]
    }
    assert blocked == {(1,): True, (1, 2, 3): True, (2, 3): False, (4,): False, (): False}


def test_a_blocked_member_is_refused_whatever_their_roles_allow() -> None:
    policy = with_blocked_member(Policy(roles={1: UNLIMITED}), ASKER.member_id, is_blocked=True)
    asker = replace(ASKER, role_ids=frozenset({1}))
    assert isinstance(access_refusal(policy, asker), MemberBlocked)
    assert access_refusal(policy, replace(asker, member_id=ASKER.member_id + 1)) is None
    assert with_blocked_member(policy, ASKER.member_id, is_blocked=False) == Policy(roles={1: UNLIMITED})


def test_a_list_of_channels_names_a_place_by_its_channel_or_its_category() -> None:
    asker = replace(ASKER, category_id=7)
    assert asker.is_in(frozenset({20, 99}))
    assert asker.is_in(frozenset({7}))
    assert not asker.is_in(frozenset({99}))


def test_the_limit_that_frees_up_last_is_reported() -> None:
    sooner = LimitUsage(Limit(Rule.MEMBER, 2, 60), 2, NOW)
    later = LimitUsage(Limit(Rule.SERVER, 2, 3600), 3, NOW + timedelta(hours=1))
    untimed = LimitUsage(Limit(Rule.QUEUE, 50), 50)
    free = LimitUsage(Limit(Rule.CHANNEL, 2, DAY_S), 1, NOW + timedelta(days=1))
    assert longest_refusal([free, sooner, untimed, later]) is later
    assert longest_refusal([free, untimed]) is untimed
    assert longest_refusal([free]) is None
    assert later.left == 0


@pytest.mark.parametrize(
    ("policy", "is_beyond"),
    [
        (Policy(), False),
        (Policy(member=(Window(songs=100, window_s=DAY_S),)), False),
        (Policy(member=(Window(songs=101, window_s=DAY_S),)), True),
        (Policy(channel=(Window(songs=101, window_s=3600),)), True),  # more in an hour than in a whole day
        (Policy(server=(Window(songs=200, window_s=2 * DAY_S),)), False),
        (Policy(server=(Window(songs=201, window_s=2 * DAY_S),)), True),
        (Policy(roles={1: limited_to(101, DAY_S), 2: UNLIMITED}), True),
        (Policy(roles={1: limited_to(100, DAY_S), 2: BLOCKED}), False),
    ],
)
def test_a_limit_above_the_operators_cap_for_the_server_is_found(policy: Policy, *, is_beyond: bool) -> None:
    cap = Limit(Rule.OPERATOR_SERVER_DAY, 100, DAY_S)
    assert exceeded_cap(policy, CAPS) == (cap if is_beyond else None)
