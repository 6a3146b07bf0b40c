"""Resolves the users, roles and channels that options and selects refer to, as Discord does in `resolved`."""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.world import payloads
from sandbox.discord.world.model import Channel, Guild, Role, User
from sandbox.discord.world.state import WorldState

Reference = str | int | User | Role | Channel
"""A text or number as it was typed or chosen, or the object whose ID is meant."""


def id_or_value(value: object) -> object:
    """The ID of an object as Discord writes it; any other value as it is."""
    return str(value.id) if isinstance(value, User | Role | Channel) else value


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who refers to objects, and in which guild (None: in direct messages)."""

    world: WorldState
    guild: Guild | None
    person: User


def resolve(
    by: Chooser,
    value: object,
    kinds: Collection[str],
    resolved: dict[str, Json],
    *,
    channel_types: Collection[int] = (),
) -> str | None:
    """The ID of the user, role or channel that `value` refers to, added to `resolved`; None where there is none.

    `kinds` says which of "user", "role" and "channel" are looked for, in this order.
    """
    number = snowflake(id_or_value(value)) or 0
    found = "user" in kinds and _user(by, number, resolved)
    if not found and "role" in kinds and by.guild is not None and number in by.guild.roles:
        resolved.setdefault("roles", {})[str(number)] = payloads.role(by.guild.roles[number])
        found = True
    if not found and "channel" in kinds and by.guild is not None:
        found = _channel(by, by.guild, number, resolved, channel_types)
    return str(number) if found else None


def _user(by: Chooser, number: int, resolved: dict[str, Json]) -> bool:
    person = by.world.users.get(number)
    if person is None:
        return False
    resolved.setdefault("users", {})[str(number)] = payloads.user(person)
    if by.guild is not None and (member := by.guild.members.get(number)) is not None:
        whole = payloads.member(member) | {
            "permissions": str(int(by.world.base_permissions(person, by.guild)))
        }
        # A member in `resolved` lacks these (documentation: Resolved Data Structure).
        partial = {key: part for key, part in whole.items() if key not in ("deaf", "mute")}
        resolved.setdefault("members", {})[str(number)] = partial
    return True


def _channel(
    by: Chooser, guild: Guild, number: int, resolved: dict[str, Json], types: Collection[int]
) -> bool:
    channel = by.world.channels.get(number)
    if channel is None or channel.guild_id != guild.id or (types and channel.type not in types):
        return False
    payload = payloads.partial_channel(by.world, channel, by.person)
    resolved.setdefault("channels", {})[str(channel.id)] = payload
    return True
