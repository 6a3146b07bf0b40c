"""The least that a discord.py bot does with a command: it defers."""

import os

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

Route.BASE = os.environ["DISCORD_API_URL"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
client = discord.Client(intents=discord.Intents(guilds=True))
tree = app_commands.CommandTree(client)


@tree.command()
async def compose(interaction: discord.Interaction, prompt: str) -> None:  # noqa: ARG001 - the command has it
    """Compose a song from a prompt."""
    await interaction.response.defer()


@client.event
async def setup_hook() -> None:
    """Once, after the login."""
    await tree.sync()


client.run(os.environ["DISCORD_TOKEN"], log_handler=None)
