"""From what was pressed, picked or written on the panel to the policy that it asks for."""

from collections.abc import Iterable, Mapping

from bot.domain.policy.edits import Scope, changed, limited, listed, with_channels, with_role, with_words
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.model import ChannelMode, Channels, Policy, PrivateRule, RoleKind, RoleRule
from bot.errors import ControlUnknown
from bot.interactions.components import number_of
from bot.replies.config.forms import SCOPES, Field, Part
from bot.replies.config.pickers import AS_ASKED, EVERYWHERE, Picking

PICKED = {
    Picking.ALLOWED: "channels by the panel",
    Picking.DENIED: "channels by the panel",
    Picking.RESULTS: "results by the panel",
    Picking.MUSIC: "private by the panel",
}
"""What is picked by the panel at once, as the log names it."""


def filled(policy: Policy, part: Part, texts: Mapping[str, str]) -> Policy:
    """The policy as a form wants it.

    Raises:
        PolicyInvalid: with what cannot be read.
        ControlUnknown: there is no such form.
    """
    text = {field: texts.get(field.value, "").strip() for field in Field}
    if part is Part.WORDS:
        return with_words(changed(policy, words=()), add=filter(str.strip, text[Field.WORDS].splitlines()))
    if part is Part.RETENTION:
        return changed(policy, retention_days=_days(text[Field.DAYS]))
    if part not in SCOPES:
        raise ControlUnknown(part.value)
    wanted = listed(policy, SCOPES[part], text[Field.WINDOWS])
    if part is Part.MEMBER:
        wanted = limited(wanted, Scope.COOLDOWN, songs=None, per=text[Field.COOLDOWN] or "none")
        return limited(wanted, Scope.MEMBER_AT_ONCE, songs=text[Field.AT_ONCE] or "none", per=None)
    if part is Part.SERVER:
        return limited(wanted, Scope.SERVER_AT_ONCE, songs=text[Field.AT_ONCE] or "none", per=None)
    return wanted


def role_filled(policy: Policy, role_id: int, texts: Mapping[str, str]) -> Policy:
    """The policy with a role's own number of songs. Raises PolicyInvalid."""
    windows = listed(Policy(), Scope.MEMBER, texts.get(Field.WINDOWS.value, "")).member
    if len(windows) != 1:
        raise PolicyInvalid("a role has one number of songs in one span of time, such as `20 per 24 hours`")
    return with_role(policy, role_id, RoleRule(kind=RoleKind.LIMITED, window=windows[0]))


def set_to(policy: Policy, part: Part, value: str) -> Policy:
    """The policy as a button wants it.

    Raises:
        ControlUnknown: this bot has made no such button.
    """
    if part is Part.ORDER and value in ("turns", "first"):
        return changed(policy, first_come=value == "first")
    if part is Part.PRIVATE and value in set(PrivateRule):
        return changed(policy, private=PrivateRule(value), music_channel_ids=frozenset[int]())
    if part is Part.CHANNELS and value == EVERYWHERE:
        return with_channels(policy, None)
    if part is Part.RESULTS and value == AS_ASKED:
        return changed(policy, results_channel_id=None)
    role_id, _, kind = value.partition(":")
    if part is Part.ROLES and kind in ("none", RoleKind.UNLIMITED, RoleKind.BLOCKED):
        rule = None if kind == "none" else RoleRule(kind=RoleKind(kind))
        return with_role(policy, number_of(role_id), rule)
    raise ControlUnknown(value)


def picked(policy: Policy, picking: Picking, ids: Iterable[int]) -> Policy:
    """The policy with the channels that were picked, in place of those before. Raises PolicyInvalid."""
    wanted = frozenset(ids)
    match picking:
        case Picking.ALLOWED:
            return with_channels(policy, Channels(mode=ChannelMode.ALLOW, ids=wanted))
        case Picking.DENIED:
            return with_channels(policy, Channels(mode=ChannelMode.DENY, ids=wanted))
        case Picking.MUSIC:
            return changed(policy, private=PrivateRule.FORCE, music_channel_ids=wanted)
        case Picking.RESULTS:
            return changed(policy, results_channel_id=min(wanted))
        case _:
            raise ControlUnknown(picking.value)


def part_of(name: str) -> Part:
    """A part of the panel, by its name in a custom ID. Raises ControlUnknown."""
    if name not in set(Part):
        raise ControlUnknown(name)
    return Part(name)


def picking_of(name: str) -> Picking:
    """What a list is for, by its name in a custom ID. Raises ControlUnknown."""
    if name not in set(Picking):
        raise ControlUnknown(name)
    return Picking(name)


def what(part: Part) -> str:
    """What a change by the panel is called in the log."""
    return f"{part.value} by the panel"


def _days(text: str) -> int | None:
    if not text or text.casefold() == "none":
        return None
    if not (text.isascii() and text.isdigit()):
        raise PolicyInvalid(f'"{text[:20]}" is no number of days')
    return int(text)
