"""/compose: from a prompt to a queued job and its card."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.ordering import order
from bot.services import Services, services_of


class Compose(commands.Cog):
    """Making songs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Compose a song from a prompt")
    @app_commands.describe(prompt="What it should sound like: genre, mood, instruments, a story …")
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def compose(self, interaction: discord.Interaction, prompt: str) -> None:
        """Order a song."""
        await order(self._services, interaction, prompt)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    await bot.add_cog(Compose(services_of(bot)))
