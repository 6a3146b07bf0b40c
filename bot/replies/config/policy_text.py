"""The settings of a server as text: each setting, and the differences between two versions."""

from collections.abc import Callable, Iterable

from bot.discord_io.channel_types import ChannelTypeOf
from bot.discord_io.text_length import clamp
from bot.domain.policy.model import (
    ADMIN_RULES,
    ChannelMode,
    Measure,
    Policy,
    PrivateRule,
    RoleRule,
    Rule,
    Whose,
    Window,
)
from bot.replies import channels, formatting, limits
from bot.replies.locales import N_, _, language_name
from bot.replies.text import code, plain

NOT_SET = N_("no limit")
MAX_NAMED = 15
MAX_WORD_UNITS = 40
MAX_SIDE_UNITS = 380

_PRIVATE = {
    PrivateRule.ALLOW: N_("allowed"),
    PrivateRule.FORBID: N_("forbidden"),
    PrivateRule.FORCE: N_("required for every song"),
}


def describe(policy: Policy, kind_of: ChannelTypeOf) -> dict[str, str]:
    """The text of each setting by its English name, in display order."""
    return {name: text_of(policy, kind_of) for name, text_of in _DESCRIPTIONS.items()}


def differences(before: Policy, after: Policy, kind_of: ChannelTypeOf) -> str:
    """Each changed setting on a line: `**Each member**: no limit → 5 songs per hour`."""
    old, new = describe(before, kind_of), describe(after, kind_of)
    lines = [
        _difference(name, _clamped(old[name]), new[name])
        for name in _DESCRIPTIONS
        if old[name] != new[name] and _DESCRIPTIONS[name] is not _members
    ]
    return "\n".join([*lines, *_member_differences(before, after), *_word_differences(before, after)])


def role_rule(rule: RoleRule, zone: str | None) -> str:
    """The rule of a role: `no member limits`, `no songs`, `5 songs per hour instead of …`; days are those of `zone`."""
    if rule.window is None:
        return _("no member limits") if rule.kind == "unlimited" else _("no songs")
    return _("{limit} instead of the limit for each member", limit=_songs(rule.window, zone))


def _songs(window: Window, zone: str | None) -> str:
    return formatting.plural(
        window.songs,
        "{n} song per {window}",
        "{n} songs per {window}",
        window=limits.window(window.window_s, zone=zone),
    )


def _limits(whose: Whose) -> Callable[[Policy, ChannelTypeOf], str]:
    rules = [rule for rule in ADMIN_RULES.values() if rule.whose is whose]

    def describe_limits(policy: Policy, _kind_of: ChannelTypeOf) -> str:
        return formatting.listed(text for rule in rules for text in _limit(rule, policy)) or _(NOT_SET)

    return describe_limits


def _limit(rule: Rule, policy: Policy) -> Iterable[str]:
    value = policy.limit(rule)
    if value is None:
        return ()
    if isinstance(value, tuple):
        return [_songs(window, policy.timezone) for window in value]
    if rule.measure is Measure.INTERVAL:
        return (_("{time} between songs", time=formatting.wait(value)),)
    return (_("{n} at a time", n=value),)


def _roles(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    rules = [
        formatting.labelled(f"<@&{role_id}>", role_rule(rule, policy.timezone))
        for role_id, rule in sorted(policy.roles.items())
    ]
    return _first_few(rules, "; ") or _("no role overrides")


def _channels(policy: Policy, kind_of: ChannelTypeOf) -> str:
    if policy.channels is None:
        return _("songs in all channels")
    named = _named(policy.channels.ids, kind_of)
    return (
        _("only in {channels}", channels=named)
        if policy.channels.mode is ChannelMode.ALLOW
        else _("everywhere except {channels}", channels=named)
    )


def _results(policy: Policy, kind_of: ChannelTypeOf) -> str:
    if policy.results_channel_id is None:
        return _("posted where they were requested")
    return channels.results(policy.results_channel_id, kind_of)


def _words(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    if not policy.words:
        return _("none")
    return formatting.plural(len(policy.words), "{n} word or phrase", "{n} words or phrases")


def _members(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    return _first_few(_mentions(policy.blocked_member_ids), ", ") or _("none")


def _private(policy: Policy, kind_of: ChannelTypeOf) -> str:
    if policy.private is not PrivateRule.FORCE:
        return _(_PRIVATE[policy.private])
    if not policy.music_channel_ids:
        return _(_PRIVATE[policy.private])
    return _("required everywhere except {channels}", channels=_named(policy.music_channel_ids, kind_of))


def _retention(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    if policy.retention_days is None:
        return _("kept until somebody erases them")
    return formatting.plural(policy.retention_days, "kept for {n} day", "kept for {n} days")


def _order(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    return _("first come, first served") if policy.first_come else _("members take turns")


def _language(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    return _("automatic") if policy.language is None else language_name(policy.language)


def _warnings(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    if policy.warnings_channel_id is None:
        return _("off")
    return _("at 80% and 100% in {channel}", channel=formatting.channel_mention(policy.warnings_channel_id))


def _digest(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    if policy.digest_channel_id is None:
        return _("off")
    return _("on Mondays in {channel}", channel=formatting.channel_mention(policy.digest_channel_id))


def _timezone(policy: Policy, _kind_of: ChannelTypeOf) -> str:
    if policy.timezone is None:
        return _("a day is the last 24 hours")
    return _("a day ends at midnight in {zone}", zone=policy.timezone)


_DESCRIPTIONS: dict[str, Callable[[Policy, ChannelTypeOf], str]] = {
    N_("Each member"): _limits(Whose.MEMBER),
    N_("Each channel"): _limits(Whose.CHANNEL),
    N_("Whole server"): _limits(Whose.SERVER),
    N_("Roles"): _roles,
    N_("Blocked members"): _members,
    N_("Channels"): _channels,
    N_("Finished songs"): _results,
    N_("Blocked words"): _words,
    N_("Private drafts"): _private,
    N_("Prompts and results"): _retention,
    N_("Queue order"): _order,
    N_("Time zone"): _timezone,
    N_("Usage warnings"): _warnings,
    N_("Weekly digest"): _digest,
    N_("Language"): _language,
}


def _difference(name: str, old: str, new: str) -> str:
    return formatting.labelled(f"**{_(name)}**", f"{old} → {_clamped(new)}")


def _member_differences(before: Policy, after: Policy) -> list[str]:
    """The members themselves, because the setting's text names only some."""
    old, new = before.blocked_member_ids, after.blocked_member_ids
    return _entries({_("Blocked members"): _mentions(new - old), _("Allowed again"): _mentions(old - new)})


def _word_differences(before: Policy, after: Policy) -> list[str]:
    """The blocked words themselves, because the setting's text only counts them."""
    added = [word_shown(word) for word in after.words if word not in before.words]
    removed = [word_shown(word) for word in before.words if word not in after.words]
    return _entries({_("Blocked"): added, _("Unblocked"): removed})


def _entries(lists: dict[str, list[str]]) -> list[str]:
    return [
        formatting.labelled(f"**{name}**", _clamped(_first_few(items, ", ")))
        for name, items in lists.items()
        if items
    ]


def _mentions(user_ids: Iterable[int]) -> list[str]:
    return list(map(formatting.user_mention, sorted(user_ids)))


def word_shown(word: str) -> str:
    """A blocked word as inline code."""
    return code(clamp(plain(word), MAX_WORD_UNITS))


def _named(channel_ids: Iterable[int], kind_of: ChannelTypeOf) -> str:
    return _first_few(channels.listed(channel_ids, kind_of), ", ")


def _first_few(items: list[str], separator: str) -> str:
    """The first items, and the number of the others."""
    more = len(items) - MAX_NAMED
    shown = separator.join(items[:MAX_NAMED])
    return _("{list} and {count} more", list=shown, count=more) if more > 0 else shown


def _clamped(text: str) -> str:
    return clamp(text, MAX_SIDE_UNITS)
