"""The buttons by which people post their own songs: *Share* for a private one, *Post here* for any other."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.jobs import Job
from bot.errors import MemberMissingPermissions
from bot.interactions.components import parse_id, router_of
from bot.interactions.compose import guild_and_channel, require_post_permissions
from bot.interactions.responses import acknowledge, answer
from bot.interactions.services import Services, services_of
from bot.replies import sharing
from bot.replies.custom_ids import Control


class SharingCog(commands.Cog):
    """Posting one's own songs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def share(self, interaction: discord.Interaction, argument: str) -> None:
        """Post a private song in the channel it was asked for in, and answer with the link."""
        key = parse_id(argument)
        await acknowledge(interaction, ephemeral=True)
        job = await self._services.posts.own_song(key, interaction.user.id)
        if not can_send_in_job_channel(interaction, job):
            raise MemberMissingPermissions(job.channel_id)
        url = await self._services.posts.share(job)
        await answer(interaction, sharing.shared(url))

    async def post_here(self, interaction: discord.Interaction, argument: str) -> None:
        """Post a song in the channel of the button, and answer with the link."""
        key = parse_id(argument)
        await acknowledge(interaction, ephemeral=True)
        job = await self._services.posts.own_song(key, interaction.user.id)
        guild, message = interaction.guild, interaction.message
        if guild is None or message is None:
            raise app_commands.NoPrivateMessage
        _, channel_id = guild_and_channel(interaction)
        require_post_permissions(interaction)
        if not _can_send(interaction.permissions, interaction.channel):
            raise MemberMissingPermissions(channel_id)
        url = await self._services.posts.post_here(
            job, guild=guild, channel_id=channel_id, pressed_id=message.id
        )
        await answer(interaction, sharing.posted_here(url))


def can_send_in_job_channel(interaction: discord.Interaction, job: Job) -> bool:
    """Whether who presses may write in the job's channel themself, as far as can be seen from where they press."""
    if interaction.channel_id == job.channel_id:
        return _can_send(interaction.permissions, interaction.channel)
    member, guild = interaction.user, interaction.guild
    if guild is None or guild.id != job.guild_id or not isinstance(member, discord.Member):
        return False
    channel = guild.get_channel_or_thread(job.channel_id)
    if channel is None:
        return False
    try:
        return _can_send(channel.permissions_for(member), channel)
    except discord.ClientException:  # a thread whose parent is not cached
        return False


def _can_send(granted: discord.Permissions, channel: object) -> bool:
    in_thread = isinstance(channel, discord.Thread)
    return granted.view_channel and (granted.send_messages_in_threads if in_thread else granted.send_messages)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    cog = SharingCog(services_of(bot))
    await bot.add_cog(cog)
    router_of(bot).add(Control.SHARE, cog.share)
    router_of(bot).add(Control.POST_HERE, cog.post_here)
