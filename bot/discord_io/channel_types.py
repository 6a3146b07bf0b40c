"""Groups of Discord's channel types, and look-up of a channel's type."""

from collections.abc import Callable

import discord
from discord import ChannelType

MESSAGE_CHANNELS = (ChannelType.text, ChannelType.news, ChannelType.voice, ChannelType.stage_voice)
FORUMS = (ChannelType.forum, ChannelType.media)
"""Channels whose messages are all in threads."""
THREADS = (ChannelType.news_thread, ChannelType.public_thread, ChannelType.private_thread)

MESSAGEABLE = (*MESSAGE_CHANNELS, *THREADS)
"""Channels and threads to which messages can be sent."""
RESULT_PLACES = (*MESSAGEABLE, *FORUMS)
"""Where finished songs can be posted; in a forum, each as a post of its own."""
LISTABLE = (*MESSAGE_CHANNELS, *FORUMS, ChannelType.category)
"""What a list of channels in the settings can name: a channel with its threads, or a category."""

ChannelTypeOf = Callable[[int], ChannelType | None]
"""Returns the type of a channel or thread by its ID; None if it is not known."""


def channel_types_in(guild: discord.Guild | None) -> ChannelTypeOf:
    """A look-up of the types of a server's cached channels and threads."""

    def kind_of(channel_id: int) -> ChannelType | None:
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        return channel.type if channel else None

    return kind_of
