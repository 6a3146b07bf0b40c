"""What the bot may do in the channels of a server."""

import discord

from bot.discord_io.permissions import granted_in
from bot.errors import ResultsImpossible
from bot.replies.doctor import RIGHTS, Finding

HOLD_SONGS = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.ForumChannel)


def lacking(granted: discord.Permissions) -> tuple[str, ...]:
    """What the bot lacks of all that it needs."""
    return tuple(name for name in RIGHTS if not getattr(granted, name))


def finding_at(guild: discord.Guild, channel_id: int, *, parent_id: int | None = None) -> Finding | None:
    """What the bot lacks in a channel, or in a thread for posting there; None where there is no such place for it.

    A thread that is archived is unknown to discord.py: what holds in its parent holds in it. Where the parent is unknown,
    nothing is known to lack: a song that cannot be posted there is posted where it was asked for.
    """
    place = guild.get_channel_or_thread(channel_id) or (guild.get_channel(parent_id) if parent_id else None)
    if place is None:
        return None
    is_thread = parent_id is not None or isinstance(place, discord.Thread)
    # For posting, only one of the two ways to send matters.
    needless = "send_messages" if is_thread else "send_messages_in_threads"
    missing = tuple(name for name in lacking(granted_in(place, guild.me)) if name != needless)
    return Finding(channel_id=channel_id, lacking=missing, is_thread=is_thread)


def must_hold_results(guild: discord.Guild | None, channel_id: int, *, parent_id: int | None = None) -> None:
    """Make certain that the bot can post finished songs in a channel or thread.

    Raises:
        ResultsImpossible: it can't, or there is no such place on this server that it sees.
    """
    if guild is None:
        return
    found = finding_at(guild, channel_id, parent_id=parent_id)
    if found is None or found.lacking:
        raise ResultsImpossible(channel_id, found.lacking if found else ())


def places(guild: discord.Guild | None) -> list[discord.abc.GuildChannel | discord.Thread]:
    """Every channel and thread that discord.py knows."""
    return [*guild.channels, *guild.threads] if guild else []


def findings(guild: discord.Guild) -> list[Finding]:
    """What the bot lacks in each channel in which songs could be asked for."""
    return [
        Finding(channel_id=channel.id, lacking=lacking(granted_in(channel, guild.me)))
        for channel in guild.channels
        if isinstance(channel, HOLD_SONGS)
    ]
