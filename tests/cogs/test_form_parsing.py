"""Values of the panel's components and forms, genuine and forged."""

from collections.abc import Callable

import pytest

from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import ChannelMode, Channels, Policy, PrivateRule, RoleKind
from bot.errors import ControlUnknown
from bot.replies.config.forms import FormField, Setting
from bot.replies.config.pickers import EVERYWHERE, OFF, WHERE_ASKED, PickerPurpose
from cogs.config.form_parsing import (
    purpose_of,
    setting_of,
    with_form,
    with_role_form,
    with_selected,
    with_value,
)

SET = Policy(
    channels=Channels(mode=ChannelMode.DENY, ids=frozenset({1})),
    results_channel_id=2,
    private=PrivateRule.FORCE,
    music_channel_ids=frozenset({3}),
    retention_days=30,
    first_come=True,
)


@pytest.mark.parametrize(
    "forged",
    [
        lambda: with_value(SET, Setting.ORDER, "sideways"),
        lambda: with_value(SET, Setting.PRIVATE, "perhaps"),
        lambda: with_value(SET, Setting.CHANNELS, "nowhere"),
        lambda: with_value(SET, Setting.RESULTS, "nowhere"),
        lambda: with_value(SET, Setting.ROLES, "7:emperor"),
        lambda: with_value(SET, Setting.ROLES, "a role:blocked"),
        lambda: with_value(SET, Setting.MEMBER, "none"),
        lambda: with_form(SET, Setting.CHANNELS, {}),
        lambda: setting_of("basement"),
        lambda: purpose_of("pockets"),
    ],
)
def test_forged_value_is_rejected(forged: Callable[[], object]) -> None:
    with pytest.raises(ControlUnknown):
        forged()


def test_button_changes_only_its_setting() -> None:
    assert with_value(SET, Setting.CHANNELS, EVERYWHERE).channels is None
    assert with_value(SET, Setting.RESULTS, WHERE_ASKED).results_channel_id is None
    assert not with_value(SET, Setting.ORDER, "turns").first_come
    loosened = with_value(SET, Setting.PRIVATE, "allow")
    assert (loosened.private, loosened.music_channel_ids) == (PrivateRule.ALLOW, frozenset())
    assert loosened.results_channel_id == SET.results_channel_id
    blocked = with_value(SET, Setting.ROLES, "7:blocked")
    assert [rule.kind for rule in blocked.roles.values()] == [RoleKind.BLOCKED]
    assert with_value(blocked, Setting.ROLES, "7:none").roles == {}


def test_selected_channels_replace_the_previous_ones() -> None:
    allowed = with_selected(SET, PickerPurpose.ALLOWED, [5, 6]).channels
    assert allowed == Channels(mode=ChannelMode.ALLOW, ids=frozenset({5, 6}))
    denied = with_selected(SET, PickerPurpose.DENIED, [5]).channels
    assert denied == Channels(mode=ChannelMode.DENY, ids=frozenset({5}))
    assert with_selected(SET, PickerPurpose.RESULTS, [9]).results_channel_id == 9
    posting = with_selected(with_selected(SET, PickerPurpose.WARNINGS, [8]), PickerPurpose.DIGEST, [7])
    assert (posting.warnings_channel_id, posting.digest_channel_id) == (8, 7)
    off = with_value(with_value(posting, Setting.WARNINGS, OFF), Setting.DIGEST, OFF)
    assert (off.warnings_channel_id, off.digest_channel_id) == (None, None)
    music = with_selected(Policy(), PickerPurpose.MUSIC, [4, 5])
    assert (music.private, music.music_channel_ids) == (PrivateRule.FORCE, frozenset({4, 5}))


def test_retention_days_are_parsed() -> None:
    days = {"": None, " none ": None, "NONE": None, "14": 14}
    parsed = {text: with_form(SET, Setting.RETENTION, {FormField.DAYS.value: text}) for text in days}
    assert {text: policy.retention_days for text, policy in parsed.items()} == days


@pytest.mark.parametrize("text", ["a week", "-3", "1.5", "٣", "0", "99999"])
def test_invalid_retention_days_are_refused(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        with_form(SET, Setting.RETENTION, {FormField.DAYS.value: text})


@pytest.mark.parametrize("text", ["", "1 per hour\n5 per day", "many"])
def test_role_form_takes_exactly_one_limit(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        with_role_form(SET, 7, {FormField.WINDOWS.value: text})
