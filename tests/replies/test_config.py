"""Replies of /config keep Discord's limits for any settings, and describe them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from discord import ChannelType
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_io.channel_checks import NEEDED, ChannelCheck
from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.message import Input, Reply
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.limits import Caps, exceeded_cap
from bot.domain.policy.model import (
    ChannelMode,
    Channels,
    Policy,
    PrivateRule,
    RoleKind,
    RoleRule,
    Rule,
    Window,
)
from bot.domain.policy.preview import Preview
from bot.replies.config import (
    blocked,
    change_log,
    doctor,
    forms,
    panel,
    pickers,
    policy_text,
    refusals,
)
from bot.replies.config.forms import Setting
from bot.replies.permissions import PERMISSIONS
from bot.services.server_settings import ApiState, BotHealth, ProposedChange
from bot.store.policies import PolicyChange
from bot.store.proposals import Proposal
from tests.domain.policy.test_edits import policies
from tests.job_shapes import texts
from tests.replies.discord_limits import violations
from tests.replies.reply_text import lines_of

NOW = datetime(2026, 2, 17, 16, 0, tzinfo=UTC)
UNUSABLE = [
    ChannelCheck(channel_id=1, is_gone=True),
    ChannelCheck(channel_id=2, kind=ChannelType.category),
    ChannelCheck(channel_id=3, lacking=NEEDED),
]
HEALTHY = BotHealth(api=ApiState.HEALTHY, last_post=None, waiting=0, running=0)

ALL_SETTINGS = Policy(
    member=(Window(songs=5, window_s=3600), Window(songs=1, window_s=7 * 86_400)),
    member_at_once=2,
    cooldown_s=90,
    channel=(Window(songs=10, window_s=86_400),),
    server=(Window(songs=100, window_s=86_400),),
    server_at_once=9,
    roles={7: RoleRule(kind=RoleKind.BLOCKED), 8: RoleRule(kind=RoleKind.UNLIMITED)},
    channels=Channels(mode=ChannelMode.DENY, ids=frozenset({1, 2})),
    results_channel_id=3,
    words=("polka",),
    blocked_member_ids=frozenset(range(10, 27)),
    private=PrivateRule.FORCE,
    music_channel_ids=frozenset({4}),
    retention_days=30,
    first_come=True,
)


CAPS = Caps(server_songs_per_day=200, person_songs_per_day=200, songs_per_day=1000, queued=500)
KINDS = (None, ChannelType.text, ChannelType.category, ChannelType.forum)
UNKNOWN: ChannelTypeOf = dict[int, ChannelType]().get
SETTINGS_WITHOUT_FORM = (
    Setting.ROLES,
    Setting.MEMBERS,
    Setting.CHANNELS,
    Setting.RESULTS,
    Setting.WORDS,
    Setting.PRIVATE,
    Setting.ORDER,
)


def proposed(
    before: Policy, after: Policy, effect: Preview | None = None, *, is_partial: bool = False
) -> ProposedChange:
    proposal = Proposal(key=2**62, what="a test", before=before, after=after)
    return ProposedChange(proposal=proposal, effect=effect, is_partial=is_partial)


def a_saved_change(before: Policy, after: Policy, what: str = "a test") -> PolicyChange:
    return PolicyChange(
        key=1, guild_id=1, changed_at=NOW, changed_by=2, what=what, before=before, after=after
    )


def text_of(reply: Reply) -> str:
    return "\n".join(lines_of(reply))


@given(policies, policies, texts, st.booleans(), st.sampled_from(KINDS))
def test_any_settings_fit_in_every_reply(
    before: Policy, after: Policy, what: str, flag: bool, kind: ChannelType | None
) -> None:
    def kind_of(channel_id: int) -> ChannelType | None:
        return kind if channel_id % 3 else ChannelType.text

    effect = Preview(requests=120, refused=14, members=3, by_rule={Rule.MEMBER: 10, Rule.SERVER: 4})
    replies = [
        panel.panel(after, kind_of, caps=CAPS, has_changes=flag, unusable=UNUSABLE if flag else ()),
        panel.proposal(proposed(before, after, effect, is_partial=flag), kind_of),
        panel.saved(a_saved_change(before, after), kind_of),
        change_log.change_log([a_saved_change(before, after, what)] * 12, kind_of),
        blocked.words(after),
        blocked.members(after),
        refusals.policy_invalid([Fault(FaultKind.OTHER, field=what, value=what)] * 11),
        *(pickers.editor(part, after, kind_of) for part in SETTINGS_WITHOUT_FORM),
        *(pickers.role_editor(role_id, after) for role_id in (*after.roles, 1)),
    ]
    for reply in replies:
        assert violations(reply) == []
        assert reply.mentions == ()


@given(policies)
def test_any_form_holds_its_whole_value(current: Policy) -> None:
    for part in Setting:
        form = forms.setting_form(part, current)
        others = [forms.role_form(role_id, current) for role_id in current.roles]
        for field in [field for each in (form, *others) if each for field in each.inputs]:
            assert isinstance(field, Input)
            assert len(field.value) <= field.max_chars
            assert len(field.label) <= 45
            assert len(field.description or "") <= 100


def test_every_setting_is_described() -> None:
    assert policy_text.describe(ALL_SETTINGS, UNKNOWN) == {
        "Each member": "5 songs per hour, 1 song per 7 days, 2 at a time, 1 min 30 s between songs",
        "Each channel": "10 songs per 24 hours",
        "Whole server": "100 songs per 24 hours, 9 at a time",
        "Roles": "<@&7>: no songs; <@&8>: no member limits",
        "Blocked members": f"{', '.join(f'<@{number}>' for number in range(10, 25))} and 2 more",
        "Channels": "everywhere except <#1>, <#2>",
        "Finished songs": "posted in <#3>",
        "Blocked words": "1 word or phrase",
        "Private drafts": "required everywhere except <#4>",
        "Prompts and results": "kept for 30 days",
        "Queue order": "first come, first served",
        "Time zone": "a day is the last 24 hours",
        "Usage warnings": "off",
        "Weekly digest": "off",
        "Language": "automatic",
    }
    zoned = policy_text.describe(ALL_SETTINGS.model_copy(update={"timezone": "Asia/Tokyo"}), UNKNOWN)
    assert zoned["Time zone"] == "a day ends at midnight in Asia/Tokyo"
    assert zoned["Each channel"] == "10 songs per day"


def test_categories_and_forums_are_described_by_kind() -> None:
    kinds = {2: ChannelType.category, 3: ChannelType.category, 4: ChannelType.category}
    shown = policy_text.describe(ALL_SETTINGS, kinds.get)
    assert shown["Channels"] == "everywhere except <#1>, all channels in <#2>"
    assert shown["Private drafts"] == "required everywhere except all channels in <#4>"
    assert shown["Finished songs"] == (
        "posted where they were requested (<#3> is a category, so I can't post there)"
    )
    shown = policy_text.describe(ALL_SETTINGS, {3: ChannelType.forum}.get)
    assert shown["Finished songs"] == "each is a new post in <#3>"


def test_preview_counts_requests_members_and_rules() -> None:
    after = Policy(member=(Window(songs=5, window_s=3600),))
    effect = Preview(requests=120, refused=14, members=3, by_rule={Rule.MEMBER: 14})
    assert "In the last 7 days, this would have refused **14 of 120** requests from 3 members." in text_of(
        panel.proposal(proposed(Policy(), after, effect), UNKNOWN)
    )
    some = Preview(requests=120, refused=14, members=3, by_rule={Rule.COOLDOWN: 4, Rule.SERVER_AT_ONCE: 10})
    assert "By limit: cooldown between a member's songs: 4; whole server, songs at a time: 10." in text_of(
        panel.proposal(proposed(Policy(), after, some), UNKNOWN)
    )
    nobody = Preview(requests=0, refused=0, members=0, by_rule={})
    assert "Nobody requested" in text_of(panel.proposal(proposed(Policy(), after, nobody), UNKNOWN))


def test_limit_above_the_operators_cap_says_so() -> None:
    for songs, window_s, is_beyond in (
        (200, 86_400, False),
        (201, 86_400, True),
        (201, 3600, True),
        (1400, 7 * 86_400, False),
        (1401, 7 * 86_400, True),
    ):
        after = Policy(server=(Window(songs=songs, window_s=window_s),))
        beyond = exceeded_cap(after, CAPS)
        assert (beyond is not None) is is_beyond
        proposal = replace(proposed(Policy(), after), exceeded_cap=beyond)
        assert (
            "operator limit still applies: 200 songs" in text_of(panel.proposal(proposal, UNKNOWN))
        ) is is_beyond


def test_presets_are_offered_only_with_default_settings() -> None:
    fresh, reset = (panel.panel(Policy(), UNKNOWN, caps=CAPS, has_changes=flag) for flag in (False, True))
    assert [button.label for button in fresh.buttons] == ["Small", "Busy", "Strict", "Check the bot"]
    assert "Show log" in [button.label for button in reset.buttons]
    assert "200 songs per 24 hours for each server" in text_of(fresh)
    labels = [
        button.label for button in panel.panel(ALL_SETTINGS, UNKNOWN, caps=CAPS, has_changes=True).buttons
    ]
    assert labels == ["Show log", "Undo", "Check the bot"]


@pytest.mark.parametrize("api", ApiState)
def test_report_of_a_thousand_channels_is_valid(api: ApiState) -> None:
    ill = [ChannelCheck(channel_id=2**62 + number, lacking=tuple(NEEDED)) for number in range(500)]
    some = [ChannelCheck(channel_id=2**62 + number, lacking=tuple(NEEDED)[1:]) for number in range(500)]
    health = BotHealth(api=api, last_post=None, waiting=5, running=6)
    for reply in (
        doctor.server_report([*ill, *some], seen=1000, results=ill[0], health=health),
        doctor.channel_report(ill[0], results=some[0], health=health),
    ):
        assert violations(reply) == []
    report = text_of(doctor.server_report(ill, seen=500, results=None, health=health))
    assert "and 480 more" in report
    assert "❌ Send Messages" not in report


def test_every_needed_permission_has_its_text() -> None:
    assert tuple(PERMISSIONS) == NEEDED


def test_report_without_faults_says_that_everything_works() -> None:
    here = doctor.channel_report(ChannelCheck(channel_id=1, lacking=()), results=None, health=HEALTHY)
    assert "# Everything works" in text_of(here)
    everywhere = doctor.server_report([], seen=12, results=None, health=HEALTHY)
    assert "in all 12 channels" in text_of(everywhere)
