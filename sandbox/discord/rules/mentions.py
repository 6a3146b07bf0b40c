"""Mentions: what a message mentions, and whom it pings under `allowed_mentions`."""

import re
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json
from sandbox.discord.rules import fields
from sandbox.discord.rules.errors import FieldErrors
from sandbox.discord.world.model import Channel, Message, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import WorldState

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_KINDS = ("users", "roles", "everyone")


@dataclass(frozen=True, slots=True)
class AllowedMentions:
    """What a message may ping. `users` and `roles` are None for "all of them"."""

    users: frozenset[int] | None = None
    roles: frozenset[int] | None = None
    everyone: bool = True
    replied_user: bool = True


@dataclass(slots=True)
class Mentions:
    """What a message mentions (`user_ids`, `role_ids`, `everyone`), and the users that are pinged."""

    user_ids: list[int] = field(default_factory=list[int])
    role_ids: list[int] = field(default_factory=list[int])
    everyone: bool = False
    pinged_user_ids: list[int] = field(default_factory=list[int])


def check(errors: FieldErrors, value: object) -> AllowedMentions:
    """Check `allowed_mentions`; without it every mention pings."""
    if (raw := fields.json_object(errors, value)) is None:
        return AllowedMentions()
    parse = fields.array(errors.at("parse"), raw.get("parse"), high=3)
    for index, kind in enumerate(parse):
        if kind not in _KINDS:
            errors.at("parse", index).not_one_of(kind, _KINDS)
    return AllowedMentions(
        users=_ids(errors, raw, "users", parse_all="users" in parse),
        roles=_ids(errors, raw, "roles", parse_all="roles" in parse),
        everyone="everyone" in parse,
        replied_user=fields.boolean(errors.at("replied_user"), raw.get("replied_user")),
    )


def _ids(errors: FieldErrors, raw: Json, key: str, *, parse_all: bool) -> frozenset[int] | None:
    values = fields.array(errors.at(key), raw.get(key), high=100)
    fields.unique(errors.at(key), values)
    ids = {fields.object_id(errors.at(key, index), value) for index, value in enumerate(values)}
    if parse_all and values:
        errors.add(
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
        )
    return None if parse_all else frozenset(i for i in ids if i is not None)


def resolve(
    world: WorldState,
    channel: Channel,
    author: User,
    content: str,
    allowed: AllowedMentions,
    replied_to: Message | None,
) -> Mentions:
    """The mentions in a message of `author` in a channel."""
    found = Mentions()
    # This permission also makes roles mentionable that are not.
    may_all = world.can(author, channel, Permission.MENTION_EVERYONE)
    found.user_ids = [
        u
        for u in _in_order(_USER, content)
        if u in world.users and (allowed.users is None or u in allowed.users)
    ]
    if replied_to is not None and allowed.replied_user and replied_to.author_id not in found.user_ids:
        found.user_ids.append(replied_to.author_id)
    guild = world.guild_of(channel)
    if guild is not None:
        found.role_ids = [
            r
            for r in _in_order(_ROLE, content)
            if r in guild.roles
            and (allowed.roles is None or r in allowed.roles)
            and (may_all or guild.roles[r].mentionable)
        ]
    found.everyone = allowed.everyone and may_all and bool(_EVERYONE.search(content))
    found.pinged_user_ids = _pinged(world, channel, author, found)
    return found


def _in_order(pattern: re.Pattern[str], content: str) -> list[int]:
    return list(dict.fromkeys(int(number) for number in pattern.findall(content)))


def _pinged(world: WorldState, channel: Channel, author: User, found: Mentions) -> list[int]:
    guild = world.guild_of(channel)
    ids = list(found.user_ids)
    ids.extend(
        member.user_id
        for member in (guild.members.values() if guild else ())
        if found.everyone or any(role in found.role_ids for role in member.role_ids)
    )
    # Nobody is notified of a channel that they cannot see.
    visible = (u for u in dict.fromkeys(ids) if world.can(world.users[u], channel, Permission.VIEW_CHANNEL))
    return [u for u in visible if u != author.id]
