"""/config: everything that the admins of a server can set, look at and take back."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.interactions.components import controls_of
from bot.interactions.services import Services, services_of
from cogs.config.channels import ChannelList, ChannelSettings
from cogs.config.components import PanelComponents
from cogs.config.limits import Limits
from cogs.config.moderation import Retention, Words
from cogs.config.overview import Overview


def config_group(services: Services) -> app_commands.Group:
    """The command, put together from its parts; each part checks for itself that an admin uses it."""
    group = app_commands.Group(
        name="config",
        description="Settings of this server, for those who manage it",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )
    for part in (Overview(services), Limits(services), ChannelSettings(services), Retention(services)):
        for command in part.commands:
            group.add_command(command)
    group.add_command(ChannelList(services))
    group.add_command(Words(services))
    return group


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    services = services_of(bot)
    bot.tree.add_command(config_group(services))
    PanelComponents(services).enter(controls_of(bot))
