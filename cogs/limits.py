"""/limits: the limits that apply to the user, and how much of each is left."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.policy.limits import RequestContext
from bot.interactions.compose import channel_and_category, place_of, role_ids_of, song_contexts
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services, services_of
from bot.replies import limits


class LimitsCog(commands.Cog):
    """The command /limits."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Show the limits that apply to you here and what you have left")
    @app_commands.allowed_installs(guilds=True, users=False)
    async def limits(self, interaction: discord.Interaction) -> None:
        """Answer with every limit that applies to the user in this channel, or in direct messages."""
        place = place_of(self._services, interaction)
        await acknowledge(interaction, ephemeral=True)
        channel_id, category_id = await channel_and_category(interaction, interaction.channel)
        context = RequestContext(
            guild_id=place.guild_id,
            channel_id=channel_id,
            member_id=interaction.user.id,
            role_ids=role_ids_of(interaction.user),
            category_id=category_id,
        )
        preview = await self._services.requests.preview(context)
        await answer(
            interaction, limits.own_limits(preview, is_direct=place.guild_id is None and not place.is_foreign)
        )


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    services = services_of(bot)
    cog = LimitsCog(services)
    cog.limits.allowed_contexts = song_contexts(services)
    await bot.add_cog(cog)
