"""Editors of settings without a form: selects of roles and channels, buttons, or the command to use instead."""

from collections.abc import Callable, Collection, Iterable
from enum import StrEnum

from discord import ChannelType

from bot.discord_io.channel_types import LISTABLE, MESSAGEABLE, RESULT_PLACES, ChannelTypeOf
from bot.discord_io.message import Button, Picker, PickerSource, Reply
from bot.domain.policy.model import ChannelMode, Policy, PrivateRule, RoleKind
from bot.replies.buttons import Control, custom_id
from bot.replies.config import policy_text
from bot.replies.config.forms import Setting, label_of, name_of
from bot.replies.locales import _, language_name, languages
from bot.replies.text import content, paragraph

MAX_SELECTED = 25


class PickerPurpose(StrEnum):
    """What a select of roles or channels is for."""

    ROLE = "role"
    ALLOWED = "allowed"  # songs only there
    DENIED = "denied"  # songs everywhere but there
    RESULTS = "results"
    MUSIC = "music"  # where songs are public though drafts are forced
    WARNINGS = "warnings"
    DIGEST = "digest"


AUTOMATIC = "automatic"
"""The value of the button that removes the language."""

WHERE_ASKED, EVERYWHERE, OFF = "asked", "everywhere", "off"
"""Values of the buttons that remove the channel for results, the list of channels, or another channel."""


_Editor = tuple[str, tuple[Picker, ...], tuple[Button, ...]]
"""How a setting is changed: the instruction, and its components."""


def editor(setting: Setting, current: Policy, kind_of: ChannelTypeOf) -> Reply:
    """The message by which a setting without a form is changed, with its current value."""
    how, pickers, buttons = _EDITORS.get(setting, _words)(current, kind_of)
    value = policy_text.describe(current, kind_of)[name_of(setting)]
    after = _("I'll show you the change before you save it.") if pickers or buttons else ""
    return Reply(
        content(_("**{setting}**: {value}.", setting=label_of(setting), value=value), paragraph(how, after)),
        selects=pickers,
        buttons=buttons,
    )


def role_editor(role_id: int, current: Policy) -> Reply:
    """The rule of a role, with a button for each alternative."""
    rule = current.roles.get(role_id)
    current_rule = _("no override") if rule is None else policy_text.role_rule(rule, current.timezone)
    kind = rule.kind if rule else None
    options = {
        RoleKind.LIMITED.value: (_("Set its own limit"), False),
        RoleKind.UNLIMITED.value: (_("No member limits"), kind is RoleKind.UNLIMITED),
        RoleKind.BLOCKED.value: (_("No songs"), kind is RoleKind.BLOCKED),
        "none": (_("No override"), kind is None),
    }
    named = {f"{role_id}:{value}": option for value, option in options.items()}
    return Reply(
        _(
            "{role}: {rule}.\n\n"
            "Choose what applies to its members. I'll show you the change before you save it.",
            role=f"<@&{role_id}>",
            rule=current_rule,
        ),
        buttons=_buttons(Setting.ROLES, named),
    )


def _roles(_current: Policy, _kind_of: ChannelTypeOf) -> _Editor:
    how = _(
        "Choose a role, then what applies to its members. If a member has several roles, the most generous one counts, but "
        "*no songs* always wins."
    )
    return how, (_picker(PickerPurpose.ROLE, _("Choose a role"), PickerSource.ROLES),), ()


def _order(current: Policy, _kind_of: ChannelTypeOf) -> _Editor:
    options = {
        "turns": (_("Members take turns"), not current.first_come),
        "first": (_("First come, first served"), current.first_come),
    }
    return _("Choose who's next when several songs wait."), (), _buttons(Setting.ORDER, options)


def _words(_current: Policy, _kind_of: ChannelTypeOf) -> _Editor:
    how = _(
        "There are too many words for a form. Change them with `/config words add`, `/config words remove` and "
        "`/config words list`."
    )
    return how, (), ()


def _members(_current: Policy, _kind_of: ChannelTypeOf) -> _Editor:
    how = _(
        "Change this with `/config member block` and `/config member allow`. To see all of them, use `/config member list`."
    )
    return how, (), ()


def _languages(current: Policy, _kind_of: ChannelTypeOf) -> _Editor:
    options = {AUTOMATIC: (_("Automatic"), current.language is None)}
    options |= {each: (language_name(each), current.language == each) for each in languages()}
    how = _(
        "Choose the language of what everyone here reads. *Automatic* is the language that a community server has set, "
        "else English. I answer each member in the language of their Discord."
    )
    return how, (), _buttons(Setting.LANGUAGE, options)


def _channels(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    listed = current.channels
    ids = listed.ids if listed else ()
    # A selection replaces the list: entries that do not fit into the select would be lost.
    if len(ids) > MAX_SELECTED:
        how = _(
            "A list here can't show more than {count} channels. Change it with "
            "`/config channels add`, `/config channels remove` and `/config channels clear`.",
            count=MAX_SELECTED,
        )
        return how, (), ()
    how = _(
        "Use one of the lists: allow songs **only in** some channels, or **everywhere except** "
        "some. Threads follow their channel, and a category includes all its channels."
    )
    selected = still_there(ids, LISTABLE, kind_of)
    pickers = tuple(
        _picker(
            purpose,
            placeholder,
            PickerSource.CHANNELS,
            max_values=MAX_SELECTED,
            default_ids=selected if listed and listed.mode is mode else (),
        )
        for purpose, placeholder, mode in (
            (PickerPurpose.ALLOWED, _("Only in these channels"), ChannelMode.ALLOW),
            (PickerPurpose.DENIED, _("Everywhere except these channels"), ChannelMode.DENY),
        )
    )
    return how, pickers, _buttons(Setting.CHANNELS, {EVERYWHERE: (_("Everywhere"), listed is None)})


def _results(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    chosen = current.results_channel_id
    picker = _picker(
        PickerPurpose.RESULTS,
        _("Post finished songs here"),
        PickerSource.PLACES,
        default_ids=still_there([chosen] if chosen else [], RESULT_PLACES, kind_of),
    )
    return (
        _(
            "Choose a channel, a thread or a forum. Failures and private drafts stay where members "
            "requested them."
        ),
        (picker,),
        _buttons(Setting.RESULTS, {WHERE_ASKED: (_("Where they were requested"), chosen is None)}),
    )


def _warnings(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    how = _("Choose where I warn when 80% and 100% of a limit of the whole server are used.")
    picker = _message_picker(PickerPurpose.WARNINGS, _("Warn here"), current.warnings_channel_id, kind_of)
    off = (_("No warnings"), current.warnings_channel_id is None)
    return how, (picker,), _buttons(Setting.WARNINGS, {OFF: off})


def _digest(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    how = _(
        "Choose where I post the number of songs and the most liked ones of the week, on Mondays at 9:00 in the server's "
        "time zone. A week without songs has no digest."
    )
    picker = _message_picker(
        PickerPurpose.DIGEST, _("Post the digest here"), current.digest_channel_id, kind_of
    )
    off = (_("No digest"), current.digest_channel_id is None)
    return how, (picker,), _buttons(Setting.DIGEST, {OFF: off})


def _private(current: Policy, kind_of: ChannelTypeOf) -> _Editor:
    music = current.music_channel_ids
    labels = {
        PrivateRule.ALLOW: _("Allow"),
        PrivateRule.FORBID: _("Forbid"),
        PrivateRule.FORCE: _("Require everywhere"),
    }
    options = {
        rule.value: (label, current.private is rule and not (rule is PrivateRule.FORCE and music))
        for rule, label in labels.items()
    }
    buttons = _buttons(Setting.PRIVATE, options)
    if len(music) > MAX_SELECTED:
        how = _(
            "A list here can't show more than {count} channels. Change it with `/config private`.",
            count=MAX_SELECTED,
        )
        return how, (), buttons
    picker = _picker(
        PickerPurpose.MUSIC,
        _("Require everywhere except here"),
        PickerSource.CHANNELS,
        max_values=MAX_SELECTED,
        default_ids=still_there(music, LISTABLE, kind_of),
    )
    how = _(
        "Where drafts are required, only the requester sees a song. Use the list for channels "
        "where songs stay public."
    )
    return how, (picker,), buttons


_EDITORS: dict[Setting, Callable[[Policy, ChannelTypeOf], _Editor]] = {
    Setting.ROLES: _roles,
    Setting.MEMBERS: _members,
    Setting.CHANNELS: _channels,
    Setting.RESULTS: _results,
    Setting.PRIVATE: _private,
    Setting.ORDER: _order,
    Setting.WARNINGS: _warnings,
    Setting.DIGEST: _digest,
    Setting.LANGUAGE: _languages,
}


def _message_picker(
    purpose: PickerPurpose, placeholder: str, chosen: int | None, kind_of: ChannelTypeOf
) -> Picker:
    """A select of one channel or thread that takes messages."""
    known = still_there([chosen] if chosen else [], MESSAGEABLE, kind_of)
    return _picker(purpose, placeholder, PickerSource.MESSAGES, default_ids=known)


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


def still_there(
    ids: Iterable[int], kinds: Collection[ChannelType], kind_of: ChannelTypeOf
) -> tuple[int, ...]:
    """The channels that still exist and are of these kinds: Discord accepts no others as default values of a select."""
    return tuple(sorted(channel_id for channel_id in ids if kind_of(channel_id) in kinds))
