"""Permissions in channels and threads, by discord.py's names."""

from collections.abc import Iterable
from datetime import datetime

import discord

Channel = discord.abc.GuildChannel | discord.Thread


def cached_permissions(
    channel: Channel, member: discord.Member | discord.Role | None
) -> discord.Permissions | None:
    """The permissions of a member or a role in a channel; None where discord.py's cache cannot tell.

    It cannot in a thread whose parent is not cached, and for the bot before its own membership has arrived.
    """
    if member is None:
        return None
    try:
        return channel.permissions_for(member)
    except discord.ClientException:
        return None


def assumed_permissions(channel: Channel, member: discord.Member | None) -> discord.Permissions:
    """The same, but everything where the cache cannot tell: for a check in advance of a call that Discord checks anyway."""
    known = cached_permissions(channel, member)
    # Not `or`: a Permissions object without any permission is falsy.
    return discord.Permissions.all() if known is None else known


def timed_out_until(guild: discord.Guild | None) -> datetime | None:
    """When the bot's time-out on a server ends, in which it may only read; None without one, as far as the cache can tell."""
    me = guild.me if guild else None
    if me is None or not me.is_timed_out() or me.guild_permissions.administrator:
        return None
    return me.timed_out_until


def missing_permissions(granted: discord.Permissions, names: Iterable[str]) -> list[str]:
    """Those of `names` that are not granted, in the same order."""
    return [name for name in names if not getattr(granted, name)]


def send_permission(channel: object) -> str:
    """The permission to send messages: threads have one of their own."""
    return "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"


def missing_for_posts(granted: discord.Permissions, channel: object) -> list[str]:
    """What is missing for a post with an embed that can be found again in the channel's history."""
    needed = ("view_channel", "embed_links", "read_message_history", send_permission(channel))
    return missing_permissions(granted, needed)


def can_write(granted: discord.Permissions, channel: object) -> bool:
    """Whether somebody with these permissions sees the channel and may send messages there."""
    return not missing_permissions(granted, ("view_channel", send_permission(channel)))
