"""The like button of a song, the count on it, and taking a like back in the list of favorites."""

import asyncio
from dataclasses import dataclass, field

import discord
import structlog
from discord.ext import commands

from bot.discord_io.errors import DISCORD_ERRORS, describe
from bot.discord_io.payloads import view_with_label
from bot.domain.jobs import Job
from bot.errors import JobGone
from bot.interactions.components import parse_id, pressed_job_key, router_of, selected_values
from bot.interactions.compose import post_locale
from bot.interactions.responses import acknowledge_press, answer_privately
from bot.interactions.services import Services, services_of
from bot.replies import button_responses, buttons
from bot.replies.buttons import Control, custom_id
from bot.replies.locales import in_language
from cogs.songs import show_page, viewer_scope_of

log = structlog.get_logger(__name__)


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
            self._release(message.id, counter)

    async def unlike(self, interaction: discord.Interaction, argument: str) -> None:
        """A song was selected under the user's favorites: take their like back, and show the page again."""
        search_key, _, number = argument.partition(":")
        (selected,) = selected_values(interaction) or ("",)
        key, search, page_number = parse_id(selected), parse_id(search_key), parse_id(number)
        await acknowledge_press(interaction)
        services = self._services
        is_removed = await services.store.likes.remove(key, user_id=interaction.user.id)
        page = await services.song_search.page(search, page_number, viewer_scope_of(interaction))
        await show_page(services, interaction, page)
        job = await services.store.get(key) if is_removed else None
        if job is not None and job.post_channel_id is not None and job.post_message_id is not None:
            await self._show_under_post(interaction, job, job.post_channel_id, job.post_message_id)

    async def _show_under_post(
        self, interaction: discord.Interaction, job: Job, channel_id: int, message_id: int
    ) -> None:
        """Edit the count under a post. After an error it is wrong until somebody presses the button there."""
        channel = interaction.client.get_partial_messageable(channel_id)
        counter = self._counters.setdefault(message_id, _Counter())
        counter.in_flight += 1
        try:
            async with counter.lock:
                count = await self._services.store.likes.count(job.key)
                with in_language(job.guild_locale):
                    label = buttons.like_label(count)
                message = await channel.fetch_message(message_id)
                await message.edit(view=view_with_label(message, custom_id(Control.LIKE, job.key), label))
        except DISCORD_ERRORS as error:
            log.info("count_not_shown", job=job, error=describe(error))
        finally:
            self._release(message_id, counter)

    def _release(self, message_id: int, counter: _Counter) -> None:
        counter.in_flight -= 1
        if not counter.in_flight:
            self._counters.pop(message_id, None)

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
    router_of(bot).add(Control.UNLIKE, cog.unlike)
