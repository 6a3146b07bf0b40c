"""The REST routes of guilds, members, users, channels and direct messages."""

from dataclasses import dataclass

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.json_types import Json, snowflake
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rest.thread_routes import MAX_NAME_CHARS
from sandbox.discord.rules import errors, fields
from sandbox.discord.rules.errors import FormErrors, invalid_field
from sandbox.discord.world import payloads
from sandbox.discord.world.bus import Topic
from sandbox.discord.world.model import BotAdd, Guild
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_GROUP = 1521
MAX_LOG_ENTRIES = 100
BOT_ADD = 28
_LOG_PARTS = (
    "integrations",
    "webhooks",
    "guild_scheduled_events",
    "threads",
    "application_commands",
    "auto_moderation_rules",
)


@dataclass(slots=True)
class GuildRoutes:
    """Guilds, members, users, channels and direct messages."""

    world: World
    bot_messages: BotMessages

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("GET", "/channels/{channel}", "channel.get", self.get_channel),
            Route("PATCH", "/channels/{channel}", "channel.edit", self.edit_thread),
            Route("DELETE", "/channels/{channel}", "channel.delete", self.delete_thread),
            Route("POST", "/channels/{channel}/typing", "typing", self.typing),
            Route("POST", "/users/@me/channels", "dm.create", self.create_dm),
            Route("GET", "/users/{user}", "user.get", self.get_user),
            Route("GET", "/guilds/{guild}", "guild.get", self.get_guild),
            Route("GET", "/guilds/{guild}/channels", "guild.channels", self.get_channels),
            Route("GET", "/guilds/{guild}/threads/active", "guild.threads", self.get_open_threads),
            Route("GET", "/guilds/{guild}/members/{user}", "member.get", self.get_member),
            Route("GET", "/guilds/{guild}/audit-logs", "audit_log.get", self.get_audit_log),
        ]

    async def get_channel(self, call: Call) -> Answer:
        """A channel that the bot can see."""
        return 200, payloads.channel(self.world, self.bot_messages.channel(call.id("channel")))

    async def edit_thread(self, call: Call) -> Answer:
        """Rename, archive, lock or reopen a thread; any other change of a channel is refused."""
        thread = self.bot_messages.channel(call.id("channel"))
        changes = {key: call.payload[key] for key in ("name", "archived", "locked") if key in call.payload}
        if not thread.is_thread or changes.keys() != call.payload.keys():
            raise errors.missing_permissions()
        # Its owner may rename and archive a thread; locks are for moderators (documentation: Modify Channel).
        owns = thread.owner_id == self.world.bot.id and "locked" not in changes and not thread.locked
        reopens = changes == {"archived": False} and self.world.can_write(self.world.bot, thread)
        if not (owns or reopens or self.world.can(self.world.bot, thread, Permission.MANAGE_THREADS)):
            raise errors.missing_permissions()
        _check_thread(changes)
        # An archived thread cannot be changed, unless the same request reopens it.
        if thread.archived and changes.get("archived") is not False:
            raise errors.thread_archived()
        if "name" in changes:
            self.world.rename(thread, changes["name"].strip())
        self.world.set_thread(thread, archived=changes.get("archived"), locked=changes.get("locked"))
        return 200, payloads.channel(self.world, thread)

    async def delete_thread(self, call: Call) -> Answer:
        """Delete a thread with its messages; other channels are not the bot's to delete."""
        thread = self.bot_messages.channel(call.id("channel"))
        if not thread.is_thread or not self.world.can(self.world.bot, thread, Permission.MANAGE_THREADS):
            raise errors.missing_permissions()
        # Before it is deleted: Discord answers the channel as it was.
        deleted = payloads.channel(self.world, thread)
        self.world.delete_channel(thread)
        return 200, deleted

    async def typing(self, call: Call) -> Answer:
        """Show that the bot is typing."""
        channel = self.bot_messages.channel(call.id("channel"))
        if not self.world.can_write(self.world.bot, channel):
            raise errors.missing_permissions()
        self.world.bus.publish(Topic.TYPING, channel)
        return 204, None

    async def create_dm(self, call: Call) -> Answer:
        """Open the direct messages with a user; whether they accept any shows when the bot sends one."""
        form = FormErrors()
        recipient_id = fields.object_id(form.at("recipient_id"), call.payload.get("recipient_id"))
        fields.array(form.at("access_tokens"), call.payload.get("access_tokens"), high=MAX_GROUP)
        fields.json_object(form.at("nicks"), call.payload.get("nicks"))
        form.raise_if_any()
        user = self.world.users.get(recipient_id or 0)
        if user is None:
            raise invalid_field(("recipient_id",), "INVALID_RECIPIENT", "Unknown user")
        # Bots cannot send each other direct messages.
        if user.bot:
            raise errors.dms_closed()
        return 200, payloads.channel(self.world, self.world.open_dm(user))

    async def get_user(self, call: Call) -> Answer:
        """Any user."""
        user = self.world.users.get(call.id("user"))
        if user is None:
            raise errors.unknown_user()
        return 200, payloads.user(user)

    async def get_guild(self, call: Call) -> Answer:
        """A guild that the bot is in."""
        guild = self._guild(call)
        members = len(guild.members)
        with_counts = call.flag("with_counts")
        counts = {"approximate_member_count": members, "approximate_presence_count": 0} if with_counts else {}
        return 200, payloads.guild(self.world, guild) | counts

    async def get_open_threads(self, call: Call) -> Answer:
        """A guild's open threads that the bot sees, newest first, and its membership in them."""
        threads = sorted(
            payloads.open_threads(self.world, self._guild(call)), key=lambda t: t.id, reverse=True
        )
        bot = self.world.bot
        members = [payloads.thread_member(t, bot) for t in threads if bot.id in t.thread_members]
        return 200, {
            "threads": [payloads.channel(self.world, t) for t in threads],
            "members": members,
            "has_more": False,
        }

    async def get_channels(self, call: Call) -> Answer:
        """A guild's channels, without its threads."""
        channels = self.world.channels_of(self._guild(call))
        return 200, [payloads.channel(self.world, c) for c in channels if not c.is_thread]

    async def get_member(self, call: Call) -> Answer:
        """A member of a guild that the bot is in."""
        member = self._guild(call).members.get(call.id("user"))
        if member is None:
            raise errors.unknown_member()
        return 200, payloads.member(member, self.world.users[member.user_id])

    async def get_audit_log(self, call: Call) -> Answer:
        """The newest entries of a guild's audit log, of which this stand-in has only those of who added the bot."""
        guild, query = self._guild(call), call.seen.query
        if not self.world.base_permissions(self.world.bot, guild) & Permission.VIEW_AUDIT_LOG:
            raise errors.missing_permissions()
        limit = snowflake(query.get("limit", "50")) or 0
        if not 1 <= limit <= MAX_LOG_ENTRIES:
            raise invalid_field(("limit",), "NUMBER_TYPE_MAX", f"Use 1 to {MAX_LOG_ENTRIES}.")
        is_wanted = query.get("action_type", str(BOT_ADD)) == str(BOT_ADD)
        found = sorted(guild.bot_adds, key=lambda entry: entry.id, reverse=True)[:limit] if is_wanted else []
        users = [self.world.users[user_id] for user_id in {self.world.bot.id, *(e.user_id for e in found)}]
        return 200, {
            "audit_log_entries": [self._bot_add(entry) for entry in found],
            "users": [payloads.user(user) for user in users],
        } | {name: [] for name in _LOG_PARTS}

    def _bot_add(self, entry: BotAdd) -> Json:
        target_id = str(self.world.bot.id)
        return {
            "id": str(entry.id),
            "action_type": BOT_ADD,
            "user_id": str(entry.user_id),
            "target_id": target_id,
        }

    def _guild(self, call: Call) -> Guild:
        guild = self.world.guilds.get(call.id("guild"))
        if guild is None or self.world.bot.id not in guild.members:
            raise errors.unknown_guild()
        return guild


def _check_thread(changes: Json) -> None:
    form = FormErrors()
    if "name" in changes:
        fields.text(form.at("name"), changes["name"], low=1, high=MAX_NAME_CHARS, required=True)
    for key in ("archived", "locked"):
        fields.boolean(form.at(key), changes.get(key))
    form.raise_if_any()
