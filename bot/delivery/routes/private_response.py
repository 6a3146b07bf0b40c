"""The route of private songs: edits the command's ephemeral response into the outcome."""

from functools import partial

import discord

from bot.clock import Clock
from bot.delivery.attachments import Attachments
from bot.delivery.cards import ORIGINAL_RESPONSE, Cards, unexpired_token
from bot.delivery.routes.base import Route, Sent, Unreachable
from bot.delivery.sending import Shape, attachment_names, posted_cover, send_with_fallbacks
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.layout import has_audio
from bot.discord_io.message import Reply
from bot.discord_io.payloads import edit_fields, send_fields
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.replies import buttons, failure, post, sharing


class PrivateResponseRoute(Route):
    """An edit of the ephemeral response by the interaction's token, which can be repeated without a second message."""

    name = DeliveryRoute.INTERACTION

    def __init__(self, *, connection: DiscordConnection, clock: Clock, cards: Cards) -> None:
        super().__init__(connection=connection, clock=clock)
        self._cards = cards

    def applies_to(self, job: Job) -> bool:
        """Only for private jobs."""
        return job.is_private

    async def target_channel(self, job: Job) -> int | None:
        """None, since a response needs no channel; raises Unreachable if the token has expired."""
        await self._webhook(job)
        return None

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Replace the card by the outcome."""
        del channel_id
        client = await self._connection.client(job.guild_id)
        guild = client.get_guild(job.guild_id or 0)
        channel = guild.get_channel_or_thread(job.channel_id) if guild else None
        webhook = await self._webhook(job)

        async def edit(reply: Reply, shape: Shape) -> Sent:
            fields = edit_fields(reply)
            message = await webhook.edit_message(
                ORIGINAL_RESPONSE, **fields, attachments=shape.attachments.files()
            )
            return Sent(cover_url=posted_cover(message, job), has_audio=has_audio(message))

        # Under the card's lock: an edit of the card in flight must not arrive after the outcome.
        async with self._cards.locked(job.key):
            compose = partial(self._reply, job, channel.name if channel else None)
            return await send_with_fallbacks(compose, edit, shape)

    async def find(self, job: Job) -> Sent | None:
        """None: an edit can be repeated, so there is nothing to search for."""
        del job

    async def after_delivered(self, job: Job) -> None:
        """Send a follow-up that the song is ready, because Discord notifies nobody of an edit.

        A follow-up has no nonce: it is sent at most once, and not after a crash.
        """
        if job.state is JobState.COMPLETED:
            webhook = await self._webhook(job)
            await webhook.send(**send_fields(post.private_ready(job)), ephemeral=True, wait=True)

    def _reply(self, job: Job, channel_name: str | None, attachments: Attachments) -> Reply:
        if job.state is not JobState.COMPLETED:
            return failure.private(job, now=self._clock.now())
        share = sharing.share_button(job, channel_name)
        return post.song_private(
            job, **attachment_names(attachments), buttons=(*share, *buttons.of_private_song(job))
        )

    async def _webhook(self, job: Job) -> discord.Webhook:
        token = unexpired_token(job, self._clock)
        if token is None:
            raise Unreachable("the interaction has expired")
        return await self._connection.response_webhook(token)
