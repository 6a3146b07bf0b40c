"""The channel that a server's admins chose for finished songs."""

import discord

from bot.discord_io.channel_types import RESULT_PLACES
from bot.discord_io.errors import send_outcome
from bot.discord_io.forum_posts import lacks_tag
from bot.domain.jobs import DeliveryState, Job, JobState


async def results_channel(
    client: discord.Client, job: Job
) -> discord.abc.GuildChannel | discord.Thread | None:
    """The results channel for a song; None if none is set, or songs cannot be posted there any more.

    Archived threads, which are not cached, are fetched. Raises what discord.py raises for a transient error.
    """
    if job.results_channel_id is None or job.state is not JobState.COMPLETED or job.is_private:
        return None
    if job.delivery is DeliveryState.POSTING and job.post_channel_id == job.channel_id:
        # The interrupted attempt sent to the job's own channel: a retry must go there, too.
        return None
    try:
        place = client.get_channel(job.results_channel_id) or await client.fetch_channel(
            job.results_channel_id
        )
    except discord.DiscordException as error:
        if send_outcome(error).may_retry:
            raise
        return None
    if not isinstance(place, discord.abc.GuildChannel | discord.Thread) or place.type not in RESULT_PLACES:
        return None
    if lacks_tag(place):
        return None
    # The ID may come from an imported settings file of another server.
    return place if place.guild.id == job.guild_id else None
