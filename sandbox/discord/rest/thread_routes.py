"""The REST routes by which the bot starts threads."""

from dataclasses import dataclass

from sandbox.discord.application.bot_messages import Posts
from sandbox.discord.json_types import Json
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rules import errors, fields
from sandbox.discord.rules.errors import FormFaults
from sandbox.discord.world import payloads
from sandbox.discord.world.model import Channel, ChannelType, MessageFlag
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

MAX_NAME_CHARS = 100
_HAVE_THREADS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_ARCHIVES_AFTER_MIN = (60, 1440, 4320, 10080)


@dataclass(slots=True)
class ThreadRoutes:
    """Threads on a message, and threads of their own."""

    world: World
    posts: Posts

    def routes(self) -> list[Route]:
        """All of them."""
        on_message = "/channels/{channel}/messages/{message}/threads"
        return [
            Route("POST", on_message, "thread.create", self.start_on_message),
            Route("POST", "/channels/{channel}/threads", "thread.create", self.start),
        ]

    async def start_on_message(self, call: Call) -> Answer:
        """A public thread on a message, whose ID it takes; an ephemeral message can have none."""
        message = self.posts.message(call.id("channel"), call.id("message"))
        channel = self._place(call, ChannelType.PUBLIC_THREAD)
        if message.flags & MessageFlag.HAS_THREAD:
            raise errors.thread_exists()
        name, archives_after_min = _form(call.payload)
        thread = self.world.add_thread(
            channel,
            name,
            owner=self.world.bot,
            on_message=message,
            archives_after_min=archives_after_min,
        )
        return 201, payloads.channel(self.world, thread)

    async def start(self, call: Call) -> Answer:
        """A thread without a message: a private one, unless it says that it is public."""
        kind = call.payload.get("type", int(ChannelType.PRIVATE_THREAD))
        if kind not in (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD):
            faults = FormFaults()
            faults.at("type").not_one_of(kind, (11, 12))
            faults.raise_if_any()
        channel = self._place(call, ChannelType(kind))
        name, archives_after_min = _form(call.payload)
        thread = self.world.add_thread(
            channel,
            name,
            owner=self.world.bot,
            private=kind == ChannelType.PRIVATE_THREAD,
            archives_after_min=archives_after_min,
        )
        return 201, payloads.channel(self.world, thread)

    def _place(self, call: Call, kind: ChannelType) -> Channel:
        channel = self.posts.channel(call.id("channel"))
        if channel.type not in _HAVE_THREADS:
            raise errors.wrong_channel_type()
        public = kind is ChannelType.PUBLIC_THREAD
        needed = Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
        if not self.world.can(self.world.bot, channel, needed):
            raise errors.missing_permissions()
        return channel


def _form(payload: Json) -> tuple[str, int]:
    faults = FormFaults()
    name = fields.text(faults.at("name"), payload.get("name"), low=1, high=MAX_NAME_CHARS, required=True)
    archives_after_min = payload.get("auto_archive_duration") or _ARCHIVES_AFTER_MIN[1]
    if archives_after_min not in _ARCHIVES_AFTER_MIN:
        faults.at("auto_archive_duration").not_one_of(archives_after_min, _ARCHIVES_AFTER_MIN)
    faults.raise_if_any()
    return name, archives_after_min
