"""The like button of a song, and the count on it."""

import asyncio
from dataclasses import dataclass, field

import discord
from discord.ext import commands

from bot.discord_io.payloads import view_with_label
from bot.errors import JobGone
from bot.interactions.components import pressed_job_key, router_of
from bot.interactions.compose import post_locale
from bot.interactions.responses import acknowledge_press, answer_privately
from bot.interactions.services import Services, services_of
from bot.locales import in_language
from bot.replies import button_responses, buttons
from bot.replies.buttons import Control, custom_id


@dataclass(slots=True)
class _Counter:
    """The presses on one message that are being answered.

    Attributes:
        lock: held while the message is edited.
        stored: the number of presses whose like is in the database.
        shown: how many of these the message shows.
        in_flight: the number of presses without a complete answer.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stored: int = 0
    shown: int = 0
    in_flight: int = 0


class LikesCog(commands.Cog):
    """The handler of the like button."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._counters: dict[int, _Counter] = {}

    async def like(self, interaction: discord.Interaction, argument: str) -> None:
        """Like the song, or take the like back, and show the new count."""
        key, message = pressed_job_key(interaction, argument), interaction.message
        services = self._services
        liking = await services.store.likes.toggle(key, user_id=interaction.user.id, now=services.clock.now())
        if liking is None and ((job := await services.store.get(key)) is None or job.is_erased):
            raise JobGone
        if liking is None or message is None:
            await answer_privately(interaction, button_responses.not_likeable())
            return
        counter = self._counters.setdefault(message.id, _Counter())
        counter.in_flight += 1
        try:
            await self._show(interaction, message, key, counter)
        finally:
            counter.in_flight -= 1
            if not counter.in_flight:
                self._counters.pop(message.id, None)

    async def _show(
        self, interaction: discord.Interaction, message: discord.Message, key: int, counter: _Counter
    ) -> None:
        """Edit the count of the message.

        A single press is answered by the edit. While others are in flight a press is acknowledged first, because
        Discord waits 3 seconds for an answer, and one edit shows all presses stored until then.
        """
        counter.stored += 1
        number, is_alone = counter.stored, counter.in_flight == 1
        if not is_alone:
            await acknowledge_press(interaction)
        # One edit at a time: an older count must not overwrite a newer one.
        async with counter.lock:
            if counter.shown >= number:
                return
            # Taken before the count is read: later presses make another edit.
            included = counter.stored
            count = await self._services.store.likes.count(key)
            # Everyone in a server sees the count.
            with in_language(await post_locale(self._services, interaction)):
                label = buttons.like_label(count)
            view = view_with_label(message, custom_id(Control.LIKE, key), label)
            if is_alone:
                await interaction.response.edit_message(view=view)
            else:
                await interaction.edit_original_response(view=view)
            counter.shown = included


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = LikesCog(services_of(bot))
    await bot.add_cog(cog)
    router_of(bot).add(Control.LIKE, cog.like)
