"""/job: looking jobs up."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers import acknowledge
from bot.composer import Viewer
from bot.delivery import edit_fields, post_url
from bot.models import Job
from bot.replies import refusals, sharing, status
from bot.replies.reply import Button
from bot.schedule import expectation
from bot.services import Services, services_of

MAX_REFERENCE_CHARS = 64


class Songs(commands.Cog):
    """Looking jobs up."""

    job = app_commands.Group(
        name="job",
        description="Look up the songs you asked for",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    def __init__(self, services: Services) -> None:
        self._services = services

    @job.command(name="status", description="Show how a song is doing, or where it is")
    @app_commands.describe(job_id="The job ID, or its first 8 characters, as the card shows it")
    async def status(
        self, interaction: discord.Interaction, job_id: app_commands.Range[str, 1, MAX_REFERENCE_CHARS]
    ) -> None:
        """Acknowledge privately, look up under the access rule, answer."""
        await acknowledge(interaction, ephemeral=True)
        viewer = viewer_of(interaction)
        job = await self._services.composer.look_up(job_id, viewer)
        if job is None:
            await interaction.edit_original_response(**edit_fields(refusals.job_not_found(job_id)))
            return
        job = await self._services.tracker.look_now(job)
        now = self._services.clock.now()
        reply = status.job(
            job,
            now=now,
            expectation=expectation(await self._services.store.recent_waits_s()),
            jump_url=post_url(job),
            ahead=await self._services.store.ahead_of(job, now=now),
            buttons=posting_buttons(job, interaction),
            lineage=await self._services.composer.lineage(job, viewer),
        )
        await interaction.edit_original_response(**edit_fields(reply))
        if interaction.user.id == job.requester_id and job.state.is_final:
            await self._services.store.told(job.key, now=self._services.clock.now())


def posting_buttons(job: Job, interaction: discord.Interaction) -> tuple[Button, ...]:
    """By which the requester posts their song; a private one only from the server that it was asked for in."""
    guild = interaction.guild
    if guild is None or interaction.user.id != job.requester_id:
        return ()
    if not job.is_private:
        return sharing.post_here_button(job)
    channel = guild.get_channel_or_thread(job.channel_id)
    return sharing.share_button(job, channel.name if channel else None) if guild.id == job.guild_id else ()


def viewer_of(interaction: discord.Interaction) -> Viewer:
    """Who asks, and what they can see of the server they ask in."""
    member, guild = interaction.user, interaction.guild

    def can_see(channel_id: int) -> bool:
        if channel_id == interaction.channel_id:
            return True
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is None or not isinstance(member, discord.Member):
            return False
        try:
            granted = channel.permissions_for(member)
        except discord.ClientException:  # a thread whose parent is not cached
            return False
        if isinstance(channel, discord.Thread) and channel.is_private():
            return granted.manage_threads
        return granted.view_channel

    return Viewer(user_id=member.id, guild_id=interaction.guild_id, can_see=can_see)


async def setup(bot: commands.Bot) -> None:
    """Called by discord.py when the cog is loaded."""
    await bot.add_cog(Songs(services_of(bot)))
