"""Editors of settings without a form: selects of roles and channels, buttons, or the command to use instead."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from discord import ChannelType

from bot.discord_io.channel_types import LISTABLE, RESULT_PLACES, ChannelTypeOf
from bot.discord_io.message import Button, Picker, PickerSource, Reply
from bot.domain.policy.model import ChannelMode, Policy, PrivateRule, RoleKind
from bot.replies.buttons import Control, custom_id
from bot.replies.config import policy_text
from bot.replies.config.forms import Setting, label_of
from bot.replies.text import content, paragraph

MAX_SELECTED = 25


class PickerPurpose(StrEnum):
    """What a select of roles or channels is for."""

    ROLE = "role"
    ALLOWED = "allowed"  # songs only there
    DENIED = "denied"  # songs everywhere but there
    RESULTS = "results"
    MUSIC = "music"  # where songs are public though drafts are forced


WHERE_ASKED, EVERYWHERE = "asked", "everywhere"
"""Values of the buttons that remove the channel for results, or the list of channels."""


_Editor = tuple[str, tuple[Picker, ...], tuple[Button, ...]]
"""How a setting is changed: the instruction, and its components."""


def editor(setting: Setting, current: Policy, kind_of: ChannelTypeOf) -> Reply:
    """The message by which a setting without a form is changed, with its current value."""
    how, pickers, buttons = _editor(setting, current, kind_of)
    label = label_of(setting)
    after = "I'll show you the change before you save it." if pickers or buttons else ""
    return Reply(
        content(f"**{label}**: {policy_text.describe(current, kind_of)[label]}.", paragraph(how, after)),
        selects=pickers,
        buttons=buttons,
    )


def role_editor(role_id: int, current: Policy) -> Reply:
    """The rule of a role, with a button for each alternative."""
    rule = current.roles.get(role_id)
    current_rule = "no override" if rule is None else policy_text.role_rule(rule)
    kind = rule.kind if rule else None
    options = {
        RoleKind.LIMITED.value: ("Set its own limit", False),
        RoleKind.UNLIMITED.value: ("No member limits", kind is RoleKind.UNLIMITED),
        RoleKind.BLOCKED.value: ("No songs", kind is RoleKind.BLOCKED),
        "none": ("No override", kind is None),
    }
    named = {f"{role_id}:{value}": option for value, option in options.items()}
    return Reply(
        f"<@&{role_id}>: {current_rule}.\n\nChoose what applies to its members. I'll show you the change before you save it.",
        buttons=_buttons(Setting.ROLES, named),
    )


def _editor(setting: Setting, current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    match setting:
        case Setting.ROLES:
            how = (
                "Choose a role, then what applies to its members. If a member has several roles, the most generous one "
                "counts, but *no songs* always wins."
            )
            return how, (_picker(PickerPurpose.ROLE, "Choose a role", PickerSource.ROLES),), ()
        case Setting.CHANNELS:
            return _channels(current, kind_of)
        case Setting.RESULTS:
            return _results(current, kind_of)
        case Setting.PRIVATE:
            return _private(current, kind_of)
        case Setting.ORDER:
            options = {
                "turns": ("Members take turns", not current.first_come),
                "first": ("First come, first served", current.first_come),
            }
            return "Choose who's next when several songs wait.", (), _buttons(setting, options)
        case _:
            how = "There are too many words for a form. Change them with `/config words add`, `remove` and `list`."
            return how, (), ()


def _channels(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    listed = current.channels
    ids = listed.ids if listed else ()
    # A selection replaces the list: entries that do not fit into the select would be lost.
    if len(ids) > MAX_SELECTED:
        how = (
            f"A list here can't show more than {MAX_SELECTED} channels. Change it with `/config channels add`, `remove` "
            "and `clear`."
        )
        return how, (), ()
    how = (
        "Use one of the lists: allow songs **only in** some channels, or **everywhere except** some. Threads follow "
        "their channel, and a category includes all its channels."
    )
    selected = _selected(ids, LISTABLE, kind_of)
    pickers = tuple(
        _picker(
            purpose,
            placeholder,
            PickerSource.CHANNELS,
            max_values=MAX_SELECTED,
            default_ids=selected if listed and listed.mode is mode else (),
        )
        for purpose, placeholder, mode in (
            (PickerPurpose.ALLOWED, "Only in these channels", ChannelMode.ALLOW),
            (PickerPurpose.DENIED, "Everywhere except these channels", ChannelMode.DENY),
        )
    )
    return how, pickers, _buttons(Setting.CHANNELS, {EVERYWHERE: ("Everywhere", listed is None)})


def _results(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    chosen = current.results_channel_id
    picker = _picker(
        PickerPurpose.RESULTS,
        "Post finished songs here",
        PickerSource.PLACES,
        default_ids=_selected([chosen] if chosen else [], RESULT_PLACES, kind_of),
    )
    return (
        "Choose a channel, a thread or a forum. Failures and private drafts stay where members requested them.",
        (picker,),
        _buttons(Setting.RESULTS, {WHERE_ASKED: ("Where they were requested", chosen is None)}),
    )


def _private(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    music = current.music_channel_ids
    labels = {
        PrivateRule.ALLOW: "Allow",
        PrivateRule.FORBID: "Forbid",
        PrivateRule.FORCE: "Require everywhere",
    }
    options = {
        rule.value: (label, current.private is rule and not (rule is PrivateRule.FORCE and music))
        for rule, label in labels.items()
    }
    buttons = _buttons(Setting.PRIVATE, options)
    if len(music) > MAX_SELECTED:
        how = f"A list here can't show more than {MAX_SELECTED} channels. Change it with `/config private`."
        return how, (), buttons
    picker = _picker(
        PickerPurpose.MUSIC,
        "Require everywhere except here",
        PickerSource.CHANNELS,
        max_values=MAX_SELECTED,
        default_ids=_selected(music, LISTABLE, kind_of),
    )
    how = "Where drafts are required, only the requester sees a song. Use the list for channels where songs stay public."
    return how, (picker,), buttons


def _picker(
    purpose: PickerPurpose,
    placeholder: str,
    source: PickerSource,
    *,
    max_values: int = 1,
    default_ids: tuple[int, ...] = (),
) -> Picker:
    return Picker(
        custom_id=custom_id(Control.CONFIG_PICK, purpose.value),
        placeholder=placeholder,
        source=source,
        max_values=max_values,
        default_ids=default_ids,
    )


def _buttons(setting: Setting, options: dict[str, tuple[str, bool]]) -> tuple[Button, ...]:
    """A button for each value, from its label and whether it is the current one."""
    return tuple(
        Button(custom_id=custom_id(Control.CONFIG_SET, setting.value, value), label=label, disabled=is_set)
        for value, (label, is_set) in options.items()
    )


def _selected(ids: Iterable[int], kinds: Collection[ChannelType], kind_of: ChannelTypeOf) -> tuple[int, ...]:
    """The channels that still exist and are of these kinds: Discord accepts no others as default values of a select."""
    return tuple(sorted(channel_id for channel_id in ids if kind_of(channel_id) in kinds))
