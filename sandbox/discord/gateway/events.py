"""Gateway events: which ones a change in the world causes, and the intents that they require."""

from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Any

from sandbox.discord.json_types import Json
from sandbox.discord.world import message_payloads, payloads
from sandbox.discord.world.bus import Change, Topic
from sandbox.discord.world.model import Channel, Guild, Message, Role, User
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.state import WorldState


class Intent(IntFlag):
    """The intents that affect the events of this stand-in."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
NO_INTENT = Intent(0)

_MESSAGE_EVENTS = {
    Topic.MESSAGE_CREATE: "MESSAGE_CREATE",
    Topic.MESSAGE_UPDATE: "MESSAGE_UPDATE",
    Topic.MESSAGE_DELETE: "MESSAGE_DELETE",
}
_CHANNEL_EVENTS = {
    Topic.CHANNEL_CREATE: "CREATE",
    Topic.CHANNEL_UPDATE: "UPDATE",
    Topic.CHANNEL_DELETE: "DELETE",
}
_ROLE_EVENTS = {
    Topic.ROLE_CREATE: "GUILD_ROLE_CREATE",
    Topic.ROLE_UPDATE: "GUILD_ROLE_UPDATE",
    Topic.ROLE_DELETE: "GUILD_ROLE_DELETE",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch: its name and data, the required intent, and the guild whose shard receives it (None: shard 0)."""

    name: str
    data: Json
    intent: Intent
    guild_id: int | None


def events_of(world: WorldState, change: Change, *, reads_content: bool) -> list[Event]:
    """The events that a change causes."""
    topic, subject = change.topic, change.subject
    if topic in _MESSAGE_EVENTS:
        return _message_events(world, topic, subject, reads_content=reads_content)
    if topic in _CHANNEL_EVENTS:
        return _channel_events(world, topic, subject)
    if topic is Topic.THREAD_JOIN:
        return _thread_join(world, *subject)
    return _guild_events(world, topic, subject)


def _message_events(world: WorldState, topic: Topic, message: Message, *, reads_content: bool) -> list[Event]:
    channel = world.channels.get(message.channel_id)
    if channel is None or message.ephemeral or not world.can(world.bot, channel, Permission.VIEW_CHANNEL):
        return []
    guild_part: Json = {"guild_id": str(channel.guild_id)} if channel.guild_id else {}
    if topic is Topic.MESSAGE_DELETE:
        data: Json = {"id": str(message.id), "channel_id": str(channel.id)}
    else:
        data = message_payloads.message_for_bot(world, message, reads_content=reads_content)
        data["channel_type"] = int(channel.type)
        guild = world.guild_of(channel)
        if guild is not None and (member := guild.members.get(message.author_id)) is not None:
            data["member"] = payloads.member(member)
    intent = Intent.GUILD_MESSAGES if channel.guild_id else Intent.DIRECT_MESSAGES
    return [Event(_MESSAGE_EVENTS[topic], data | guild_part, intent, channel.guild_id)]


def _channel_events(world: WorldState, topic: Topic, channel: Channel) -> list[Event]:
    guild = world.guild_of(channel)
    if guild is None or world.bot.id not in guild.members:
        return []
    is_deleted = topic is Topic.CHANNEL_DELETE
    # Discord sends every channel, but only those threads that the bot may see (documentation: Threads).
    if channel.is_thread and not is_deleted and not world.can(world.bot, channel, Permission.VIEW_CHANNEL):
        return []
    data = payloads.channel(world, channel)
    if channel.is_thread and topic is Topic.CHANNEL_CREATE:
        data["newly_created"] = True
    # A deletion has these keys only (documentation: Thread Delete).
    if channel.is_thread and is_deleted:
        data = {key: data[key] for key in ("id", "guild_id", "parent_id", "type")}
    kind = "THREAD" if channel.is_thread else "CHANNEL"
    return [Event(f"{kind}_{_CHANNEL_EVENTS[topic]}", data, Intent.GUILDS, guild.id)]


def _guild_events(world: WorldState, topic: Topic, subject: Any) -> list[Event]:
    match topic:
        case Topic.GUILD_JOIN:
            return [guild_create(world, subject, joined=True)]
        case Topic.GUILD_LEAVE:
            return [Event("GUILD_DELETE", {"id": str(subject.id)}, Intent.GUILDS, subject.id)]
        case Topic.GUILD_UPDATE:
            return _if_member(world, subject, "GUILD_UPDATE", payloads.guild(world, subject))
        case Topic.MEMBER_UPDATE:
            return _own_member(world, subject)
        case Topic.ROLE_CREATE | Topic.ROLE_UPDATE | Topic.ROLE_DELETE:
            return _role_event(world, topic, *subject)
        case _:
            return []


def _role_event(world: WorldState, topic: Topic, guild: Guild, role: Role) -> list[Event]:
    data: Json = {"guild_id": str(guild.id)}
    data |= {"role_id": str(role.id)} if topic is Topic.ROLE_DELETE else {"role": payloads.role(role)}
    return _if_member(world, guild, _ROLE_EVENTS[topic], data)


def _thread_join(world: WorldState, thread: Channel, person: User) -> list[Event]:
    """What the bot gets where it is added to a thread; of others it would need an intent to be told."""
    if person.id != world.bot.id:
        return []
    member = payloads.thread_member(thread, person)
    if (guild := world.guild_of(thread)) is not None:
        member |= {"member": payloads.member(guild.members[person.id], person), "presence": None}
    added: Json = {
        "id": str(thread.id),
        "guild_id": str(thread.guild_id),
        "member_count": len(thread.thread_members),
        "added_members": [member],
    }
    return [
        Event("THREAD_CREATE", payloads.channel(world, thread), Intent.GUILDS, thread.guild_id),
        Event("THREAD_MEMBERS_UPDATE", added, Intent.GUILDS, thread.guild_id),
    ]


def _own_member(world: WorldState, guild: Guild) -> list[Event]:
    me = guild.members.get(world.bot.id)
    if me is None:
        return []
    # Of other members it would need the intent GUILD_MEMBERS to be told.
    data = payloads.member(me, world.bot) | {"guild_id": str(guild.id)}
    return [Event("GUILD_MEMBER_UPDATE", data, NO_INTENT, guild.id)]


def _if_member(world: WorldState, guild: Guild, name: str, data: Json) -> list[Event]:
    return [Event(name, data, Intent.GUILDS, guild.id)] if world.bot.id in guild.members else []


def guild_create(world: WorldState, guild: Guild, *, joined: bool = False) -> Event:
    """The GUILD_CREATE of a guild that becomes available, or that the bot has joined: the latter has no `unavailable`."""
    data = payloads.guild(world, guild, complete=True)
    if joined:
        del data["unavailable"]
    return Event("GUILD_CREATE", data, Intent.GUILDS, guild.id)


def without_channels(event: Event, channel_ids: set[int]) -> Event | None:
    """The event without these channels, but with their threads; None where nothing is left to send."""
    hidden = set(map(str, channel_ids))
    if event.name.startswith("CHANNEL_") and event.data["id"] in hidden:
        return None
    if event.name != "GUILD_CREATE":
        return event
    channels = [channel for channel in event.data["channels"] if channel["id"] not in hidden]
    return replace(event, data=event.data | {"channels": channels})
