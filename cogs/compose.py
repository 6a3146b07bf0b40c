"""/compose: from a prompt to a queued job and its card."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers import BotMayNot, acknowledge
from bot.composer import Request
from bot.services import Services, services_of

NEEDED = ("view_channel", "embed_links", "read_message_history")


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
        """Check what can be checked at once, promise, acknowledge, write down, show the card."""
        composer = self._services.composer
        composer.admit(prompt)
        guild_id, channel_id = where(interaction)
        request = Request(
            prompt=prompt,
            guild_id=guild_id,
            channel_id=channel_id,
            requester_id=interaction.user.id,
            interaction_token=interaction.token,
            interaction_expires_at=interaction.expires_at,
        )
        async with self._services.promises.made(interaction):
            await acknowledge(interaction)
            job = await composer.compose(request)
        await self._services.cards.refresh(job.key)


def where(interaction: discord.Interaction) -> tuple[int, int]:
    """The server and the channel of a command, once it is certain that the bot can post a song there.

    Raises:
        BotMayNot: with every permission that is missing.
        app_commands.NoPrivateMessage: outside servers.
    """
    if interaction.guild_id is None or interaction.channel_id is None:
        raise app_commands.NoPrivateMessage
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = (*NEEDED, "send_messages_in_threads" if in_thread else "send_messages")
    # Discord's own word for this channel: right even when nothing is cached.
    granted = interaction.app_permissions
    if missing := [name for name in needed if not getattr(granted, name)]:
        raise BotMayNot(missing, interaction.channel_id)
    return interaction.guild_id, interaction.channel_id


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    await bot.add_cog(Compose(services_of(bot)))
