"""Who may do what where: roles, then the channel's overwrites, as Discord computes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Literal


class Permission(IntFlag):
    """The permissions that mean something to this stand-in, by their bits."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


EVERYTHING = Permission((1 << 53) - 1)
NOTHING = Permission(0)

DIRECT_MESSAGE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)
"""What both sides of a direct message may do."""

MEMBER_DEFAULT = (
    DIRECT_MESSAGE
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
)
"""What @everyone may do in a new server."""

_TIMED_OUT = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
_IMPLIED_BY_SENDING = (
    Permission.SEND_TTS_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.MENTION_EVERYONE
)


@dataclass(slots=True)
class Overwrite:
    """What one channel allows and denies to one role or member."""

    target_id: int
    kind: Literal["role", "member"]
    allow: Permission = NOTHING
    deny: Permission = NOTHING

    def change(self, *, allow: Permission = NOTHING, deny: Permission = NOTHING) -> None:
        """Allow and deny more; what is allowed is no longer denied and the other way round."""
        self.allow = (self.allow | allow) & ~deny
        self.deny = (self.deny | deny) & ~allow

    def clear(self, permissions: Permission) -> None:
        """Say nothing about these permissions any more."""
        self.allow &= ~permissions
        self.deny &= ~permissions


def base_permissions(everyone: Permission, roles: Iterable[Permission], *, is_owner: bool) -> Permission:
    """What a member may do in the guild as a whole."""
    if is_owner:
        return EVERYTHING
    total = everyone
    for role in roles:
        total |= role
    return EVERYTHING if total & Permission.ADMINISTRATOR else total


def channel_permissions(
    base: Permission,
    overwrites: Mapping[int, Overwrite],
    *,
    everyone_id: int,
    role_ids: Iterable[int],
    member_id: int,
) -> Permission:
    """What a member with `base` may do in a channel: overwrites of @everyone, then all roles', then their own."""
    if base & Permission.ADMINISTRATOR:
        return EVERYTHING
    allowed = _apply(base, [overwrites[everyone_id]] if everyone_id in overwrites else [])
    allowed = _apply(allowed, [overwrites[r] for r in role_ids if r != everyone_id and r in overwrites])
    return _apply(allowed, [overwrites[member_id]] if member_id in overwrites else [])


def _apply(allowed: Permission, overwrites: list[Overwrite]) -> Permission:
    allow = deny = NOTHING
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    return (allowed & ~deny) | allow


def effective(permissions: Permission, *, in_thread: bool, timed_out: bool) -> Permission:
    """What is left after the permissions that imply others are missing.

    Without VIEW_CHANNEL nothing is possible; without the right to send nothing that a message could carry.
    """
    if permissions & Permission.ADMINISTRATOR:
        return permissions
    if timed_out:
        permissions &= _TIMED_OUT
    if not permissions & Permission.VIEW_CHANNEL:
        return NOTHING
    sending = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
    return permissions if permissions & sending else permissions & ~_IMPLIED_BY_SENDING
