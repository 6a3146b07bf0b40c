"""/config usage, warnings and digest: how many songs a server requests, and what the bot posts about them on its own."""

import asyncio
from io import BytesIO

import discord
from discord import app_commands

from bot.discord_io.channel_checks import require_message_channel
from bot.domain import usage as domain
from bot.domain.policy.edits import with_fields
from bot.interactions.responses import acknowledge, answer
from bot.replies.config import usage as replies
from cogs.config.base import AdminGroup, apply, guild_id_of
from cogs.config.channel_options import AnyChannel, ForMessages

FILE_NAME = "usage.csv"
DEFAULT_DAYS = 7
MAX_DAYS = 30


class UsageCommands(AdminGroup, name="usage", description="How many songs"):
    """Commands about the use of the server's limits."""

    @app_commands.command(description="Show how many songs were requested, by day, member and channel")
    @app_commands.describe(days="How many days, today included; 7 if you leave it out")
    async def usage(
        self, interaction: discord.Interaction, days: app_commands.Range[int, 1, MAX_DAYS] = DEFAULT_DAYS
    ) -> None:
        """Answer with a chart and a CSV file."""
        await acknowledge(interaction, ephemeral=True)
        found, is_partial = await self.services.server_settings.usage(guild_id_of(interaction), days=days)
        content = domain.as_csv(found)
        picture = await asyncio.to_thread(replies.picture, found)
        await answer(
            interaction,
            replies.report(found, is_partial=is_partial),
            files=lambda: [picture.file(), discord.File(BytesIO(content), FILE_NAME)],
        )

    @app_commands.command(description="Choose where I warn at 80% and 100% of a limit of the whole server")
    @app_commands.describe(channel="The channel; leave it out for no warnings")
    async def warnings(self, interaction: discord.Interaction, channel: ForMessages | None = None) -> None:
        """Save where warnings are posted."""
        await self._choose(interaction, channel, "warnings_channel_id", what="the channel for warnings")

    @app_commands.command(description="Choose where I post the week's songs and chart on Mondays")
    @app_commands.describe(channel="The channel; leave it out for no digest")
    async def digest(self, interaction: discord.Interaction, channel: ForMessages | None = None) -> None:
        """Save where the weekly digest is posted."""
        await self._choose(interaction, channel, "digest_channel_id", what="the channel for the digest")

    async def _choose(
        self, interaction: discord.Interaction, channel: AnyChannel | None, field: str, *, what: str
    ) -> None:
        """Check that the bot can post there, then save it."""
        if channel is not None:
            parent_id = channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else None
            require_message_channel(interaction.guild, channel.id, channel.type, parent_id=parent_id)
        value = channel.id if channel else None
        await apply(
            self.services, interaction, lambda policy: with_fields(policy, **{field: value}), what=what
        )
