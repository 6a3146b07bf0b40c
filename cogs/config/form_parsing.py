"""From what was pressed, picked or written on the panel to the policy that it asks for."""

from collections.abc import Iterable, Mapping

from bot.domain.policy.edits import (
    Scope,
    with_channels,
    with_fields,
    with_limit,
    with_role,
    with_windows,
    with_words,
)
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import ChannelMode, Channels, Policy, PrivateRule, RoleKind, RoleRule
from bot.errors import ControlUnknown
from bot.interactions.components import parse_id
from bot.replies.config.forms import WINDOW_SCOPES, FormField, Setting
from bot.replies.config.pickers import EVERYWHERE, WHERE_ASKED, PickerPurpose

SELECTED_LOG_NAMES = {
    PickerPurpose.ALLOWED: "channels by the panel",
    PickerPurpose.DENIED: "channels by the panel",
    PickerPurpose.RESULTS: "results by the panel",
    PickerPurpose.MUSIC: "private by the panel",
}
"""What is picked by the panel at once, as the log names it."""


def with_form(policy: Policy, part: Setting, texts: Mapping[str, str]) -> Policy:
    """The policy as a form wants it.

    Raises:
        PolicyInvalid: with what cannot be read.
        ControlUnknown: there is no such form.
    """
    text = {field: texts.get(field.value, "").strip() for field in FormField}
    if part is Setting.WORDS:
        return with_words(
            with_fields(policy, words=()), add=filter(str.strip, text[FormField.WORDS].splitlines())
        )
    if part is Setting.RETENTION:
        return with_fields(policy, retention_days=_days(text[FormField.DAYS]))
    if part not in WINDOW_SCOPES:
        raise ControlUnknown(part.value)
    wanted = with_windows(policy, WINDOW_SCOPES[part], text[FormField.WINDOWS])
    if part is Setting.MEMBER:
        wanted = with_limit(wanted, Scope.COOLDOWN, songs=None, per=text[FormField.COOLDOWN] or "none")
        return with_limit(wanted, Scope.MEMBER_AT_ONCE, songs=text[FormField.AT_ONCE] or "none", per=None)
    if part is Setting.SERVER:
        return with_limit(wanted, Scope.SERVER_AT_ONCE, songs=text[FormField.AT_ONCE] or "none", per=None)
    return wanted


def with_role_form(policy: Policy, role_id: int, texts: Mapping[str, str]) -> Policy:
    """The policy with a role's own number of songs. Raises PolicyInvalid."""
    windows = with_windows(Policy(), Scope.MEMBER, texts.get(FormField.WINDOWS.value, "")).member
    if len(windows) != 1:
        raise PolicyInvalid("a role has one number of songs in one span of time, such as `20 per 24 hours`")
    return with_role(policy, role_id, RoleRule(kind=RoleKind.LIMITED, window=windows[0]))


def with_value(policy: Policy, part: Setting, value: str) -> Policy:
    """The policy as a button wants it.

    Raises:
        ControlUnknown: this bot has made no such button.
    """
    if part is Setting.ORDER and value in ("turns", "first"):
        return with_fields(policy, first_come=value == "first")
    if part is Setting.PRIVATE and value in set(PrivateRule):
        return with_fields(policy, private=PrivateRule(value), music_channel_ids=frozenset[int]())
    if part is Setting.CHANNELS and value == EVERYWHERE:
        return with_channels(policy, None)
    if part is Setting.RESULTS and value == WHERE_ASKED:
        return with_fields(policy, results_channel_id=None)
    role_id, _, kind = value.partition(":")
    if part is Setting.ROLES and kind in ("none", RoleKind.UNLIMITED, RoleKind.BLOCKED):
        rule = None if kind == "none" else RoleRule(kind=RoleKind(kind))
        return with_role(policy, parse_id(role_id), rule)
    raise ControlUnknown(value)


def with_selected(policy: Policy, picking: PickerPurpose, ids: Iterable[int]) -> Policy:
    """The policy with the channels that were picked, in place of those before. Raises PolicyInvalid."""
    wanted = frozenset(ids)
    match picking:
        case PickerPurpose.ALLOWED:
            return with_channels(policy, Channels(mode=ChannelMode.ALLOW, ids=wanted))
        case PickerPurpose.DENIED:
            return with_channels(policy, Channels(mode=ChannelMode.DENY, ids=wanted))
        case PickerPurpose.MUSIC:
            return with_fields(policy, private=PrivateRule.FORCE, music_channel_ids=wanted)
        case PickerPurpose.RESULTS:
            return with_fields(policy, results_channel_id=min(wanted))
        case _:
            raise ControlUnknown(picking.value)


def setting_of(name: str) -> Setting:
    """A part of the panel, by its name in a custom ID. Raises ControlUnknown."""
    if name not in set(Setting):
        raise ControlUnknown(name)
    return Setting(name)


def purpose_of(name: str) -> PickerPurpose:
    """What a list is for, by its name in a custom ID. Raises ControlUnknown."""
    if name not in set(PickerPurpose):
        raise ControlUnknown(name)
    return PickerPurpose(name)


def log_name(part: Setting) -> str:
    """What a change by the panel is called in the log."""
    return f"{part.value} by the panel"


def _days(text: str) -> int | None:
    if not text or text.casefold() == "none":
        return None
    if not (text.isascii() and text.isdigit()):
        raise PolicyInvalid(f'"{text[:20]}" is no number of days')
    return int(text)
