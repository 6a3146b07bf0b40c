"""/config channels, results and private: where songs may be requested, where they are posted, and private drafts."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.discord_io.channel_checks import require_results_channel
from bot.domain.policy.edits import with_channels, with_fields
from bot.domain.policy.errors import PolicyInvalid
from bot.domain.policy.faults import Fault, FaultKind
from bot.domain.policy.model import ChannelMode, Channels, Policy, PrivateRule
from cogs.config.base import AdminGroup, apply
from cogs.config.channel_options import ForResults, InList, listed_channel_id, require_listable_channel

MODES = [
    app_commands.Choice(name=locale_str("songs only in the listed channels"), value=ChannelMode.ALLOW.value),
    app_commands.Choice(
        name=locale_str("songs everywhere except in the listed channels"), value=ChannelMode.DENY.value
    ),
]
RULES = [
    app_commands.Choice(name=locale_str("allow private drafts"), value=PrivateRule.ALLOW.value),
    app_commands.Choice(name=locale_str("forbid private drafts"), value=PrivateRule.FORBID.value),
    app_commands.Choice(
        name=locale_str("require them, except in the music channels"), value=PrivateRule.FORCE.value
    ),
]


class ChannelListCommands(AdminGroup, name="channels", description="Where members can request songs"):
    """Commands for the list of channels in which songs may be requested."""

    @app_commands.command(description="Add a channel or category to the list; threads follow their channel")
    @app_commands.describe(
        channel="The channel; a category includes all its channels",
        means="What the list means; leave it out to keep it as it is",
    )
    @app_commands.choices(means=MODES)
    async def add(
        self,
        interaction: discord.Interaction,
        channel: InList,
        means: app_commands.Choice[str] | None = None,
    ) -> None:
        """Add a channel to the list, or begin a list."""
        mode = ChannelMode(means.value) if means else None
        root_id = require_listable_channel(channel)
        await apply(
            self.services,
            interaction,
            lambda policy: _added(policy, root_id, mode),
            what="the list of channels",
        )

    @app_commands.command(description="Remove a channel or category from the list")
    @app_commands.describe(channel="The channel or category")
    async def remove(
        self,
        interaction: discord.Interaction,
        channel: InList,
    ) -> None:
        """Remove a channel; without channels there is no list."""
        root_id = listed_channel_id(channel)
        await apply(
            self.services, interaction, lambda policy: _removed(policy, root_id), what="the list of channels"
        )

    @app_commands.command(description="Allow songs in all channels")
    async def clear(self, interaction: discord.Interaction) -> None:
        """Delete the list."""
        await apply(
            self.services,
            interaction,
            lambda policy: with_channels(policy, None),
            what="the list of channels",
        )


class ChannelCommands(AdminGroup, name="posting", description="Where songs go"):
    """Commands for the channel for results and for private drafts."""

    @app_commands.command(description="Post finished songs in another channel, thread or forum")
    @app_commands.describe(channel="Where to post them; leave it out for where they were requested")
    async def results(
        self,
        interaction: discord.Interaction,
        channel: ForResults | None = None,
    ) -> None:
        """Check that the bot can post there, then save it."""
        # At once and not only when a song is posted, because the admin can fix the permissions now.
        if channel is not None:
            parent_id = channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else None
            require_results_channel(interaction.guild, channel.id, channel.type, parent_id=parent_id)
        channel_id = channel.id if channel else None
        await apply(
            self.services,
            interaction,
            lambda policy: with_fields(policy, results_channel_id=channel_id),
            what="the channel for finished songs",
        )

    @app_commands.command(description="Allow, forbid or require private drafts")
    @app_commands.describe(
        rule="What applies on this server",
        music_channel="If required: a channel or category where songs stay public; one per command",
        remove="True to remove that music channel instead of adding it",
    )
    @app_commands.choices(rule=RULES)
    async def private(
        self,
        interaction: discord.Interaction,
        rule: app_commands.Choice[str],
        music_channel: InList | None = None,
        remove: bool = False,
    ) -> None:
        """Save the rule, and add or remove a music channel."""
        wanted = PrivateRule(rule.value)
        look_up = listed_channel_id if remove else require_listable_channel
        channel = look_up(music_channel) if music_channel else None
        await apply(
            self.services,
            interaction,
            lambda policy: _private(policy, wanted, channel, remove=remove),
            what="private drafts",
        )


def _added(policy: Policy, channel_id: int, mode: ChannelMode | None) -> Policy:
    if policy.channels is None:
        return with_channels(policy, Channels(mode=mode or ChannelMode.ALLOW, ids=frozenset({channel_id})))
    if mode not in (None, policy.channels.mode):
        raise PolicyInvalid(Fault(FaultKind.CHANNEL_MODE))
    ids = policy.channels.ids | {channel_id}
    return with_fields(policy, channels={"mode": policy.channels.mode, "ids": ids})


def _removed(policy: Policy, channel_id: int) -> Policy:
    if policy.channels is None or channel_id not in policy.channels.ids:
        raise PolicyInvalid(Fault(FaultKind.CHANNEL_NOT_LISTED))
    ids = policy.channels.ids - {channel_id}
    # An empty list of allowed channels would close the whole server.
    if not ids:
        return with_channels(policy, None)
    return with_fields(policy, channels={"mode": policy.channels.mode, "ids": ids})


def _private(policy: Policy, rule: PrivateRule, channel_id: int | None, *, remove: bool) -> Policy:
    if rule is not PrivateRule.FORCE:
        if channel_id is not None:
            raise PolicyInvalid(Fault(FaultKind.MUSIC_CHANNEL_UNUSED))
        return with_fields(policy, private=rule, music_channel_ids=frozenset[int]())
    ids = policy.music_channel_ids
    if channel_id is not None:
        ids = ids - {channel_id} if remove else ids | {channel_id}
    return with_fields(policy, private=rule, music_channel_ids=ids)
