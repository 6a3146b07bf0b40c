"""The buttons by which requesters post their own songs: *Share* for private ones, *Post here* for others."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_io.permissions import cached_permissions, can_write
from bot.domain.jobs import Job
from bot.errors import MemberMissingPermissions
from bot.interactions.components import parse_id, router_of
from bot.interactions.compose import guild_and_channel, is_foreign, require_post_permissions
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services, services_of
from bot.replies import sharing
from bot.replies.buttons import Control


class SharingCog(commands.Cog):
    """Handlers of *Share* and *Post here*."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def share(self, interaction: discord.Interaction, argument: str) -> None:
        """Post a private song in the channel of its request, and answer with the link."""
        key = parse_id(argument)
        await acknowledge(interaction, ephemeral=True)
        job = await self._services.sharing.require_shareable(key, interaction.user.id)
        if not can_send_in_job_channel(interaction, job):
            raise MemberMissingPermissions(job.channel_id)
        url = await self._services.sharing.share(job)
        await answer(interaction, sharing.shared(url))

    async def post_here(self, interaction: discord.Interaction, argument: str) -> None:
        """Post a song in the channel of the button, and answer with the link."""
        key = parse_id(argument)
        await acknowledge(interaction, ephemeral=True)
        job = await self._services.sharing.require_shareable(key, interaction.user.id)
        # The message's ID becomes part of the nonce, so that Discord drops the post of a second press.
        guild, message = interaction.guild, interaction.message
        if guild is None or message is None or is_foreign(interaction):
            raise app_commands.NoPrivateMessage
        _, channel_id = guild_and_channel(interaction)
        require_post_permissions(interaction)
        if not can_write(interaction.permissions, interaction.channel):
            raise MemberMissingPermissions(channel_id)
        url = await self._services.sharing.post_in_channel(
            job, guild=guild, channel_id=channel_id, pressed_id=message.id
        )
        await answer(interaction, sharing.posted_here(url))


def can_send_in_job_channel(interaction: discord.Interaction, job: Job) -> bool:
    """Whether the user may send messages to the job's channel; False if that is unknown."""
    if interaction.channel_id == job.channel_id:
        # The permissions that Discord sends with the interaction: valid even if the channel is not cached.
        return can_write(interaction.permissions, interaction.channel)
    member, guild = interaction.user, interaction.guild
    if guild is None or guild.id != job.guild_id or not isinstance(member, discord.Member):
        return False
    channel = guild.get_channel_or_thread(job.channel_id)
    granted = cached_permissions(channel, member) if channel else None
    return granted is not None and can_write(granted, channel)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = SharingCog(services_of(bot))
    await bot.add_cog(cog)
    router_of(bot).add(Control.SHARE, cog.share)
    router_of(bot).add(Control.POST_HERE, cog.post_here)
