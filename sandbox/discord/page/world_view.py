"""The part of the world that one user sees, as JSON for the demo page."""

from sandbox.discord.json_types import Json
from sandbox.discord.world.model import DEFAULT_LOCALE, LOCALES, Channel, ChannelType, Guild, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World


def world_view(world: World, user: User, *, online: bool, locales: set[str]) -> Json:
    """The bot, all users, the languages to choose from, and the servers and channels that `user` sees."""
    dm = world.dm_with(user)
    return {
        "bot": _user(world.bot) | {"online": online},
        "locales": [locale for locale in LOCALES if locale == DEFAULT_LOCALE or locale in locales],
        "users": [_user(person) for person in world.users.values() if not person.bot],
        "guilds": [_guild(world, user, guild) for guild in world.guilds.values() if user.id in guild.members],
        "groups": [_group(channel) for channel in world.groups_of(user)],
        "dm": {"channel_id": str(dm.id), "bot_can_write": world.takes_dms(user)} if dm else None,
    }


def _user(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "colour": user.colour,
        "locale": user.locale,
        "has_app": user.has_app,
    }


def _guild(world: World, user: User, guild: Guild) -> Json:
    visible = [c for c in world.channels_of(guild) if world.can(user, c, Permission.VIEW_CHANNEL)]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "has_bot": world.bot.id in guild.members,
        "can_manage": bool(world.base_permissions(user, guild) & Permission.MANAGE_GUILD),
        "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles.values()],
        "members": [
            {"id": str(member.user_id), "role_ids": [str(role_id) for role_id in member.role_ids]}
            for member in guild.members.values()
        ],
        "channels": [_channel(world, user, c) for c in visible if c.type is not ChannelType.CATEGORY],
    }


def _group(channel: Channel) -> Json:
    """A group DM, in which there are no bots."""
    return {
        "id": str(channel.id),
        "name": channel.name,
        "member_ids": [str(user_id) for user_id in channel.group_ids],
    }


def _channel(world: World, user: User, channel: Channel) -> Json:
    return {
        "id": str(channel.id),
        "name": channel.name,
        "type": int(channel.type),
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "can_write": world.can_write(user, channel),
        "bot_can_see": world.can(world.bot, channel, Permission.VIEW_CHANNEL),
        "bot_can_write": world.can_write(world.bot, channel),
    }
