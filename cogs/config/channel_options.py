"""Options that take a channel or thread, whether or not the bot knows it, of the kinds that make sense there."""

from collections.abc import Iterable

import discord
from discord import app_commands

from bot.discord_io.channel_kinds import LISTED, MESSAGE_CHANNELS, POST_CHANNELS, RESULTS, THREADS
from bot.domain.policy.errors import PolicyInvalid

AnyChannel = app_commands.AppCommandChannel | app_commands.AppCommandThread


class OfKinds(app_commands.Transformer):
    """Discord's clients offer no other kinds; a command that is used by other means still has to look."""

    def __init__(self, kinds: Iterable[discord.ChannelType]) -> None:
        self._kinds = list(kinds)

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """What is offered."""
        return self._kinds

    async def transform(self, _: discord.Interaction, value: AnyChannel, /) -> AnyChannel:
        """As Discord sends it."""
        return value


ForResults = app_commands.Transform[AnyChannel, OfKinds(RESULTS)]
InList = app_commands.Transform[AnyChannel, OfKinds((*LISTED, *THREADS))]
AskedIn = app_commands.Transform[AnyChannel, OfKinds((*MESSAGE_CHANNELS, *POST_CHANNELS, *THREADS))]


def listed_channel_id(channel: AnyChannel) -> int:
    """By which ID a list of channels names it: a thread by its parent's."""
    return channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else channel.id


def require_listable_channel(channel: AnyChannel) -> int:
    """The same for an entry that is new. Raises PolicyInvalid as `must_be_listable`."""
    if not isinstance(channel, app_commands.AppCommandThread):
        require_listable(channel.type)
    return listed_channel_id(channel)


def require_listable(kind: discord.ChannelType) -> None:
    """Make certain that a list of channels can name a channel of this kind.

    Raises:
        PolicyInvalid: it cannot.
    """
    if kind in THREADS:
        raise PolicyInvalid("a thread follows its channel: choose the channel itself")
    if kind not in LISTED:
        raise PolicyInvalid("songs can't be asked for in a channel of this kind")
