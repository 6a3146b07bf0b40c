"""Channels as text, depending on their kind."""

from collections.abc import Iterable

from discord import ChannelType

from bot.discord_io.channel_types import FORUMS, RESULT_PLACES, ChannelTypeOf
from bot.replies import formatting

_KINDS = {
    ChannelType.category.name: "a category",
}


def without_messages(kind: str) -> str:
    """A kind of channel that takes no messages (discord.py's name): `a category, which takes no messages`."""
    return f"{_KINDS.get(kind, 'a channel of another kind')}, which takes no messages"


def listed(channel_ids: Iterable[int], kind_of: ChannelTypeOf) -> list[str]:
    """The entries of a list of channels; a category includes its channels."""
    return [
        f"all channels of {formatting.channel_mention(each)}"
        if kind_of(each) is ChannelType.category
        else formatting.channel_mention(each)
        for each in sorted(channel_ids)
    ]


def results(channel_id: int, kind_of: ChannelTypeOf) -> str:
    """Where finished songs are posted: `posted in #songs`, or why they are not."""
    kind, where = kind_of(channel_id), formatting.channel_mention(channel_id)
    if kind in FORUMS:
        return f"posted in {where}, each as a post of its own"
    if kind is None or kind in RESULT_PLACES:
        return f"posted in {where}"
    return f"posted where they were asked for, because {where} is {without_messages(kind.name)}"
