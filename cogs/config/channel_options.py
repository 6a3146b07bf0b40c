"""Command options that take a channel or thread of certain kinds, including channels that are not cached."""

from collections.abc import Iterable

import discord
from discord import app_commands

from bot.discord_io.channel_types import (
    FORUMS,
    LISTABLE,
    MESSAGE_CHANNELS,
    MESSAGEABLE,
    RESULT_PLACES,
    THREADS,
)
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind

AnyChannel = app_commands.AppCommandChannel | app_commands.AppCommandThread


class OfKinds(app_commands.Transformer):
    """An option for channels of these kinds. Only Discord's clients enforce them: commands check again where it matters."""

    def __init__(self, kinds: Iterable[discord.ChannelType]) -> None:
        self._kinds = list(kinds)

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The option's type."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds that clients offer."""
        return self._kinds

    async def transform(self, _: discord.Interaction, value: AnyChannel, /) -> AnyChannel:
        """The channel as sent, without a look at the cache."""
        return value


ForResults = app_commands.Transform[AnyChannel, OfKinds(RESULT_PLACES)]
ForMessages = app_commands.Transform[AnyChannel, OfKinds(MESSAGEABLE)]
InList = app_commands.Transform[AnyChannel, OfKinds((*LISTABLE, *THREADS))]
AskedIn = app_commands.Transform[AnyChannel, OfKinds((*MESSAGE_CHANNELS, *FORUMS, *THREADS))]


def listed_channel_id(channel: AnyChannel) -> int:
    """The ID under which a list of channels has this channel; of a thread, its parent's."""
    return channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else channel.id


def require_listable_channel(channel: AnyChannel) -> int:
    """The same for a new entry. Raises PolicyInvalid as `require_listable`."""
    if not isinstance(channel, app_commands.AppCommandThread):
        require_listable(channel.type)
    return listed_channel_id(channel)


def require_listable(kind: discord.ChannelType) -> None:
    """Make sure that a list of channels can contain this kind of channel.

    Raises:
        PolicyInvalid: it is a thread, or a kind in which no songs can be requested.
    """
    if kind in THREADS:
        raise PolicyInvalid(Fault(FaultKind.CHANNEL_IS_THREAD))
    if kind not in LISTABLE:
        raise PolicyInvalid(Fault(FaultKind.CHANNEL_KIND))
