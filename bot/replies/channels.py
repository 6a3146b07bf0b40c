"""Channels as text, depending on their kind."""

from collections.abc import Iterable

from discord import ChannelType

from bot.discord_io.channel_types import FORUMS, RESULT_PLACES, ChannelTypeOf
from bot.replies import formatting


def without_messages(channel: str, kind: str) -> str:
    """That a channel of this kind (discord.py's name) takes no messages: `#songs is a category, so I can't post there`."""
    if kind == ChannelType.category.name:
        return f"{channel} is a category, so I can't post there"
    return f"{channel} is a kind of channel that I can't post in"


def listed(channel_ids: Iterable[int], kind_of: ChannelTypeOf) -> list[str]:
    """The entries of a list of channels; a category includes its channels."""
    return [
        f"all channels in {formatting.channel_mention(each)}"
        if kind_of(each) is ChannelType.category
        else formatting.channel_mention(each)
        for each in sorted(channel_ids)
    ]


def results(channel_id: int, kind_of: ChannelTypeOf) -> str:
    """Where finished songs are posted: `posted in #songs`, or why they are not."""
    kind, where = kind_of(channel_id), formatting.channel_mention(channel_id)
    if kind in FORUMS:
        return f"each is a new post in {where}"
    if kind is None or kind in RESULT_PLACES:
        return f"posted in {where}"
    return f"posted where they were requested ({without_messages(where, kind.name)})"
