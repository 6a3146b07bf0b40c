"""Turns values of the panel's components and forms into changed policies. Clients can forge them: all are validated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.policy.edits import (
    by_the_day,
    means_no_limit,
    with_channels,
    with_fields,
    with_limit,
    with_role,
    with_timezone,
    with_windows,
    with_words,
)
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import (
    ChannelMode,
    Channels,
    Measure,
    Policy,
    PrivateRule,
    RoleKind,
    RoleRule,
    Rule,
)
from bot.domain.policy.spans import InEnglish
from bot.errors import ControlUnknown
from bot.interactions.components import parse_id
from bot.replies.config.forms import MEASURE_FIELDS, FormField, Setting, rules_of
from bot.replies.config.pickers import AUTOMATIC, EVERYWHERE, OFF, WHERE_ASKED, PickerPurpose
from bot.replies.config.setup_form import SetupField
from bot.replies.locales import languages

SELECTED_LOG_NAMES = {
    PickerPurpose.ALLOWED: f"panel:{Setting.CHANNELS}",
    PickerPurpose.DENIED: f"panel:{Setting.CHANNELS}",
    PickerPurpose.RESULTS: f"panel:{Setting.RESULTS}",
    PickerPurpose.MUSIC: f"panel:{Setting.PRIVATE}",
    PickerPurpose.WARNINGS: f"panel:{Setting.WARNINGS}",
    PickerPurpose.DIGEST: f"panel:{Setting.DIGEST}",
}
"""Names in the log for changes by a select of channels."""


_CHANNEL_FIELDS = {
    PickerPurpose.RESULTS: "results_channel_id",
    PickerPurpose.WARNINGS: "warnings_channel_id",
    PickerPurpose.DIGEST: "digest_channel_id",
}
_REMOVALS = {
    (Setting.RESULTS, WHERE_ASKED): "results_channel_id",
    (Setting.WARNINGS, OFF): "warnings_channel_id",
    (Setting.DIGEST, OFF): "digest_channel_id",
}
"""The fields that hold one channel: by the select that fills them, and by the button that empties them."""


def with_form(
    policy: Policy, setting: Setting, texts: Mapping[str, str], in_english: InEnglish = str
) -> Policy:
    """The policy with the values of a setting's form; `in_english` as for `with_limit`.

    Raises:
        PolicyInvalid: a value cannot be parsed or is not allowed.
        ControlUnknown: the setting has no form.
    """
    text = {field: texts.get(field.value, "").strip() for field in FormField}
    if setting is Setting.WORDS:
        # The form contains all words, so its text replaces the list.
        return with_words(
            with_fields(policy, words=()), add=filter(str.strip, text[FormField.WORDS].splitlines())
        )
    if setting is Setting.RETENTION:
        return with_fields(policy, retention_days=_days(text[FormField.DAYS], in_english))
    if setting is Setting.TIMEZONE:
        return with_timezone(policy, text[FormField.ZONE] or None)
    rules = rules_of(setting)
    if not rules:
        raise ControlUnknown(setting.value)
    for rule in rules:
        value = text[MEASURE_FIELDS[rule.measure]]
        if rule.measure is Measure.WINDOWS:
            policy = with_windows(policy, rule, value, in_english)
        elif rule.measure is Measure.INTERVAL:
            policy = with_limit(policy, rule, songs=None, per=value or "none", in_english=in_english)
        else:
            policy = with_limit(policy, rule, songs=value or "none", per=None, in_english=in_english)
    return policy


def with_role_form(
    policy: Policy, role_id: int, texts: Mapping[str, str], in_english: InEnglish = str
) -> Policy:
    """The policy with a role's own limit. Raises PolicyInvalid."""
    # Parsed into a policy of its own: roles have the same windows as members.
    windows = with_windows(Policy(), Rule.MEMBER, texts.get(FormField.WINDOWS.value, ""), in_english).member
    if len(windows) != 1:
        raise PolicyInvalid(Fault(FaultKind.ROLE_ONE_LIMIT))
    return with_role(policy, role_id, RoleRule(kind=RoleKind.LIMITED, window=windows[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupEntries:
    """What the setup form contains: typed limits, chosen IDs, and what it had shown, which an emptied field removes.

    `shown` has the names of fields that were not empty.
    """

    member: str
    role_id: int | None
    role_songs: str
    channel_ids: frozenset[int]
    results_id: int | None
    shown_role_id: int | None
    shown: frozenset[str]


def with_setup(policy: Policy, entries: SetupEntries, in_english: InEnglish = str) -> Policy:
    """The policy with the values of the setup form. Raises PolicyInvalid."""
    policy = with_windows(policy, Rule.MEMBER, by_the_day(entries.member), in_english)
    policy = _with_setup_role(policy, entries, in_english)
    if entries.channel_ids:
        policy = with_channels(policy, Channels(mode=ChannelMode.ALLOW, ids=entries.channel_ids))
    elif SetupField.CHANNELS.value in entries.shown:
        policy = with_channels(policy, None)
    if entries.results_id is not None or SetupField.RESULTS.value in entries.shown:
        policy = with_fields(policy, results_channel_id=entries.results_id)
    return policy


def _with_setup_role(policy: Policy, entries: SetupEntries, in_english: InEnglish) -> Policy:
    if entries.shown_role_id is not None and entries.shown_role_id != entries.role_id:
        policy = with_role(policy, entries.shown_role_id, None)
    songs = by_the_day(entries.role_songs)
    if entries.role_id is None:
        if songs and entries.shown_role_id is None:
            raise PolicyInvalid(Fault(FaultKind.ROLE_NOT_CHOSEN))
        return policy
    if not songs or means_no_limit(songs, in_english):
        return with_role(policy, entries.role_id, RoleRule(kind=RoleKind.UNLIMITED))
    return with_role_form(policy, entries.role_id, {FormField.WINDOWS.value: songs}, in_english)


def with_value(policy: Policy, setting: Setting, value: str) -> Policy:
    """The policy with the value of a button.

    Raises:
        ControlUnknown: the bot has no such button.
    """
    if setting is Setting.ORDER and value in ("turns", "first"):
        return with_fields(policy, first_come=value == "first")
    if setting is Setting.LANGUAGE and value in (AUTOMATIC, *languages()):
        return with_fields(policy, language=None if value == AUTOMATIC else value)
    if setting is Setting.PRIVATE and value in set(PrivateRule):
        return with_fields(policy, private=PrivateRule(value), music_channel_ids=frozenset[int]())
    if setting is Setting.CHANNELS and value == EVERYWHERE:
        return with_channels(policy, None)
    if field := _REMOVALS.get((setting, value)):
        return with_fields(policy, **{field: None})
    role_id, _, kind = value.partition(":")
    if setting is Setting.ROLES and kind in ("none", RoleKind.UNLIMITED, RoleKind.BLOCKED):
        rule = None if kind == "none" else RoleRule(kind=RoleKind(kind))
        return with_role(policy, parse_id(role_id), rule)
    raise ControlUnknown(value)


def with_selected(policy: Policy, purpose: PickerPurpose, ids: Iterable[int]) -> Policy:
    """The policy with the selected channels in place of the previous ones. Raises PolicyInvalid."""
    wanted = frozenset(ids)
    match purpose:
        case PickerPurpose.ALLOWED:
            return with_channels(policy, Channels(mode=ChannelMode.ALLOW, ids=wanted))
        case PickerPurpose.DENIED:
            return with_channels(policy, Channels(mode=ChannelMode.DENY, ids=wanted))
        case PickerPurpose.MUSIC:
            return with_fields(policy, private=PrivateRule.FORCE, music_channel_ids=wanted)
        case PickerPurpose.ROLE:
            raise ControlUnknown(purpose.value)
        case _:
            return with_fields(policy, **{_CHANNEL_FIELDS[purpose]: min(wanted)})


def setting_of(name: str) -> Setting:
    """The setting of this name in a custom ID. Raises ControlUnknown."""
    if name not in set(Setting):
        raise ControlUnknown(name)
    return Setting(name)


def purpose_of(name: str) -> PickerPurpose:
    """The purpose of this name in a custom ID. Raises ControlUnknown."""
    if name not in set(PickerPurpose):
        raise ControlUnknown(name)
    return PickerPurpose(name)


def log_name(setting: Setting) -> str:
    """The name in the log of a change from the panel."""
    return f"panel:{setting.value}"


def _days(text: str, in_english: InEnglish) -> int | None:
    if not text or means_no_limit(text, in_english):
        return None
    if not (text.isascii() and text.isdigit()):
        raise PolicyInvalid(Fault(FaultKind.DAYS_UNREADABLE, value=text[:20]))
    return int(text)
