"""The route for refused prompts: an ephemeral follow-up to the command."""

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
from bot.replies.locales import in_language
from bot.store import Store


class RefusalResponseRoute(Route):
    """An ephemeral follow-up, since nobody else needs to know that Whisul refused the prompt."""

    name = DeliveryRoute.INTERACTION

    def __init__(self, *, connection: DiscordConnection, clock: Clock, store: Store) -> None:
        super().__init__(connection=connection, clock=clock)
        self._store = store

    def applies_to(self, job: Job) -> bool:
        """Only for refused prompts of public jobs; private jobs have a route of their own."""
        return job.reason is Reason.REFUSED and not job.is_private

    async def target_channel(self, job: Job) -> int | None:
        """None, since a response needs no channel; raises Unreachable if the token has expired."""
        if unexpired_token(job, self._clock) is None:
            raise Unreachable("the interaction has expired")
        return None

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        """Send the follow-up, then delete the public card.

        In this order: after a crash in between, `find` still sees the card and turns it into the refusal.
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
            # The follow-up was sent and must not be sent again: a time-out counts as an unknown outcome.
            raise TimeoutError("the card could not be taken away") from error
        return Sent()

    async def _draw_card(self, job: Job, webhook: discord.Webhook) -> None:
        """Draw a card where there is none yet: after a crash, only the card tells whether the follow-up was sent.

        Besides, while the response is still "is thinking", a follow-up would replace it in public.
        """
        with in_language(job.card_locale):
            reply = card.finished(job, jump_url=None)
        try:
            message = await webhook.edit_message(ORIGINAL_RESPONSE, **edit_fields(reply))
        except discord.NotFound as error:
            if not is_gone(error):
                raise
            return  # somebody has deleted it
        await self._store.set_card(job.key, message_id=message.id)

    async def find(self, job: Job) -> Sent | None:
        """Tell by the card how far an earlier attempt came: follow-ups have no nonce, and ephemeral ones no history.

        A deleted card means that the follow-up was sent. An existing one is edited into the refusal, which can be repeated.
        """
        # Read again: the earlier attempt may have drawn the card after this job was loaded.
        job = await self._store.get(job.key) or job
        # Without a card nothing was sent: `send` draws it before the follow-up.
        if job.card_message_id is None:
            return None
        client = await self._connection.client(job.guild_id)
        channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        with in_language(job.card_locale):
            reply = failure.post(job, now=self._clock.now())
        try:
            await channel.get_partial_message(job.card_message_id).edit(**edit_fields(reply))
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
