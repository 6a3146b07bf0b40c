"""Resolves the users, roles and channels that options and selects refer to, as Discord does in `resolved`."""

from collections.abc import Collection

from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.world import payloads
from sandbox.discord.world.model import Channel, Guild, Role, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import WorldState

Reference = str | int | User | Role | Channel
"""A text or number as it was typed or chosen, or the object whose ID is meant."""


def id_or_value(value: object) -> object:
    """The ID of an object as Discord writes it; any other value as it is."""
    return str(value.id) if isinstance(value, User | Role | Channel) else value


def resolve(
    world: WorldState,
    guild: Guild | None,
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
    found = "user" in kinds and _user(world, guild, number, resolved)
    if not found and "role" in kinds and guild is not None and number in guild.roles:
        resolved.setdefault("roles", {})[str(number)] = payloads.role(guild.roles[number])
        found = True
    if not found and "channel" in kinds and guild is not None:
        found = _channel(world, guild, number, resolved, channel_types)
    return str(number) if found else None


def _user(world: WorldState, guild: Guild | None, number: int, resolved: dict[str, Json]) -> bool:
    person = world.users.get(number)
    if person is None:
        return False
    resolved.setdefault("users", {})[str(number)] = payloads.user(person)
    if guild is not None and (member := guild.members.get(number)) is not None:
        permissions = str(int(world.base_permissions(person, guild)))
        resolved.setdefault("members", {})[str(number)] = payloads.member(member) | {
            "permissions": permissions
        }
    return True


def _channel(
    world: WorldState, guild: Guild, number: int, resolved: dict[str, Json], types: Collection[int]
) -> bool:
    channel = world.channels.get(number)
    if channel is None or channel.guild_id != guild.id or (types and channel.type not in types):
        return False
    permissions = world.permissions(world.bot, channel) or Permission(0)
    payload = payloads.channel(world, channel) | {"permissions": str(int(permissions))}
    resolved.setdefault("channels", {})[str(channel.id)] = payload
    return True
