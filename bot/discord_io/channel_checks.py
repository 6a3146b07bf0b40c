"""Checks of the bot's permissions in a server's channels, for /config doctor and the channel for results.

Permission names are discord.py's (`send_messages`); their labels for people are in `bot.replies.permissions`.
"""

from dataclasses import dataclass, replace

import discord
from discord import ChannelType

from bot.discord_io.channel_types import FORUMS, MESSAGE_CHANNELS, MESSAGEABLE, RESULT_PLACES, THREADS
from bot.discord_io.forum_posts import lacks_tag
from bot.discord_io.permissions import Channel, assumed_permissions, missing_permissions
from bot.domain.policy.errors import ResultsImpossible

NEEDED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
)
"""Every permission that the bot uses in a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """The permissions that the bot lacks in a channel; empty if it has all of them.

    `kind` is None if unknown. `is_gone`: the server has no such channel (any more). `kinds`: the
    kinds that its purpose allows. `is_for_results`: checked as the channel for
    results; `lacks_tag`: it is a forum that requires a tag, and has none that the bot may give.
    """

    channel_id: int
    lacking: tuple[str, ...] = ()
    kind: ChannelType | None = None
    is_gone: bool = False
    kinds: tuple[ChannelType, ...] = RESULT_PLACES
    is_for_results: bool = False
    lacks_tag: bool = False

    @property
    def in_threads(self) -> bool:
        """Whether the bot sends to threads there: in a thread, or to posts of others in a forum or a media channel."""
        # A post of its own in a forum needs the permission of a channel.
        return self.kind in THREADS or (self.kind in FORUMS and not self.is_for_results)

    @property
    def takes_results(self) -> bool:
        """Whether its purpose allows this kind of channel at all."""
        return self.kind is None or self.kind in self.kinds

    @property
    def holds_results(self) -> bool:
        """Whether finished songs can be posted there."""
        return self.takes_results and not (self.lacking or self.is_gone or self.lacks_tag)


def check_channel(
    guild: discord.Guild, channel_id: int, kind: ChannelType, *, parent_id: int | None = None
) -> ChannelCheck | None:
    """Check a channel or thread for posting songs; None if the cache has neither it nor its parent.

    discord.py does not cache archived threads; their parent's permissions apply to them.
    """
    channel = guild.get_channel_or_thread(channel_id) or (guild.get_channel(parent_id) if parent_id else None)
    return None if channel is None else _check_for_results(guild, channel_id, kind, channel)


async def fetch_and_check(
    guild: discord.Guild, channel_id: int, kinds: tuple[ChannelType, ...] = RESULT_PLACES
) -> ChannelCheck:
    """Check a channel of which only the ID is known, asking Discord if it is not cached."""
    try:
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.InvalidData):
        return ChannelCheck(channel_id=channel_id, is_gone=True)
    except discord.Forbidden:
        return ChannelCheck(channel_id=channel_id, lacking=("view_channel",))
    if guild.unavailable:
        # During an outage of the server its roles and overwrites are unknown.
        return ChannelCheck(channel_id=channel_id, kind=channel.type, kinds=kinds)
    return replace(_check_for_results(guild, channel_id, channel.type, channel), kinds=kinds)


def check_all(guild: discord.Guild) -> list[ChannelCheck]:
    """Check every channel in which songs can be requested."""
    return [
        ChannelCheck(
            channel_id=channel.id,
            lacking=tuple(missing_permissions(assumed_permissions(channel, guild.me), NEEDED)),
            kind=channel.type,
        )
        for channel in guild.channels
        if channel.type in (*MESSAGE_CHANNELS, *FORUMS)
    ]


def require_results_channel(
    guild: discord.Guild | None, channel_id: int, kind: ChannelType, *, parent_id: int | None = None
) -> None:
    """Make sure that the bot can post finished songs in a channel or thread.

    Raises:
        ResultsImpossible: no songs can be posted to its kind, the bot lacks permissions or a tag there, or does not see it.
    """
    if kind not in RESULT_PLACES:
        raise ResultsImpossible(channel_id, kind=kind.name)
    if guild is None:
        return
    check = check_channel(guild, channel_id, kind, parent_id=parent_id)
    if check is None or check.lacking:
        raise ResultsImpossible(channel_id, check.lacking if check else ())
    if check.lacks_tag:
        raise ResultsImpossible(channel_id, lacks_tag=True)


def require_message_channel(
    guild: discord.Guild | None, channel_id: int, kind: ChannelType, *, parent_id: int | None = None
) -> None:
    """The same for messages of the bot's own, which are no posts of a forum."""
    if kind not in MESSAGEABLE:
        raise ResultsImpossible(channel_id, kind=kind.name)
    require_results_channel(guild, channel_id, kind, parent_id=parent_id)


def _check_for_results(
    guild: discord.Guild, channel_id: int, kind: ChannelType, channel: Channel
) -> ChannelCheck:
    # A channel, and a post in a forum, need one of the two permissions to send, a thread the other.
    unused = "send_messages" if kind in THREADS else "send_messages_in_threads"
    missing = tuple(
        name for name in missing_permissions(assumed_permissions(channel, guild.me), NEEDED) if name != unused
    )
    return ChannelCheck(
        channel_id=channel_id, lacking=missing, kind=kind, is_for_results=True, lacks_tag=lacks_tag(channel)
    )
