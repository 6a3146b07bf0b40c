"""The kinds of Discord's channels, and what each of them is good for here."""

from collections.abc import Callable

import discord
from discord import ChannelType

MESSAGE_CHANNELS = (ChannelType.text, ChannelType.news, ChannelType.voice, ChannelType.stage_voice)
FORUMS = (ChannelType.forum, ChannelType.media)
"""Messages stand in their posts alone, which are threads."""
THREADS = (ChannelType.news_thread, ChannelType.public_thread, ChannelType.private_thread)

MESSAGEABLE = (*MESSAGE_CHANNELS, *THREADS)
"""Where finished songs can be posted: what takes messages."""
LISTABLE = (*MESSAGE_CHANNELS, *FORUMS, ChannelType.category)
"""What a list of channels can name: a channel with its threads, or a category with its channels."""

ChannelTypeOf = Callable[[int], ChannelType | None]
"""The kind of a channel or thread by its ID; None where it is not known."""


def channel_types_in(guild: discord.Guild | None) -> ChannelTypeOf:
    """The kinds of a server's channels, as far as discord.py has them in its cache."""

    def kind_of(channel_id: int) -> ChannelType | None:
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        return channel.type if channel else None

    return kind_of
