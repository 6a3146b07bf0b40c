"""The Manage Server check of /config, and the two ways in which its commands change settings. Every answer is ephemeral."""

from typing import Any

import discord
from discord import app_commands

from bot.discord_io.channel_types import channel_types_in
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services
from bot.replies.config import panel
from bot.services.server_settings import Change


def require_manage_guild(interaction: discord.Interaction) -> None:
    """Make sure that the user may manage the server now.

    Discord shows /config only to these users, but server admins can change that, and clients can forge custom IDs.

    Raises:
        app_commands.NoPrivateMessage: outside servers.
        app_commands.MissingPermissions: the user lacks Manage Server.
    """
    guild_id_of(interaction)
    # The permissions that Discord sends with the interaction: valid even without a cached member.
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])


def guild_id_of(interaction: discord.Interaction) -> int:
    """The server of the interaction. Raises app_commands.NoPrivateMessage outside servers."""
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild_id


class AdminGroup(app_commands.Group, name="admin", description="Commands for admins"):
    """Some subcommands of /config, checked for Manage Server; `cogs.config` puts them together."""

    def __init__(self, services: Services, **names: Any) -> None:
        super().__init__(**names)
        self.services = services

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Called by discord.py before each command of the group; raises as `require_manage_guild`."""
        require_manage_guild(interaction)
        return True


async def propose(services: Services, interaction: discord.Interaction, change: Change, *, what: str) -> None:
    """Show a change with its effect, to be saved or cancelled; `what` is its name in the log."""
    await acknowledge(interaction, ephemeral=True)
    proposed = await services.server_settings.propose(guild_id_of(interaction), change, what=what)
    await answer(interaction, panel.proposal(proposed, channel_types_in(interaction.guild)))


async def apply(services: Services, interaction: discord.Interaction, change: Change, *, what: str) -> None:
    """Save a change at once; `what` is its name in the log."""
    await acknowledge(interaction, ephemeral=True)
    saved = await services.server_settings.apply(
        guild_id_of(interaction), change, what=what, by=interaction.user.id
    )
    await answer(interaction, panel.saved(saved, channel_types_in(interaction.guild)))
