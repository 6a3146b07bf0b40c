"""Permissions as Discord computes them: from roles, then from the channel's overwrites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Literal


class Permission(IntFlag):
    """The permissions that this stand-in and its tests use, by their bits."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


ALL_PERMISSIONS = Permission((1 << 53) - 1)
NO_PERMISSIONS = Permission(0)

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
"""The permissions of both users of a direct message."""

MEMBER_DEFAULT = (
    DIRECT_MESSAGE
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.USE_EXTERNAL_APPS
)
"""The permissions of @everyone in a new server."""

_READ_ONLY = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
_IMPLIED_BY_SENDING = (
    Permission.SEND_TTS_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.MENTION_EVERYONE
)


@dataclass(slots=True)
class Overwrite:
    """The permissions that one channel allows and denies to one role or member."""

    target_id: int
    kind: Literal["role", "member"]
    allow: Permission = NO_PERMISSIONS
    deny: Permission = NO_PERMISSIONS

    def change(self, *, allow: Permission = NO_PERMISSIONS, deny: Permission = NO_PERMISSIONS) -> None:
        """Allow and deny more permissions; each is moved from the other set."""
        self.allow = (self.allow | allow) & ~deny
        self.deny = (self.deny | deny) & ~allow

    def clear(self, permissions: Permission) -> None:
        """Neither allow nor deny these permissions any more."""
        self.allow &= ~permissions
        self.deny &= ~permissions


def base_permissions(everyone: Permission, roles: Iterable[Permission], *, is_owner: bool) -> Permission:
    """A member's permissions in the guild, before channel overwrites."""
    if is_owner:
        return ALL_PERMISSIONS
    total = everyone
    for role in roles:
        total |= role
    return ALL_PERMISSIONS if total & Permission.ADMINISTRATOR else total


def channel_permissions(
    base: Permission,
    overwrites: Mapping[int, Overwrite],
    *,
    everyone_id: int,
    role_ids: Iterable[int],
    member_id: int,
) -> Permission:
    """A member's permissions in a channel: `base`, then the overwrites of @everyone, of all roles, and of the member."""
    # Administrators bypass every overwrite.
    if base & Permission.ADMINISTRATOR:
        return ALL_PERMISSIONS
    # In this order (documentation: Permissions, "Permission Overwrites"): each step outweighs the ones before it.
    allowed = _apply(base, [overwrites[everyone_id]] if everyone_id in overwrites else [])
    allowed = _apply(allowed, [overwrites[r] for r in role_ids if r != everyone_id and r in overwrites])
    return _apply(allowed, [overwrites[member_id]] if member_id in overwrites else [])


def _apply(allowed: Permission, overwrites: list[Overwrite]) -> Permission:
    allow = deny = NO_PERMISSIONS
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    # What one role allows outweighs what another one denies.
    return (allowed & ~deny) | allow


def effective(permissions: Permission, *, in_thread: bool, read_only: bool) -> Permission:
    """Remove the permissions that others imply, and those of a member who may only read.

    Without VIEW_CHANNEL there are none; without the permission to send, none for the content of messages.
    """
    # Neither a time-out nor a denial affects administrators.
    if permissions & Permission.ADMINISTRATOR:
        return permissions
    # Before the implied permissions: who may only read may not send, and so on.
    if read_only:
        permissions &= _READ_ONLY
    # "Implicit permissions" in the documentation: without this one, all others are without effect.
    if not permissions & Permission.VIEW_CHANNEL:
        return NO_PERMISSIONS
    sending = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
    return permissions if permissions & sending else permissions & ~_IMPLIED_BY_SENDING
