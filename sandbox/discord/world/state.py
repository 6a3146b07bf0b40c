"""The world's state, and queries on it: look-ups by name, and permissions."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from sandbox.discord.world.bus import EventBus
from sandbox.discord.world.clock import SandboxClock, Snowflakes
from sandbox.discord.world.model import (
    DEFAULT_FILE_LIMIT_BYTES,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    Role,
    User,
)
from sandbox.discord.world.permissions import (
    DIRECT_MESSAGE,
    NO_PERMISSIONS,
    Permission,
    base_permissions,
    channel_permissions,
    effective,
)

T = TypeVar("T")
UserRef = User | int | str
GuildRef = Guild | int | str
ChannelRef = Channel | int | str


class WorldState:
    """All users, guilds, channels and messages. Users, guilds and channels can be given as object, ID or name."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.bus = EventBus()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self._by_guild: defaultdict[int | None, dict[int, Channel]] = defaultdict(dict)
        self.message_log: dict[int, dict[int, Message]] = {}
        self.bot = self._new_bot()

    def _new_bot(self) -> User:
        bot = User(self.ids.next(), "whisul", "Whisul", colour="#8b5cf6", bot=True)
        self.users[bot.id] = bot
        return bot

    def user(self, ref: UserRef) -> User:
        """The user of this object, ID or user name."""
        if isinstance(ref, User):
            return ref
        return _only((u for u in self.users.values() if ref in (u.id, u.username)), "user", ref)

    def guild(self, ref: GuildRef) -> Guild:
        """The guild of this object, ID or name."""
        if isinstance(ref, Guild):
            return ref
        return _only((g for g in self.guilds.values() if ref in (g.id, g.name)), "guild", ref)

    def channel(self, ref: ChannelRef, guild: GuildRef | None = None) -> Channel:
        """The channel or thread of this object, ID or name; a name that several guilds use needs `guild`."""
        if isinstance(ref, Channel):
            return ref
        within = None if guild is None else self.guild(guild).id
        named = (
            c
            for c in self.channels.values()
            if ref in (c.id, c.name) and (within is None or c.guild_id == within)
        )
        return _only(named, "channel", ref)

    def member(self, guild: GuildRef, user: UserRef) -> Member | None:
        """The membership of a user in a guild, None where there is none."""
        return self.guild(guild).members.get(self.user(user).id)

    def role(self, guild: GuildRef, name: str) -> Role:
        """The role of this name."""
        return _only((role for role in self.guild(guild).roles.values() if role.name == name), "role", name)

    def guild_of(self, channel: Channel) -> Guild | None:
        """A channel's guild, None for a direct message."""
        return None if channel.guild_id is None else self.guilds.get(channel.guild_id)

    def file_limit_bytes(self, channel: Channel) -> int:
        """The maximum size of a file in a channel."""
        guild = self.guild_of(channel)
        return guild.file_limit_bytes if guild else DEFAULT_FILE_LIMIT_BYTES

    def channels_of(self, guild: Guild) -> list[Channel]:
        """A guild's channels and threads, each thread after its channel."""
        own = self._by_guild[guild.id].values()
        parents = sorted((c for c in own if not c.is_thread), key=lambda c: c.position)
        return [c for p in parents for c in (p, *(t for t in own if t.is_thread and t.parent_id == p.id))]

    def bot_guilds(self) -> list[Guild]:
        """The guilds that the bot is in."""
        return [g for g in self.guilds.values() if self.bot.id in g.members]

    def is_foreign(self, channel: Channel) -> bool:
        """Whether the bot is not in the guild or group of a channel: only people's own installations work there."""
        guild = self.guild_of(channel)
        return channel.is_group or (guild is not None and self.bot.id not in guild.members)

    def mutual_guilds(self, user: User) -> list[Guild]:
        """The guilds that both this user and the bot are in."""
        return [g for g in self.bot_guilds() if user.id in g.members]

    def dm_with(self, user: UserRef) -> Channel | None:
        """The bot's direct messages with this user, None until they are opened."""
        user_id = self.user(user).id
        return next((c for c in self.channels.values() if c.recipient_id == user_id), None)

    def groups_of(self, user: User) -> list[Channel]:
        """The group DMs that this user is in."""
        return [c for c in self.channels.values() if user.id in c.group_ids]

    def takes_dms(self, user: User) -> bool:
        """Whether the bot may send this user direct messages: they accept them, and share a guild with it."""
        return user.dms_open and bool(self.mutual_guilds(user))

    def message(self, channel_id: int, message_id: int) -> Message | None:
        """A message, which may be ephemeral; None where it does not exist or was deleted."""
        return self.message_log.get(channel_id, {}).get(message_id)

    def messages(self, channel: ChannelRef) -> list[Message]:
        """The messages of a channel, oldest first, ephemeral ones included."""
        return list(self.message_log.get(self.channel(channel).id, {}).values())

    def everyone_in(self, channel: Channel) -> list[User]:
        """The users that can see a channel."""
        return [u for u in self.users.values() if self.can(u, channel, Permission.VIEW_CHANNEL)]

    def base_permissions(self, user: User, guild: Guild) -> Permission:
        """A user's permissions in a guild, before channel overwrites; none for users who are not members."""
        member = guild.members.get(user.id)
        if member is None:
            return NO_PERMISSIONS
        everyone = guild.roles[guild.id].permissions
        roles = [guild.roles[r].permissions for r in member.role_ids]
        return base_permissions(everyone, roles, is_owner=guild.owner_id == user.id)

    def permissions(self, user: User, channel: Channel) -> Permission:
        """A user's permissions in a channel, thread or direct message."""
        guild = self.guild_of(channel)
        if guild is None:
            return DIRECT_MESSAGE if self._is_in_dm(user, channel) else NO_PERMISSIONS
        member = guild.members.get(user.id)
        if member is None:
            return NO_PERMISSIONS
        permissions = self._with_overwrites(user, guild, member, channel)
        # Only its members see it, and those who manage threads (documentation: Threads, Private Threads).
        if channel.type is ChannelType.PRIVATE_THREAD and user.id not in channel.thread_members:
            permissions = permissions if permissions & Permission.MANAGE_THREADS else NO_PERMISSIONS
        return effective(permissions, in_thread=channel.is_thread, read_only=self._may_only_read(member))

    def _with_overwrites(self, user: User, guild: Guild, member: Member, channel: Channel) -> Permission:
        # A thread has no overwrites: those of its channel apply to it (documentation: Permissions).
        holder = channel if channel.parent_id is None else self.channels.get(channel.parent_id, channel)
        return channel_permissions(
            self.base_permissions(user, guild),
            holder.overwrites if channel.is_thread else channel.overwrites,
            everyone_id=guild.id,
            role_ids=member.role_ids,
            member_id=user.id,
        )

    def _is_in_dm(self, user: User, channel: Channel) -> bool:
        return user.id in (channel.group_ids if channel.is_group else (self.bot.id, channel.recipient_id))

    def _may_only_read(self, member: Member) -> bool:
        """Whether a member is in a time-out, or has not passed the membership screening."""
        until = member.timed_out_until
        return member.pending or (until is not None and until > self.clock.now())

    def is_age_restricted(self, channel: Channel) -> bool:
        """Whether a channel is age-restricted; a thread is if its channel is."""
        parent = self.channels.get(channel.parent_id or 0) if channel.is_thread else None
        return (parent or channel).nsfw

    def can(self, user: User, channel: Channel, permissions: Permission) -> bool:
        """Whether a user has all of these permissions in a channel."""
        return self.permissions(user, channel) & permissions == permissions

    def can_write(self, user: User, channel: Channel) -> bool:
        """Whether a user could send a message there now."""
        if channel.guild_id is None:
            return self._is_in_dm(user, channel)
        if channel.is_thread:
            # An archived thread is no obstacle: the message reopens it.
            moderator = self.can(user, channel, Permission.MANAGE_THREADS)
            needed = Permission.SEND_MESSAGES_IN_THREADS
            return self.can(user, channel, needed) and (moderator or not channel.locked)
        return channel.holds_messages and self.can(user, channel, Permission.SEND_MESSAGES)

    def can_see_message(self, user: User, message: Message) -> bool:
        """Whether a user can see a message."""
        channel = self.channels.get(message.channel_id)
        if channel is None or not self.can(user, channel, Permission.VIEW_CHANNEL):
            return False
        return message.ephemeral_for in (None, user.id)


def _only(found: Iterable[T], kind: str, ref: object) -> T:
    matches = list(found)
    if len(matches) != 1:
        raise LookupError(f"{len(matches)} {kind}s are called {ref!r}")
    return matches[0]
