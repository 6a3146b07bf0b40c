"""Permissions as discord.py's cache knows them."""

import discord


def granted_in(
    channel: discord.abc.GuildChannel | discord.Thread, member: discord.Member | None
) -> discord.Permissions:
    """What somebody may do in a channel or thread; everything where the cache cannot tell.

    That is so for a thread whose channel is not cached, and before the bot's own membership has come in. For a look ahead
    only: what is tried is still refused where Discord knows better.
    """
    if member is None:
        return discord.Permissions.all()
    try:
        return channel.permissions_for(member)
    except discord.ClientException:
        return discord.Permissions.all()
