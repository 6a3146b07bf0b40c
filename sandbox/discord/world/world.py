"""Changes of the world's state; each is published on the event bus."""

from collections.abc import Sequence
from datetime import timedelta

from sandbox.discord.world.bus import Topic
from sandbox.discord.world.model import (
    LOCALES,
    BotAdd,
    Channel,
    ChannelType,
    ForumTag,
    Guild,
    Member,
    Message,
    MessageFlag,
    MessageType,
    Role,
    User,
)
from sandbox.discord.world.permissions import MEMBER_DEFAULT, NO_PERMISSIONS, Overwrite, Permission
from sandbox.discord.world.state import ChannelRef, GuildRef, UserRef, WorldState

EVERYONE = "@everyone"
BOT_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)
"""The permissions that the bot is invited with by default."""

Target = User | Role | str


class World(WorldState):
    """The state with methods that change it."""

    installation_types: Sequence[str] = ("0", "1")
    """How the application may be installed: to guilds, and by people for themselves."""

    requires_code_grant = False
    """Whether the application requires an OAuth2 code grant, so that plain invite links fail."""

    def add_user(self, username: str, global_name: str | None = None, *, colour: str = "#5865f2") -> User:
        """Add a person, who is in no server yet."""
        user = User(self.ids.next(), username, global_name or username.title(), colour=colour)
        self.users[user.id] = user
        self.bus.publish(Topic.USER_UPDATE, user)
        return user

    def add_guild(
        self,
        name: str,
        *,
        owner: UserRef,
        everyone: Permission = MEMBER_DEFAULT,
        shard: tuple[int, int] | None = None,
    ) -> Guild:
        """Add a server with its owner and without channels; the bot is not in it.

        With `shard` (index, count) it gets an ID of this shard.
        """
        guild_id = self.ids.next() if shard is None else self.ids.on_shard(*shard)
        guild = Guild(guild_id, name, self.user(owner).id, self.clock.now())
        guild.roles[guild.id] = Role(guild.id, EVERYONE, everyone)
        self.guilds[guild.id] = guild
        self.add_member(guild, owner)
        return guild

    def add_role(
        self,
        guild: GuildRef,
        name: str,
        permissions: Permission = NO_PERMISSIONS,
        *,
        mentionable: bool = False,
    ) -> Role:
        """Add a role that nobody has yet."""
        subject = self.guild(guild)
        role = Role(self.ids.next(), name, permissions, len(subject.roles), mentionable)
        subject.roles[role.id] = role
        self.bus.publish(Topic.ROLE_CREATE, (subject, role))
        return role

    def set_role_permissions(self, guild: GuildRef, role: Target, permissions: Permission) -> None:
        """Set a role's permissions in the whole server."""
        subject = self.guild(guild)
        changed = subject.roles[self._target(subject, role)[0]]
        changed.permissions = permissions
        self.bus.publish(Topic.ROLE_UPDATE, (subject, changed))

    def delete_role(self, guild: GuildRef, role: Target) -> None:
        """Delete a role: its members lose it, and no channel has permissions for it any more."""
        subject = self.guild(guild)
        gone = subject.roles.pop(self._target(subject, role)[0])
        for member in subject.members.values():
            member.role_ids = [role_id for role_id in member.role_ids if role_id != gone.id]
        for channel in self.channels_of(subject):
            channel.overwrites.pop(gone.id, None)
        self.bus.publish(Topic.ROLE_DELETE, (subject, gone))

    def add_member(self, guild: GuildRef, user: UserRef, *roles: Role) -> Member:
        """Add a user to a server."""
        subject = self.guild(guild)
        member = Member(self.user(user).id, self.clock.now(), [role.id for role in roles])
        subject.members[member.user_id] = member
        self.bus.publish(Topic.MEMBER_UPDATE, subject)
        return member

    def time_out(self, guild: GuildRef, user: UserRef, seconds: float) -> None:
        """Time out a member."""
        subject = self.guild(guild)
        subject.members[self.user(user).id].timed_out_until = self.clock.now() + timedelta(seconds=seconds)
        self.bus.publish(Topic.MEMBER_UPDATE, subject)

    def set_pending(self, guild: GuildRef, user: UserRef, *, pending: bool) -> None:
        """Set whether a member has yet to pass the server's membership screening."""
        subject = self.guild(guild)
        subject.members[self.user(user).id].pending = pending
        self.bus.publish(Topic.MEMBER_UPDATE, subject)

    def add_bot(
        self, guild: GuildRef, permissions: Permission = BOT_PERMISSIONS, *, by: UserRef | None = None
    ) -> None:
        """Have a user (by default the owner) add the bot to a server, with a role of its own as Discord creates it."""
        subject = self.guild(guild)
        role = Role(self.ids.next(), "Whisul", permissions, len(subject.roles), bot_id=self.bot.id)
        subject.roles[role.id] = role
        subject.members[self.bot.id] = Member(self.bot.id, self.clock.now(), [role.id])
        subject.bot_adds.append(BotAdd(self.ids.next(), self.user(subject.owner_id if by is None else by).id))
        self.bus.publish(Topic.GUILD_JOIN, subject)

    def remove_bot(self, guild: GuildRef) -> None:
        """Remove the bot from a server."""
        subject = self.guild(guild)
        # Discord removes the managed role, which it created for the bot; other roles stay.
        for role_id in subject.members.pop(self.bot.id).role_ids:
            if subject.roles[role_id].bot_id == self.bot.id:
                del subject.roles[role_id]
        self.bus.publish(Topic.GUILD_LEAVE, subject)

    def set_premium_tier(self, guild: GuildRef, tier: int) -> None:
        """Set a server's boost tier (0-3), which determines its file limit."""
        subject = self.guild(guild)
        subject.premium_tier = tier
        self.bus.publish(Topic.GUILD_UPDATE, subject)

    def set_community(self, guild: GuildRef, locale: str) -> None:
        """Make a server a community server, whose admins choose its language."""
        subject = self.guild(guild)
        subject.features, subject.preferred_locale = ["COMMUNITY"], _known(locale)
        self.bus.publish(Topic.GUILD_UPDATE, subject)

    def set_system_channel(self, guild: GuildRef, channel: ChannelRef | None) -> None:
        """Set where Discord posts its own messages; None: nowhere."""
        subject = self.guild(guild)
        subject.system_channel_id = None if channel is None else self.channel(channel, subject).id
        self.bus.publish(Topic.GUILD_UPDATE, subject)

    def set_locale(self, user: UserRef, locale: str) -> None:
        """Set the language of a user's client."""
        subject = self.user(user)
        subject.locale = _known(locale)
        self.bus.publish(Topic.USER_UPDATE, subject)

    def add_channel(
        self,
        guild: GuildRef,
        name: str,
        *,
        topic: str | None = None,
        kind: ChannelType = ChannelType.TEXT,
        category: ChannelRef | None = None,
    ) -> Channel:
        """Add a channel at the end of the server's list."""
        subject = self.guild(guild)
        channel = self._new_channel(kind, name, guild_id=subject.id)
        channel.topic = topic
        channel.parent_id = None if category is None else self.channel(category).id
        # Threads have no position: they are shown below their channel.
        channel.position = sum(not c.is_thread for c in self.channels_of(subject))
        return self._store_channel(channel)

    def add_thread(
        self,
        parent: ChannelRef,
        name: str,
        *,
        owner: UserRef,
        private: bool = False,
        on_message: Message | None = None,
        archives_after_min: int = 1440,
        applied_tag_ids: Sequence[int] = (),
    ) -> Channel:
        """Add a thread to a channel, or a post to a forum; one on a message is public and has the message's ID."""
        subject = self.channel(parent)
        is_news = subject.type is ChannelType.ANNOUNCEMENT
        public = ChannelType.ANNOUNCEMENT_THREAD if is_news else ChannelType.PUBLIC_THREAD
        kind = ChannelType.PRIVATE_THREAD if private else public
        thread = self._new_channel(kind, name, guild_id=subject.guild_id)
        thread.parent_id = subject.id
        thread.owner_id = self.user(owner).id
        thread.thread_members = {thread.owner_id: self.clock.now()}
        thread.archives_after_min = archives_after_min
        thread.archive_changed_at = thread.created_at
        thread.applied_tag_ids = list(applied_tag_ids)
        if on_message is None:
            return self._store_channel(thread)
        # Before it is stored, which is by ID: Discord gives it the ID of its message (Start Thread from Message).
        thread.id = on_message.id
        on_message.flags |= MessageFlag.HAS_THREAD
        self._store_channel(thread)
        self.touch_message(on_message, edited=False)
        return thread

    def add_to_thread(self, thread: ChannelRef, user: UserRef) -> None:
        """Add a user to a thread."""
        subject, person = self.channel(thread), self.user(user)
        subject.thread_members[person.id] = self.clock.now()
        self.bus.publish(Topic.THREAD_JOIN, (subject, person))

    def set_slow_mode(self, channel: ChannelRef, seconds: int) -> None:
        """Set the wait between two messages of a person; it does not apply to bots."""
        subject = self.channel(channel)
        subject.slow_mode_s = seconds
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)

    def set_age_restricted(self, channel: ChannelRef, *, nsfw: bool) -> None:
        """Set whether a channel is age-restricted."""
        subject = self.channel(channel)
        subject.nsfw = nsfw
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)

    def add_tag(self, forum: ChannelRef, name: str, *, moderated: bool = False) -> ForumTag:
        """Add a tag to a forum or media channel."""
        subject = self.channel(forum)
        tag = ForumTag(self.ids.next(), name, moderated)
        subject.tags.append(tag)
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)
        return tag

    def require_tag(self, forum: ChannelRef, *, required: bool = True) -> None:
        """Set whether each post of a forum needs a tag."""
        subject = self.channel(forum)
        subject.requires_tag = required
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)

    def rename(self, channel: ChannelRef, name: str) -> None:
        """Give a channel or thread another name."""
        subject = self.channel(channel)
        subject.name = name
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)

    def open_dm(self, user: UserRef) -> Channel:
        """The bot's direct messages with a user, opened if necessary."""
        if (known := self.dm_with(user)) is not None:
            return known
        person = self.user(user)
        channel = self._new_channel(ChannelType.DM, f"@{person.username}", guild_id=None)
        channel.recipient_id = person.id
        return self._store_channel(channel)

    def add_group(self, *users: UserRef, name: str) -> Channel:
        """Add a group DM of these users, the first of which owns it."""
        channel = self._new_channel(ChannelType.GROUP_DM, name, guild_id=None)
        channel.group_ids = [self.user(user).id for user in users]
        channel.owner_id = channel.group_ids[0]
        return self._store_channel(channel)

    def install_app(self, user: UserRef, *, installed: bool = True) -> None:
        """Have a user install the application for themself, or remove it."""
        person = self.user(user)
        person.has_app = installed
        self.bus.publish(Topic.USER_UPDATE, person)

    def _new_channel(self, kind: ChannelType, name: str, *, guild_id: int | None) -> Channel:
        return Channel(self.ids.next(), kind, name, guild_id=guild_id, created_at=self.clock.now())

    def _store_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = self._by_guild[channel.guild_id][channel.id] = channel
        self.message_log[channel.id] = {}
        self.bus.publish(Topic.CHANNEL_CREATE, channel)
        return channel

    def delete_channel(self, channel: ChannelRef) -> None:
        """Delete a channel with its threads and messages."""
        subject = self.channel(channel)
        threads = [c for c in self.channels.values() if c.is_thread and c.parent_id == subject.id]
        # Threads first: their events are made with their channel, which has to be there still.
        for gone in (*threads, subject):
            del self.channels[gone.id], self._by_guild[gone.guild_id][gone.id]
            for message in self.message_log.pop(gone.id).values():
                message.deleted = True
            self.bus.publish(Topic.CHANNEL_DELETE, gone)

    def set_thread(
        self, thread: ChannelRef, *, archived: bool | None = None, locked: bool | None = None
    ) -> None:
        """Archive, lock or reopen a thread."""
        subject = self.channel(thread)
        if archived not in (None, subject.archived):
            subject.archived, subject.archive_changed_at = bool(archived), self.clock.now()
        subject.locked = subject.locked if locked is None else locked
        self.bus.publish(Topic.CHANNEL_UPDATE, subject)

    def allow(self, channel: ChannelRef, target: Target, permissions: Permission) -> None:
        """Allow these permissions to a user, a role or "@everyone" in a channel."""
        self._overwrite(self.channel(channel), target).change(allow=permissions)
        self.bus.publish(Topic.CHANNEL_UPDATE, self.channel(channel))

    def deny(self, channel: ChannelRef, target: Target, permissions: Permission) -> None:
        """Deny these permissions to a user, a role or "@everyone" in a channel."""
        self._overwrite(self.channel(channel), target).change(deny=permissions)
        self.bus.publish(Topic.CHANNEL_UPDATE, self.channel(channel))

    def clear(self, channel: ChannelRef, target: Target, permissions: Permission) -> None:
        """Undo `allow` and `deny` for these permissions."""
        self._overwrite(self.channel(channel), target).clear(permissions)
        self.bus.publish(Topic.CHANNEL_UPDATE, self.channel(channel))

    def _overwrite(self, channel: Channel, target: Target) -> Overwrite:
        guild = self.guild_of(channel)
        if guild is None:
            raise LookupError("direct messages have no permissions to change")
        target_id, is_role = self._target(guild, target)
        kind = "role" if is_role else "member"
        return channel.overwrites.setdefault(target_id, Overwrite(target_id, kind))

    def _target(self, guild: Guild, target: Target) -> tuple[int, bool]:
        if isinstance(target, Role):
            return target.id, True
        if isinstance(target, User):
            return target.id, False
        # Roles first: "@everyone" is the name of one.
        for role in guild.roles.values():
            if role.name == target:
                return role.id, True
        return self.user(target).id, False

    def close_dms(self, user: UserRef) -> None:
        """Make a user refuse direct messages from the bot."""
        self._set_dms(self.user(user), is_open=False)

    def open_dms(self, user: UserRef) -> None:
        """Make a user accept direct messages again."""
        self._set_dms(self.user(user), is_open=True)

    def _set_dms(self, person: User, *, is_open: bool) -> None:
        person.dms_open = is_open
        self.bus.publish(Topic.USER_UPDATE, person)

    def store_message(self, message: Message) -> Message:
        """Add a finished message to its channel, and publish it."""
        channel = self.channels[message.channel_id]
        self.message_log[channel.id][message.id] = message
        # An ephemeral message is in no channel for anybody but its user.
        if not message.ephemeral:
            channel.last_message_id = message.id
        # A message reopens an archived thread (documentation: Threads); if it is locked, it was refused before.
        if channel.is_thread and channel.archived:
            self.set_thread(channel, archived=False)
        self.bus.publish(Topic.MESSAGE_CREATE, message)
        return message

    def touch_message(self, message: Message, *, edited: bool = True) -> Message:
        """Publish that a message has changed."""
        # Reactions, a thread on the message and the end of loading leave no "(edited)" behind.
        if edited:
            message.edited_at = self.clock.now()
        self.bus.publish(Topic.MESSAGE_UPDATE, message)
        return message

    def delete_message(self, message: Message) -> None:
        """Delete any message."""
        del self.message_log[message.channel_id][message.id]
        # Interactions and replies may still refer to it.
        message.deleted = True
        self.bus.publish(Topic.MESSAGE_DELETE, message)

    def say(self, user: UserRef, channel: ChannelRef, content: str) -> Message:
        """Send a message as a user, without checking permissions."""
        subject = self.channel(channel)
        return self.store_message(
            Message(
                self.ids.next(),
                subject.id,
                self.user(user).id,
                self.clock.now(),
                MessageType.DEFAULT,
                content,
                flags=MessageFlag(0),
            )
        )


def _known(locale: str) -> str:
    if locale not in LOCALES:
        raise ValueError(f"Discord has no locale {locale!r}")
    return locale
