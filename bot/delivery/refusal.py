"""The rung for what Whisul refuses: the private answer to the command itself."""

import discord

from bot.delivery.attachments import Attachments
from bot.delivery.cards import ORIGINAL, living_token
from bot.delivery.faults import UNKNOWN_MESSAGE
from bot.delivery.messages import edit_fields, message_url, send_fields
from bot.delivery.rungs import LadderRung, Sent, Unreachable
from bot.models import Job, Reason, Rung
from bot.replies import failure, refusals


class InteractionRung(LadderRung):
    """The private answer to the command itself, for what concerns nobody else: Whisul refused the prompt."""

    name = Rung.INTERACTION

    def suits(self, job: Job) -> bool:
        """Only for a refusal; what is private has a rung of its own."""
        return job.reason is Reason.REFUSED and not job.is_private

    async def aim(self, job: Job) -> int | None:
        """Only while the token lives."""
        if living_token(job, self._clock) is None:
            raise Unreachable("the interaction has expired")
        return None

    async def send(self, job: Job, channel_id: int | None, attachments: Attachments) -> Sent:
        """Answer privately, then take the public card away.

        In this order, so that a crash between the two leaves a card to be mended and nobody untold. While the
        response still says that the bot is thinking, it goes first: a follow-up would take its place in public.
        """
        token = living_token(job, self._clock)
        if token is None:
            raise Unreachable("the interaction has expired")
        webhook = await self._line.followups(token)
        if job.card_message_id is None:
            await _delete_response(webhook)
        await webhook.send(**send_fields(refusals.whisul_refused(job)), ephemeral=True, wait=True)
        if job.card_message_id is not None:
            await _delete_response(webhook)
        return Sent()

    async def find(self, job: Job) -> Sent | None:
        """Follow-ups have no nonce and private ones no history: the card tells how far the last try came.

        Gone: the answer was given. Still there: it is turned into the refusal, which cannot happen twice.
        """
        if job.card_message_id is None:
            return None
        client = await self._line.client()
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
        await webhook.delete_message(ORIGINAL)
    except discord.NotFound:
        return
