"""What is pressed, picked or written on the panel: what no button of ours says is refused, and changes nothing."""

from collections.abc import Callable

import pytest

from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import ChannelMode, Channels, Policy, PrivateRule, RoleKind
from bot.errors import ControlUnknown
from bot.replies.config.forms import FormField, Setting
from bot.replies.config.pickers import EVERYWHERE, WHERE_ASKED, PickerPurpose
from cogs.config.form_parsing import filled, part_of, picked, picking_of, role_filled, set_to

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
        lambda: set_to(SET, Setting.ORDER, "sideways"),
        lambda: set_to(SET, Setting.PRIVATE, "perhaps"),
        lambda: set_to(SET, Setting.CHANNELS, "nowhere"),
        lambda: set_to(SET, Setting.RESULTS, "nowhere"),
        lambda: set_to(SET, Setting.ROLES, "7:emperor"),
        lambda: set_to(SET, Setting.ROLES, "a role:blocked"),
        lambda: set_to(SET, Setting.MEMBER, "none"),
        lambda: filled(SET, Setting.CHANNELS, {}),
        lambda: part_of("basement"),
        lambda: picking_of("pockets"),
    ],
)
def test_what_no_button_says_is_unknown(forged: Callable[[], object]) -> None:
    with pytest.raises(ControlUnknown):
        forged()


def test_buttons_take_one_thing_back_and_leave_the_rest() -> None:
    assert set_to(SET, Setting.CHANNELS, EVERYWHERE).channels is None
    assert set_to(SET, Setting.RESULTS, WHERE_ASKED).results_channel_id is None
    assert not set_to(SET, Setting.ORDER, "turns").first_come
    loosened = set_to(SET, Setting.PRIVATE, "allow")
    assert (loosened.private, loosened.music_channel_ids) == (PrivateRule.ALLOW, frozenset())
    assert loosened.results_channel_id == SET.results_channel_id
    blocked = set_to(SET, Setting.ROLES, "7:blocked")
    assert [rule.kind for rule in blocked.roles.values()] == [RoleKind.BLOCKED]
    assert set_to(blocked, Setting.ROLES, "7:none").roles == {}


def test_what_is_picked_takes_the_place_of_what_was() -> None:
    allowed = picked(SET, PickerPurpose.ALLOWED, [5, 6]).channels
    assert allowed == Channels(mode=ChannelMode.ALLOW, ids=frozenset({5, 6}))
    denied = picked(SET, PickerPurpose.DENIED, [5]).channels
    assert denied == Channels(mode=ChannelMode.DENY, ids=frozenset({5}))
    assert picked(SET, PickerPurpose.RESULTS, [9]).results_channel_id == 9
    music = picked(Policy(), PickerPurpose.MUSIC, [4, 5])
    assert (music.private, music.music_channel_ids) == (PrivateRule.FORCE, frozenset({4, 5}))


@pytest.mark.parametrize(("text", "days"), [("", None), (" none ", None), ("NONE", None), ("14", 14)])
def test_days_of_retention_as_people_write_them(text: str, days: int | None) -> None:
    assert filled(SET, Setting.RETENTION, {FormField.DAYS.value: text}).retention_days == days


@pytest.mark.parametrize("text", ["a week", "-3", "1.5", "٣", "0", "99999"])
def test_what_is_no_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        filled(SET, Setting.RETENTION, {FormField.DAYS.value: text})


@pytest.mark.parametrize("text", ["", "1 per hour\n5 per day", "many"])
def test_a_role_has_one_number_in_one_span(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        role_filled(SET, 7, {FormField.WINDOWS.value: text})
