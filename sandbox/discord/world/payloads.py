"""Users, roles, channels and guilds as the JSON objects that Discord sends; messages are in `message_payloads`."""

from sandbox.discord.json_types import Json
from sandbox.discord.world.clock import iso
from sandbox.discord.world.model import Channel, Guild, Member, Role, User
from sandbox.discord.world.permissions import Overwrite, Permission
from sandbox.discord.world.state import WorldState

_REQUIRE_TAG = 1 << 4
_FORUM_PART: Json = {
    "default_reaction_emoji": None,
    "default_sort_order": None,
    "default_forum_layout": 0,
}
_PARTIAL_CHANNEL = frozenset(
    [
        "id",
        "name",
        "type",
        "last_message_id",
        "nsfw",
        "parent_id",
        "guild_id",
        "flags",
        "rate_limit_per_user",
        "topic",
        "position",
    ]
)
_GUILD_DEFAULTS: Json = {
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "region": "deprecated",
    "verification_level": 0,
    "default_message_notifications": 1,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw": False,
    "nsfw_level": 0,
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "max_members": 25_000_000,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
} | dict.fromkeys(
    (
        "afk_channel_id",
        "rules_channel_id",
        "public_updates_channel_id",
        "safety_alerts_channel_id",
        "widget_channel_id",
        "application_id",
        "vanity_url_code",
        "description",
        "icon",
        "splash",
        "discovery_splash",
        "home_header",
        "banner",
        "max_presences",
        "incidents_data",
    )
)


def user(subject: User) -> Json:
    """A User object."""
    return {
        "id": str(subject.id),
        "username": subject.username,
        "global_name": subject.global_name,
        "discriminator": "0",
        "avatar": None,
        "bot": subject.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def own_user(subject: User) -> Json:
    """The User object of the bot itself, as only it gets it."""
    return user(subject) | {"verified": True, "mfa_enabled": True, "locale": subject.locale, "email": None}


def role(subject: Role) -> Json:
    """A Role object."""
    return {
        "id": str(subject.id),
        "name": subject.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": subject.position,
        "permissions": str(int(subject.permissions)),
        "managed": subject.bot_id is not None,
        "mentionable": subject.mentionable,
        "flags": 0,
        **({"tags": {"bot_id": str(subject.bot_id)}} if subject.bot_id else {}),
    }


def member(subject: Member, person: User | None = None) -> Json:
    """A Member object, with its user where `person` is given."""
    until = subject.timed_out_until
    payload: Json = {
        "roles": [str(role_id) for role_id in subject.role_ids],
        "joined_at": iso(subject.joined_at),
        "premium_since": None,
        "nick": subject.nick,
        "avatar": None,
        "banner": None,
        "deaf": False,
        "mute": False,
        "pending": subject.pending,
        "flags": 0,
        "communication_disabled_until": iso(until) if until else None,
    }
    return payload | {"user": user(person)} if person else payload


def overwrite(subject: Overwrite) -> Json:
    """A permission overwrite object."""
    return {
        "id": str(subject.target_id),
        "type": 0 if subject.kind == "role" else 1,
        "allow": str(int(subject.allow)),
        "deny": str(int(subject.deny)),
    }


def channel(world: WorldState, subject: Channel) -> Json:
    """A Channel object of any kind."""
    payload: Json = {
        "id": str(subject.id),
        "type": int(subject.type),
        "flags": _REQUIRE_TAG if subject.requires_tag else 0,
        "last_message_id": _optional_id(subject.last_message_id),
    }
    if subject.is_group:
        people = [user(world.users[user_id]) for user_id in subject.group_ids]
        named: Json = {"name": subject.name, "icon": None, "owner_id": str(subject.owner_id)}
        return payload | named | {"recipients": people}
    if subject.is_dm:
        return payload | {"recipients": [user(world.users[subject.recipient_id or 0])]}
    payload |= {
        "guild_id": str(subject.guild_id),
        "name": subject.name,
        "parent_id": _optional_id(subject.parent_id),
        "rate_limit_per_user": subject.slow_mode_s,
    }
    return payload | (_thread_part(world, subject) if subject.is_thread else _channel_part(subject))


def partial_channel(world: WorldState, subject: Channel, viewer: User) -> Json:
    """A Channel object in `resolved`: few keys, and the permissions of the user who chose it and of the bot.

    A thread is whole: discord.py needs keys of it that Discord's documentation leaves out here, such as `owner_id`.
    """
    whole = channel(world, subject)
    keys = whole if subject.is_thread else _PARTIAL_CHANNEL & whole.keys()
    return {key: whole[key] for key in keys} | {
        "permissions": str(int(world.permissions(viewer, subject))),
        "app_permissions": str(int(world.permissions(world.bot, subject))),
    }


def _channel_part(subject: Channel) -> Json:
    return {
        "position": subject.position,
        "topic": subject.topic,
        "nsfw": subject.nsfw,
        "permission_overwrites": [overwrite(o) for o in subject.overwrites.values()],
        "bitrate": 64000,
        "user_limit": 0,
        "rtc_region": None,
        **(_forum_part(subject) if subject.is_forum else {}),
    }


def _forum_part(subject: Channel) -> Json:
    tags = [
        {
            "id": str(tag.id),
            "name": tag.name,
            "moderated": tag.moderated,
            "emoji_id": None,
            "emoji_name": None,
        }
        for tag in subject.tags
    ]
    return _FORUM_PART | {"available_tags": tags}


def _thread_part(world: WorldState, subject: Channel) -> Json:
    created = iso(subject.created_at or world.clock.now())
    count = len(world.message_log.get(subject.id, {}))
    parent = world.channels.get(subject.parent_id or 0)
    tags = {"applied_tags": [str(tag_id) for tag_id in subject.applied_tag_ids]}
    return {
        **(tags if parent is not None and parent.is_forum else {}),
        "owner_id": str(subject.owner_id),
        "message_count": count,
        "total_message_sent": count,
        "member_count": len(subject.thread_members),
        **({"member": thread_member(subject, world.bot)} if world.bot.id in subject.thread_members else {}),
        "thread_metadata": {
            "archived": subject.archived,
            "locked": subject.locked,
            "auto_archive_duration": subject.archives_after_min,
            "archive_timestamp": iso(subject.archive_changed_at or world.clock.now()),
            "create_timestamp": created,
        },
    }


def thread_member(thread: Channel, person: User) -> Json:
    """A Thread Member object."""
    return {
        "id": str(thread.id),
        "user_id": str(person.id),
        "join_timestamp": iso(thread.thread_members[person.id]),
        "flags": 0,
    }


def open_threads(world: WorldState, subject: Guild) -> list[Channel]:
    """A guild's threads that are not archived, as far as the bot sees them."""
    threads = (c for c in world.channels_of(subject) if c.is_thread and not c.archived)
    return [thread for thread in threads if world.can(world.bot, thread, Permission.VIEW_CHANNEL)]


def guild(world: WorldState, subject: Guild, *, complete: bool = False) -> Json:
    """A Guild object; `complete` as in GUILD_CREATE, with channels, open threads and the bot's own member."""
    payload: Json = _GUILD_DEFAULTS | {
        "id": str(subject.id),
        "name": subject.name,
        "owner_id": str(subject.owner_id),
        "roles": [role(r) for r in subject.roles.values()],
        "premium_tier": subject.premium_tier,
        "preferred_locale": subject.preferred_locale,
        "features": [*subject.features],
        "system_channel_id": _optional_id(subject.system_channel_id),
        "emojis": [],
        "stickers": [],
    }
    return payload | _guild_create_part(world, subject) if complete else payload


def _guild_create_part(world: WorldState, subject: Guild) -> Json:
    channels = world.channels_of(subject)
    me = subject.members[world.bot.id]
    return {
        "joined_at": iso(me.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(subject.members),
        "members": [member(me, world.bot)],
        "channels": [channel(world, c) for c in channels if not c.is_thread],
        "threads": [_thread_in_guild(world, thread) for thread in open_threads(world, subject)],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _thread_in_guild(world: WorldState, thread: Channel) -> Json:
    """A thread in GUILD_CREATE, whose member has no IDs."""
    payload = channel(world, thread)
    if "member" in payload:
        payload["member"] = {key: payload["member"][key] for key in ("join_timestamp", "flags")}
    return payload


def _optional_id(value: int | None) -> str | None:
    return None if value is None else str(value)
