"""What a delivery route does: choose the channel, send, and find what was sent before a crash."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.clock import Clock
from bot.delivery.attachments import Attachments
from bot.delivery.sending import Shape, find_post, posted_cover, send_with_fallbacks
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.forum_posts import holder_id
from bot.discord_io.layout import has_audio
from bot.discord_io.message import Reply
from bot.discord_io.payloads import send_fields
from bot.domain.jobs import DeliveryRoute, Job


class Unreachable(Exception):
    """This route cannot be used for this job; the text, which is logged and stored, says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A sent message. `message_id` is None for ephemeral responses, which cannot be addressed.

    `cover_url` is the cover that was uploaded with it, `has_audio` whether the song was too.
    """

    channel_id: int | None = None
    message_id: int | None = None
    jump_url: str | None = None
    cover_url: str | None = None
    has_audio: bool = False


class Route(ABC):
    """One way to reach the requester."""

    name: DeliveryRoute

    def __init__(self, *, connection: DiscordConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def applies_to(self, _job: Job) -> bool:
        """Whether this route is meant for the job at all."""
        return True

    def locale(self, job: Job) -> str | None:
        """The language of those who read the message: the requester's, unless others see it."""
        return job.locale

    async def size_limit_bytes(self, _job: Job) -> int:
        """The largest upload that this route accepts, in bytes."""
        return discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def after_delivered(self, job: Job) -> None:
        """Called once after `delivered` was committed; lost in a crash, so only for what is optional."""
        del job

    async def is_repeatable(self, _job: Job) -> bool:
        """Whether Discord drops a second message of the job that comes soon after the first."""
        return True

    @abstractmethod
    async def target_channel(self, job: Job) -> int | None:
        """The ID of the channel to send to, None for responses. Raises Unreachable, or what discord.py raises."""

    @abstractmethod
    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Send the message; raises what discord.py raises. Parts that Discord refuses are left out in `shape`."""

    @abstractmethod
    async def find(self, job: Job) -> Sent | None:
        """The message that an earlier attempt has sent; None without one. Raises what discord.py raises."""


class MessageRoute(Route):
    """A route that posts a message with the bot's own token, under a nonce made for the job."""

    @abstractmethod
    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The message."""

    @abstractmethod
    def nonce(self, job: Job) -> str:
        """The same for every send of a job by this route: Discord drops a second message with the same nonce."""

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Send the message, without the parts that Discord refuses."""
        if channel_id is None:
            raise Unreachable("no channel")

        async def post(reply: Reply, shape: Shape) -> Sent:
            client = await self._connection.client(job.guild_id)
            message = await client.get_partial_messageable(channel_id).send(
                **send_fields(reply),
                **(await self.reply_fields(job) if shape.is_reply else {}),
                # New for each form of the message: discord.py consumes a file when it sends it.
                files=shape.attachments.files(),
                nonce=self.nonce(job),
            )
            return self.sent(job, channel_id, message)

        return await send_with_fallbacks(partial(self.compose, job), post, shape)

    async def reply_fields(self, job: Job) -> dict[str, Any]:
        """The arguments that make the message a reply."""
        return {}

    @abstractmethod
    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """The link to the message."""

    async def find(self, job: Job) -> Sent | None:
        """Search the channel from the first send on for a message of the bot with the job's ID."""
        channel_id = await self.target_channel(job)
        return None if channel_id is None else await self._find_in(channel_id, job)

    async def _find_in(self, channel_id: int, job: Job) -> Sent | None:
        client = await self._connection.client(job.guild_id)
        # By Discord's time of the first attempt: the message cannot be older.
        found = await find_post(client, job, channel_id, since=job.posting_at or job.created_at)
        return None if found is None else self.sent(job, holder_id(client, channel_id, found.id), found)

    def sent(self, job: Job, channel_id: int, message: discord.Message) -> Sent:
        """A message of the job in a channel or a forum's post."""
        return Sent(
            channel_id,
            message.id,
            self.jump_url(job, channel_id, message.id),
            cover_url=posted_cover(message, job),
            has_audio=has_audio(message),
        )
