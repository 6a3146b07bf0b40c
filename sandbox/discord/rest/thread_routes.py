"""The REST routes by which the bot starts threads and posts in forums, and lists archived ones."""

from dataclasses import dataclass

from sandbox.discord.application.bot_messages import BotMessages, Origin
from sandbox.discord.json_types import Json
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rules import errors, fields
from sandbox.discord.rules import messages as message_rules
from sandbox.discord.rules.errors import FieldErrors, FormErrors, not_one_of
from sandbox.discord.rules.messages import MessageBody, MessageLimits
from sandbox.discord.world import message_payloads, payloads
from sandbox.discord.world.clock import iso
from sandbox.discord.world.model import Channel, ChannelType, MessageFlag
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_NAME_CHARS = 100
_HAVE_THREADS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_ARCHIVES_AFTER_MIN = (60, 1440, 4320, 10080)
MAX_TAGS = 5
MAX_SLOW_MODE_S = 21_600
MIN_LISTED, MAX_LISTED = 2, 100
_POST_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS


@dataclass(slots=True)
class ThreadRoutes:
    """Threads on a message, and threads without one."""

    world: World
    bot_messages: BotMessages

    def routes(self) -> list[Route]:
        """All of them."""
        on_message = "/channels/{channel}/messages/{message}/threads"
        return [
            Route("POST", on_message, "thread.create", self.start_on_message),
            Route("POST", "/channels/{channel}/threads", "thread.create", self.start),
            Route("GET", "/channels/{channel}/threads/archived/public", "threads.archived", self.archived),
        ]

    async def start_on_message(self, call: Call) -> Answer:
        """Start a public thread on a message; it has the message's ID. An ephemeral message cannot have one."""
        message = self.bot_messages.message(call.id("channel"), call.id("message"))
        channel = self._parent(call, ChannelType.PUBLIC_THREAD)
        # 160004: a message can have one thread, whose ID is its own.
        if message.flags & MessageFlag.HAS_THREAD:
            raise errors.thread_exists()
        name, archives_after_min = _name_and_duration(call.payload)
        thread = self.world.add_thread(
            channel,
            name,
            owner=self.world.bot,
            on_message=message,
            archives_after_min=archives_after_min,
        )
        return 201, payloads.channel(self.world, thread)

    async def start(self, call: Call) -> Answer:
        """Start a thread without a message: private, unless the body says that it is public. In a forum it is a post."""
        parent = self.bot_messages.channel(call.id("channel"))
        if parent.is_forum:
            return self._post(parent, call)
        # Discord's default is a private thread (documentation: Start Thread without Message).
        kind = call.payload.get("type", int(ChannelType.PRIVATE_THREAD))
        if kind not in (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD):
            raise not_one_of(("type",), kind, (11, 12))
        channel = self._parent(call, ChannelType(kind))
        name, archives_after_min = _name_and_duration(call.payload)
        thread = self.world.add_thread(
            channel,
            name,
            owner=self.world.bot,
            private=kind == ChannelType.PRIVATE_THREAD,
            archives_after_min=archives_after_min,
        )
        return 201, payloads.channel(self.world, thread)

    def _post(self, forum: Channel, call: Call) -> Answer:
        """Start a thread of a forum with its first message, which has the same ID."""
        if not self.world.can(self.world.bot, forum, Permission.SEND_MESSAGES):
            raise errors.missing_permissions()
        # Checked only: the message is nested here in any case.
        call.flag("use_nested_fields")
        name, archives_after_min = _name_and_duration(call.payload)
        tag_ids, message = _tags_and_message(call.payload)
        self._check_tags(forum, tag_ids)
        # Before the thread exists: an invalid message must leave no empty post behind.
        body = self._first_message(forum, message, call)
        thread = self.world.add_thread(
            forum,
            name,
            owner=self.world.bot,
            archives_after_min=archives_after_min,
            applied_tag_ids=tag_ids,
        )
        sent = self.bot_messages.create(thread, body, Origin(thread_id=thread.id))
        nested = {"message": message_payloads.message(self.world, sent)}
        return 201, payloads.channel(self.world, thread) | nested

    def _first_message(self, forum: Channel, message: Json, call: Call) -> MessageBody:
        limits = MessageLimits(self.world.file_limit_bytes(forum), _POST_FLAGS, ("message",))
        body = message_rules.check(message, call.files, limits)
        self.bot_messages.check_content_permissions(forum, body)
        body.require_something()
        return body

    def _check_tags(self, forum: Channel, tag_ids: list[int]) -> None:
        tags = {tag.id: tag for tag in forum.tags}
        moderates = self.world.can(self.world.bot, forum, Permission.MANAGE_THREADS)
        if any(tag_id not in tags for tag_id in tag_ids):
            raise errors.unknown_tag()
        if any(tags[tag_id].moderated for tag_id in tag_ids) and not moderates:
            raise errors.missing_permissions()
        if forum.requires_tag and not tag_ids:
            # Another error where no tag is left that this user might choose.
            offered = [tag for tag in forum.tags if moderates or not tag.moderated]
            raise errors.tag_required() if offered else errors.no_tag_for_members()

    async def archived(self, call: Call) -> Answer:
        """The archived public threads of a channel, those that were archived last first."""
        channel = self.bot_messages.channel(call.id("channel"))
        if not self.world.can(self.world.bot, channel, Permission.READ_MESSAGE_HISTORY):
            raise errors.missing_permissions()
        before, limit = call.seen.query.get("before"), call.seen.query.get("limit", str(MAX_LISTED))
        if not limit.isdigit() or not MIN_LISTED <= int(limit) <= MAX_LISTED:
            raise errors.invalid_field(
                ("limit",), "NUMBER_TYPE_RANGE", "int value should be between 2 and 100."
            )
        found = [
            (iso(thread.archive_changed_at or self.world.clock.now()), thread)
            for thread in self.world.channels.values()
            if thread.parent_id == channel.id
            and thread.archived
            and thread.type is not ChannelType.PRIVATE_THREAD
        ]
        # By ID too: of two that were archived at the same moment, the order must be the same on each page.
        found.sort(key=lambda each: (each[0], each[1].id), reverse=True)
        older = [thread for at, thread in found if before is None or at < before]
        bot, listed = self.world.bot, older[: int(limit)]
        return 200, {
            "threads": [payloads.channel(self.world, thread) for thread in listed],
            "members": [payloads.thread_member(t, bot) for t in listed if bot.id in t.thread_members],
            "has_more": len(older) > len(listed),
        }

    def _parent(self, call: Call, kind: ChannelType) -> Channel:
        channel = self.bot_messages.channel(call.id("channel"))
        if channel.type not in _HAVE_THREADS:
            raise errors.wrong_channel_type()
        public = kind is ChannelType.PUBLIC_THREAD
        needed = Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
        if not self.world.can(self.world.bot, channel, needed):
            raise errors.missing_permissions()
        return channel


def _tags_and_message(payload: Json) -> tuple[list[int], Json]:
    """The tags of a post and its first message. Raises 50035 with the path of every error."""
    form = FormErrors()
    fields.integer(
        form.at("rate_limit_per_user"), payload.get("rate_limit_per_user"), low=0, high=MAX_SLOW_MODE_S
    )
    tag_ids = _tag_ids(form.at("applied_tags"), payload.get("applied_tags"))
    message = fields.json_object(form.at("message"), payload.get("message"), required=True)
    form.raise_if_any()
    return tag_ids, message or {}


def _tag_ids(errors_at: FieldErrors, value: object) -> list[int]:
    raw = fields.array(errors_at, value, high=MAX_TAGS)
    ids = [fields.object_id(errors_at.at(place), each, required=True) for place, each in enumerate(raw)]
    return [tag_id for tag_id in ids if tag_id is not None]


def _name_and_duration(payload: Json) -> tuple[str, int]:
    form = FormErrors()
    name = fields.text(form.at("name"), payload.get("name"), low=1, high=MAX_NAME_CHARS, required=True)
    archives_after_min = payload.get("auto_archive_duration") or _ARCHIVES_AFTER_MIN[1]
    if archives_after_min not in _ARCHIVES_AFTER_MIN:
        form.at("auto_archive_duration").not_one_of(archives_after_min, _ARCHIVES_AFTER_MIN)
    form.raise_if_any()
    return name, archives_after_min
