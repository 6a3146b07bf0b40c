"""The like button under a song, and the count on it."""

import asyncio
from dataclasses import dataclass, field

import discord
from discord.ext import commands

from bot.delivery import relabelled
from bot.errors import JobGone
from bot.interactions.components import pressed_job_key, router_of
from bot.interactions.responses import acknowledge_press, answer_privately
from bot.interactions.services import Services, services_of
from bot.replies import button_responses, buttons
from bot.replies.custom_ids import Control, custom_id


@dataclass(slots=True)
class _Counter:
    """The count on one message while presses on it are being answered.

    `button_responses` are those that are stored, `shown` those that the message shows; `answering` is how many are in hand.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    button_responses: int = 0
    shown: int = 0
    answering: int = 0


class LikesCog(commands.Cog):
    """Favourites."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._counters: dict[int, _Counter] = {}

    async def like(self, interaction: discord.Interaction, argument: str) -> None:
        """Like the song, or take the like back, and show the count to everybody."""
        key, message = pressed_job_key(interaction, argument), interaction.message
        services = self._services
        liking = await services.store.likes.toggle(key, user_id=interaction.user.id, now=services.clock.now())
        if liking is None and ((job := await services.store.get(key)) is None or job.is_erased):
            raise JobGone
        if liking is None or message is None:
            await answer_privately(interaction, button_responses.not_likeable())
            return
        counter = self._counters.setdefault(message.id, _Counter())
        counter.answering += 1
        try:
            await self._show(interaction, message, key, counter)
        finally:
            counter.answering -= 1
            if not counter.answering:
                self._counters.pop(message.id, None)

    async def _show(
        self, interaction: discord.Interaction, message: discord.Message, key: int, counter: _Counter
    ) -> None:
        """Put the count on the message, one edit at a time, so that no older count comes after a newer one.

        Alone, a press is answered by the edit. In a crowd it is only acknowledged, since Discord waits for 3 seconds,
        and the next edit shows all that were stored until then.
        """
        counter.button_responses += 1
        number, is_alone = counter.button_responses, counter.answering == 1
        if not is_alone:
            await acknowledge_press(interaction)
        async with counter.lock:
            if counter.shown >= number:
                return
            presses_counted = counter.button_responses
            count = await self._services.store.likes.count(key)
            view = relabelled(message, custom_id(Control.LIKE, key), buttons.like_label(count))
            if is_alone:
                await interaction.response.edit_message(view=view)
            else:
                await interaction.edit_original_response(view=view)
            counter.shown = presses_counted


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = LikesCog(services_of(bot))
    await bot.add_cog(cog)
    router_of(bot).add(Control.LIKE, cog.like)
