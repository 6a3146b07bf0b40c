"""/help: how to request a song, and the commands that matter to the user."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.generation.poll_schedule import expectation
from bot.interactions.compose import is_foreign
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services, services_of
from bot.replies import help as texts


class HelpCog(commands.Cog):
    """The command /help."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self._bot = bot
        self._services = services

    @app_commands.command(description="Show how to get a song and what I can do")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def help(self, interaction: discord.Interaction) -> None:
        """Answer with the commands that work where the user is, as they are described in Discord's list."""
        await acknowledge(interaction, ephemeral=True)
        is_server = interaction.guild_id is not None and not is_foreign(interaction)
        reply = texts.overview(
            {
                command.qualified_name: command.description
                for command in self._bot.tree.walk_commands()
                if isinstance(command, app_commands.Command) and (is_server or _works_in_dm(command))
            },
            expectation=expectation(await self._services.store.recent_waits_s()),
            is_server=is_server,
            is_manager=is_server and interaction.permissions.manage_guild,
        )
        await answer(interaction, reply)


def _works_in_dm(command: app_commands.Command[commands.Cog, ..., None]) -> bool:
    # Discord looks at the contexts of a whole group; a command of it may still answer in servers only.
    contexts = command.allowed_contexts or (command.root_parent or command).allowed_contexts
    return contexts is not None and bool(contexts.dm_channel)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    await bot.add_cog(HelpCog(bot, services_of(bot)))
