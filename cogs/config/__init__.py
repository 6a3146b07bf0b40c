"""/config: the settings of a server, for members with Manage Server."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.interactions.components import router_of
from bot.interactions.services import Services, services_of
from cogs.config.channels import ChannelCommands, ChannelListCommands
from cogs.config.components import PanelComponents
from cogs.config.deleted_roles import DeletedRoles
from cogs.config.limits import LimitCommands
from cogs.config.moderation import MemberCommands, RetentionCommands, WordCommands
from cogs.config.overview import OverviewCommands
from cogs.config.usage import UsageCommands
from cogs.config.welcome import Welcome


def config_group(services: Services) -> app_commands.Group:
    """The command group. Commands keep the `AdminGroup` that defines them as binding, whose check discord.py calls."""
    group = app_commands.Group(
        name="config",
        description="Settings of this server, for members with Manage Server",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )
    for part in (
        OverviewCommands(services),
        LimitCommands(services),
        ChannelCommands(services),
        RetentionCommands(services),
        UsageCommands(services),
    ):
        for command in part.commands:
            group.add_command(command)
    group.add_command(ChannelListCommands(services))
    group.add_command(WordCommands(services))
    group.add_command(MemberCommands(services))
    return group


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    services = services_of(bot)
    bot.tree.add_command(config_group(services))
    PanelComponents(services).register(router_of(bot))
    await bot.add_cog(DeletedRoles(bot, services))
    await bot.add_cog(Welcome(services))
