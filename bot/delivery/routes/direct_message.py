"""The route after the channel of a server: a direct message."""

import discord

from bot.delivery.attachments import Attachments
from bot.delivery.routes.base import MessageRoute
from bot.delivery.sending import attachment_names
from bot.discord_io.message import Reply
from bot.discord_io.payloads import message_url
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.replies import failure, post


class DirectMessageRoute(MessageRoute):
    """A direct message to the requester."""

    name = DeliveryRoute.DIRECT_MESSAGE

    def applies_to(self, job: Job) -> bool:
        """Not for requests from direct messages: the route before is the same channel."""
        return not job.is_direct

    async def target_channel(self, job: Job) -> int | None:
        """The requester's DM channel with the bot, opened at need."""
        client = await self._connection.client()
        # Opening it again returns the same channel, so that `find` may do so, too.
        channel = await client.create_dm(discord.Object(job.requester_id))
        return channel.id

    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The post, which says where the song was requested and why it is sent directly."""
        if job.state is JobState.COMPLETED:
            return post.song_direct(job, **attachment_names(attachments))
        return failure.direct(job, now=self._clock.now())

    def nonce(self, job: Job) -> str:
        """One letter longer than the channel's, which leaves Discord's limit of 25 intact."""
        return f"{job.nonce}d"

    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """A link to a direct message."""
        return message_url(None, channel_id, message_id)
