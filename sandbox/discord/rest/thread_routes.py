"""The REST routes by which the bot starts threads."""

from dataclasses import dataclass

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.json_types import Json
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rules import errors, fields
from sandbox.discord.rules.errors import FormErrors, not_one_of
from sandbox.discord.world import payloads
from sandbox.discord.world.model import Channel, ChannelType, MessageFlag
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_NAME_CHARS = 100
_HAVE_THREADS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_ARCHIVES_AFTER_MIN = (60, 1440, 4320, 10080)


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
        ]

    async def start_on_message(self, call: Call) -> Answer:
        """Start a public thread on a message; it has the message's ID. An ephemeral message cannot have one."""
        message = self.bot_messages.message(call.id("channel"), call.id("message"))
        channel = self._parent(call, ChannelType.PUBLIC_THREAD)
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
        """Start a thread without a message: private, unless the body says that it is public."""
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

    def _parent(self, call: Call, kind: ChannelType) -> Channel:
        channel = self.bot_messages.channel(call.id("channel"))
        if channel.type not in _HAVE_THREADS:
            raise errors.wrong_channel_type()
        public = kind is ChannelType.PUBLIC_THREAD
        needed = Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
        if not self.world.can(self.world.bot, channel, needed):
            raise errors.missing_permissions()
        return channel


def _name_and_duration(payload: Json) -> tuple[str, int]:
    form = FormErrors()
    name = fields.text(form.at("name"), payload.get("name"), low=1, high=MAX_NAME_CHARS, required=True)
    archives_after_min = payload.get("auto_archive_duration") or _ARCHIVES_AFTER_MIN[1]
    if archives_after_min not in _ARCHIVES_AFTER_MIN:
        form.at("auto_archive_duration").not_one_of(archives_after_min, _ARCHIVES_AFTER_MIN)
    form.raise_if_any()
    return name, archives_after_min
