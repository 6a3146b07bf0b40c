"""The usual route: a message in the channel of the request, or in the server's channel for results."""

from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.clock import Clock
from bot.delivery.attachments import Attachments
from bot.delivery.routes.base import MessageRoute, Sent, Unreachable
from bot.delivery.routes.results_channel import results_channel
from bot.delivery.sending import Shape, attachment_names, send_with_fallbacks
from bot.discord_io.channel_types import RESULT_PLACES
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import is_gone, send_outcome
from bot.discord_io.forum_posts import tags_for
from bot.discord_io.message import Reply
from bot.discord_io.payloads import message_url, send_fields
from bot.discord_io.permissions import (
    assumed_permissions,
    missing_permissions,
    send_permission,
    timed_out_until,
)
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.replies import failure, post
from bot.store import Store


class ChannelRoute(MessageRoute):
    """A message in the server's results channel, else in the job's own channel.

    For a request from a direct message that is the channel of the two. It replies to the parent's post, else to the
    job's card, if that is in the same channel.
    """

    name = DeliveryRoute.CHANNEL

    def __init__(self, *, connection: DiscordConnection, clock: Clock, store: Store) -> None:
        super().__init__(connection=connection, clock=clock)
        self._store = store

    def applies_to(self, job: Job) -> bool:
        """Never for private jobs."""
        return not job.is_private

    def locale(self, job: Job) -> str | None:
        """The server's: everyone in the channel reads it. In a direct message it is the requester's."""
        return job.guild_locale

    async def target_channel(self, job: Job) -> int | None:
        """The results channel, else the job's own, of those in which the bot may post."""
        if job.is_direct:
            return job.channel_id
        guild = await self._connection.guild(job.guild_id)
        if guild is None:
            if self._connection.knows(job.guild_id):
                raise Unreachable("the bot is no longer in the server")
            # The process that has the server's shard has ended: Discord knows what can be posted where.
            return job.results_channel_id or job.channel_id
        results = await results_channel(await self._connection.client(job.guild_id), job)
        if results is not None and not _missing(results, guild):
            return results.id
        channel = guild.get_channel_or_thread(job.channel_id)
        # A channel that is not cached (an archived thread) is tried: Discord knows better.
        if channel is not None and (missing := _missing(channel, guild)):
            if timed_out_until(guild) is not None:
                raise Unreachable("the bot is in a timeout in the server")
            raise Unreachable(f"the bot is missing {missing} in the channel")
        return job.channel_id

    async def is_repeatable(self, job: Job) -> bool:
        """Not in a forum: its posts have no nonce."""
        return await self._forum(job, job.post_channel_id) is None

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Send to the channel, or as a post to a forum; if Discord rejects the results channel, to the job's own."""
        there = replace(job, post_channel_id=channel_id)
        forum = await self._forum(job, channel_id)
        try:
            if forum is None:
                return await super().send(there, channel_id, shape)
            return await self._post_to_forum(there, forum, shape)
        except discord.HTTPException as error:
            if channel_id == job.channel_id or send_outcome(error) is not SendOutcome.REJECTED:
                raise
        # AutoMod rules can differ between channels: nothing was refused in this one yet.
        shape.cuts.clear()
        own = replace(job, post_channel_id=job.channel_id)
        return await super().send(own, job.channel_id, shape)

    async def _forum(self, job: Job, channel_id: int | None) -> discord.ForumChannel | None:
        client = await self._connection.client(job.guild_id)
        channel = client.get_channel(channel_id or 0)
        return channel if isinstance(channel, discord.ForumChannel) else None

    async def _post_to_forum(self, job: Job, forum: discord.ForumChannel, shape: Shape) -> Sent:
        tags = tags_for(forum, job.song.tags if job.song else ())
        # Discord documents no components (V2) for the first message of a forum's post.
        shape.prefers_layout = False

        async def create(reply: Reply, shape: Shape) -> Sent:
            made = await forum.create_thread(
                name=post.forum_title(job, is_titled=shape.is_titled),
                applied_tags=tags,
                files=shape.attachments.files(),
                **send_fields(reply),
            )
            return self.sent(job, made.thread.id, made.message)

        return await send_with_fallbacks(partial(self.compose, job), create, shape)

    async def find(self, job: Job) -> Sent | None:
        """Search every channel that the last attempt may have sent to."""
        guild = await self._connection.guild(job.guild_id)
        for channel_id in dict.fromkeys([job.post_channel_id or job.channel_id, job.channel_id]):
            channel = guild.get_channel_or_thread(channel_id) if guild else None
            if channel and channel.type not in RESULT_PLACES:
                continue  # a category: the bot posts nothing there
            # Without this permission Discord returns an empty history, which would look like "not sent".
            if guild and channel and not assumed_permissions(channel, guild.me).read_message_history:
                raise Unreachable("the bot may not read the channel's history")
            try:
                sent = await self._find_in(channel_id, job)
            except discord.NotFound as error:
                if channel_id == job.channel_id or not is_gone(error):
                    raise
                continue  # the results channel is deleted, and its messages with it
            if sent is not None:
                return sent
        return None

    async def size_limit_bytes(self, job: Job) -> int:
        """The server's own limit, of which boosted servers have a larger one; in a direct message the usual one."""
        client = await self._connection.client(job.guild_id)
        guild = client.get_guild(job.guild_id or 0)
        return guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The post, pinging the requester."""
        if job.state is JobState.COMPLETED:
            return post.song(job, **attachment_names(attachments))
        return failure.post(job, now=self._clock.now())

    def nonce(self, job: Job) -> str:
        """The job's stored nonce."""
        return job.nonce

    async def reply_fields(self, job: Job) -> dict[str, Any]:
        """A reply to the parent's post if it is in this channel, else to the card; sent without reply if that is deleted."""
        if job.post_channel_id not in (None, job.channel_id):
            return {}
        message_id = await self._parents_post(job) or job.card_message_id
        if message_id is None:
            return {}
        reference = discord.MessageReference(
            message_id=message_id,
            channel_id=job.channel_id,
            guild_id=job.guild_id,
            # Otherwise Discord refuses the post when somebody has deleted that message.
            fail_if_not_exists=False,
        )
        return {"reference": reference}

    async def _parents_post(self, job: Job) -> int | None:
        parent = None if job.parent_key is None else await self._store.get(job.parent_key)
        stands_here = parent is not None and parent.post_channel_id == job.channel_id
        return parent.post_message_id if parent is not None and stands_here else None

    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """A link to a message in the server or the direct messages."""
        return message_url(job.guild_id, channel_id, message_id)


def _missing(channel: discord.abc.GuildChannel | discord.Thread, guild: discord.Guild) -> str | None:
    """The first permission that is missing for a post, by its name in Discord's client; None if all are granted."""
    if guild.unavailable:
        return None  # nothing is known of the server during an outage: Discord knows better
    needed = ("view_channel", send_permission(channel), "embed_links")
    missing = missing_permissions(assumed_permissions(channel, guild.me), needed)
    return missing[0].replace("_", " ").title() if missing else None
