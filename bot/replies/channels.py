"""Channels as text, depending on their kind."""

from collections.abc import Iterable

from discord import ChannelType

from bot.discord_io.channel_types import FORUMS, RESULT_PLACES, ChannelTypeOf
from bot.replies import formatting
from bot.replies.locales import _


def without_messages(channel: str, kind: str) -> str:
    """That a channel of this kind (discord.py's name) takes no messages: `#songs is a category, so I can't post there`."""
    if kind == ChannelType.category.name:
        return _("{channel} is a category, so I can't post there", channel=channel)
    return _("{channel} is a kind of channel that I can't post in", channel=channel)


def listed(channel_ids: Iterable[int], kind_of: ChannelTypeOf) -> list[str]:
    """The entries of a list of channels; a category includes its channels."""
    return [
        _("all channels in {channel}", channel=formatting.channel_mention(each))
        if kind_of(each) is ChannelType.category
        else formatting.channel_mention(each)
        for each in sorted(channel_ids)
    ]


def results(channel_id: int, kind_of: ChannelTypeOf) -> str:
    """Where finished songs are posted: `posted in #songs`, or why they are not."""
    kind, where = kind_of(channel_id), formatting.channel_mention(channel_id)
    if kind in FORUMS:
        return _("each is a new post in {channel}", channel=where)
    if kind is None or kind in RESULT_PLACES:
        return _("posted in {channel}", channel=where)
    return _("posted where they were requested ({reason})", reason=without_messages(where, kind.name))
