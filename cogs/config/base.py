"""What all of /config has in common: only those who may manage the server, and every answer private."""

from typing import Any

import discord
from discord import app_commands

from bot.discord_io.channel_kinds import kinds_in
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services
from bot.replies.config import panel
from bot.services.server_settings import Change


def require_manage_guild(interaction: discord.Interaction) -> int:
    """Make certain that an admin asks, at this moment: commands can be unlocked, and custom IDs forged.

    Returns the server's ID.

    Raises:
        app_commands.NoPrivateMessage, app_commands.MissingPermissions: and nothing was done.
    """
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    # Discord's own word, sent with the interaction.
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


class AdminGroup(app_commands.Group, name="managed", description="Commands for admins"):
    """Some sub-commands of /config; `cogs.config` puts them together."""

    def __init__(self, services: Services, **names: Any) -> None:
        super().__init__(**names)
        self.services = services

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Raises for everybody who is no admin."""
        require_manage_guild(interaction)
        return True


async def propose(services: Services, interaction: discord.Interaction, change: Change, *, what: str) -> None:
    """Show what a change would do, for an admin to save or to cancel."""
    guild_id = require_manage_guild(interaction)
    await acknowledge(interaction, ephemeral=True)
    await answer(
        interaction,
        panel.proposal(
            await services.server_settings.propose(guild_id, change, what=what), kinds_in(interaction.guild)
        ),
    )


async def apply(services: Services, interaction: discord.Interaction, change: Change, *, what: str) -> None:
    """Make a change at once."""
    guild_id = require_manage_guild(interaction)
    await acknowledge(interaction, ephemeral=True)
    made = await services.server_settings.apply(guild_id, change, what=what, by=interaction.user.id)
    await answer(interaction, panel.saved(made, kinds_in(interaction.guild)))
