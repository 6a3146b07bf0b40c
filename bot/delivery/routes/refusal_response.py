"""The route for what Whisul refuses: the private answer to the command itself."""

import discord

from bot.clock import Clock
from bot.delivery.cards import ORIGINAL_RESPONSE, unexpired_token
from bot.delivery.routes.base import Route, Sent, Unreachable
from bot.delivery.sending import Shape, send_with_fallbacks
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, UNKNOWN_MESSAGE, is_gone
from bot.discord_io.message import Reply
from bot.discord_io.payloads import edit_fields, message_url, send_fields
from bot.domain.jobs import DeliveryRoute, Job, Reason
from bot.replies import card, failure, refusals
from bot.store import Store


class RefusalResponseRoute(Route):
    """The private answer to the command itself, for what concerns nobody else: Whisul refused the prompt."""

    name = DeliveryRoute.INTERACTION

    def __init__(self, *, connection: DiscordConnection, clock: Clock, store: Store) -> None:
        super().__init__(connection=connection, clock=clock)
        self._store = store

    def applies_to(self, job: Job) -> bool:
        """Only for a refusal; what is private has a route of its own."""
        return job.reason is Reason.REFUSED and not job.is_private

    async def target_channel(self, job: Job) -> int | None:
        """Only while the token lives."""
        if unexpired_token(job, self._clock) is None:
            raise Unreachable("the interaction has expired")
        return None

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Answer privately, then take the public card away.

        In this order, so that a crash between the two leaves a card to be mended and nobody untold.
        """
        token = unexpired_token(job, self._clock)
        if token is None:
            raise Unreachable("the interaction has expired")
        webhook = await self._connection.response_webhook(token)
        if job.card_message_id is None:
            await self._draw_card(job, webhook)

        async def answer(reply: Reply, _: Shape) -> None:
            await webhook.send(**send_fields(reply), ephemeral=True, wait=True)

        await send_with_fallbacks(lambda _: refusals.whisul_refused(job), answer, shape)
        try:
            await _delete_response(webhook)
        except DISCORD_ERRORS as error:
            # Whatever this means for the card, the answer was given, and must not be given again.
            raise TimeoutError("the card could not be taken away") from error
        return Sent()

    async def _draw_card(self, job: Job, webhook: discord.Webhook) -> None:
        """Have a card where there is none yet: only by it can be told after a crash whether the answer was given.

        While the response still says that the bot is thinking, a follow-up would also take its place in public.
        """
        reply = card.finished(job, jump_url=None)
        try:
            message = await webhook.edit_message(ORIGINAL_RESPONSE, **edit_fields(reply))
        except discord.NotFound as error:
            if not is_gone(error):
                raise
            return  # somebody has deleted it
        await self._store.set_card(job.key, message_id=message.id)

    async def find(self, job: Job) -> Sent | None:
        """Follow-ups have no nonce and private ones no history: the card tells how far the last try came.

        Gone: the answer was given. Still there: it is turned into the refusal, which cannot happen twice.
        """
        job = await self._store.get(job.key) or job
        if job.card_message_id is None:
            return None
        client = await self._connection.client()
        channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            await channel.get_partial_message(job.card_message_id).edit(
                **edit_fields(failure.post(job, now=self._clock.now()))
            )
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return Sent()
        return Sent(
            job.channel_id,
            job.card_message_id,
            message_url(job.guild_id, job.channel_id, job.card_message_id),
        )


async def _delete_response(webhook: discord.Webhook) -> None:
    try:
        await webhook.delete_message(ORIGINAL_RESPONSE)
    except discord.NotFound as error:
        if not is_gone(error):
            raise
