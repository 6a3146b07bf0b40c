"""The channel in which the admins of a server want its songs."""

import discord

from bot.discord_io.channel_types import MESSAGEABLE
from bot.discord_io.errors import send_outcome
from bot.domain.jobs import DeliveryState, Job, JobState


async def results_channel(
    client: discord.Client, job: Job
) -> discord.abc.GuildChannel | discord.Thread | None:
    """The server's channel for results, for a song; None where there is none, or none that takes messages.

    A thread that is archived is asked for, because discord.py forgets it. Raises what discord.py raises.
    """
    if job.results_channel_id is None or job.state is not JobState.COMPLETED or job.is_private:
        return None
    if job.delivery is DeliveryState.POSTING and job.post_channel_id == job.channel_id:
        # It may stand in the job's own channel already, and is looked for there alone.
        return None
    try:
        place = client.get_channel(job.results_channel_id) or await client.fetch_channel(
            job.results_channel_id
        )
    except discord.DiscordException as error:
        if send_outcome(error).may_retry:
            raise
        return None
    if not isinstance(place, discord.abc.GuildChannel | discord.Thread) or place.type not in MESSAGEABLE:
        return None
    # The ID may come from a file that was made for another server.
    return place if place.guild.id == job.guild_id else None
