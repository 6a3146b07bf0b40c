"""What the bot may do in the channels of a server."""

import discord

from bot.discord_io.channel_kinds import MESSAGE_CHANNELS, POST_CHANNELS, RESULTS, THREADS
from bot.discord_io.permissions import granted_in
from bot.domain.policy.errors import ResultsImpossible
from bot.replies.config.doctor import RIGHTS, ChannelCheck


def missing_permissions(granted: discord.Permissions) -> tuple[str, ...]:
    """What the bot lacks of all that it needs."""
    return tuple(name for name in RIGHTS if not getattr(granted, name))


def check_channel(
    guild: discord.Guild, channel_id: int, kind: discord.ChannelType, *, parent_id: int | None = None
) -> ChannelCheck | None:
    """What the bot lacks in a channel, or in a thread for posting there; None where there is no such place for it.

    A thread that is archived is unknown to discord.py: what holds in its parent holds in it. Where the parent is unknown,
    nothing is known to lack: a song that cannot be posted there is posted where it was asked for.
    """
    place = guild.get_channel_or_thread(channel_id) or (guild.get_channel(parent_id) if parent_id else None)
    return None if place is None else _check_for_results(guild, channel_id, kind, place)


async def fetch_and_check(guild: discord.Guild, channel_id: int) -> ChannelCheck:
    """The same for a channel of which nothing but its ID is known: Discord is asked where it is not cached."""
    try:
        place = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.InvalidData):
        return ChannelCheck(channel_id=channel_id, is_gone=True)
    except discord.Forbidden:
        return ChannelCheck(channel_id=channel_id, lacking=("view_channel",))
    if guild.unavailable:
        return ChannelCheck(
            channel_id=channel_id, kind=place.type
        )  # during an outage nothing is known of permissions
    return _check_for_results(guild, channel_id, place.type, place)


def _check_for_results(
    guild: discord.Guild,
    channel_id: int,
    kind: discord.ChannelType,
    place: discord.abc.GuildChannel | discord.Thread,
) -> ChannelCheck:
    # For posting, only one of the two ways to send matters.
    needless = "send_messages" if kind in THREADS else "send_messages_in_threads"
    missing = tuple(name for name in missing_permissions(granted_in(place, guild.me)) if name != needless)
    return ChannelCheck(channel_id=channel_id, lacking=missing, kind=kind)


def require_results_channel(
    guild: discord.Guild | None,
    channel_id: int,
    kind: discord.ChannelType,
    *,
    parent_id: int | None = None,
) -> None:
    """Make certain that the bot can post finished songs in a channel or thread.

    Raises:
        ResultsImpossible: it can't, or there is no such place on this server that it sees.
    """
    if kind not in RESULTS:
        raise ResultsImpossible(channel_id, kind=kind.name)
    if guild is None:
        return
    found = check_channel(guild, channel_id, kind, parent_id=parent_id)
    if found is None or found.lacking:
        raise ResultsImpossible(channel_id, found.lacking if found else ())


def check_all(guild: discord.Guild) -> list[ChannelCheck]:
    """What the bot lacks in each channel in which songs could be asked for."""
    return [
        ChannelCheck(
            channel_id=channel.id,
            lacking=missing_permissions(granted_in(channel, guild.me)),
            kind=channel.type,
        )
        for channel in guild.channels
        if channel.type in (*MESSAGE_CHANNELS, *POST_CHANNELS)
    ]
