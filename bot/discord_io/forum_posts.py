"""Posts in forums and media channels: threads whose first message has the thread's own ID.

Discord drops no second post, since posts have no nonce: after an unknown outcome they are searched for.
"""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime

import discord

from bot.discord_io.errors import is_gone
from bot.discord_io.permissions import assumed_permissions

MAX_TAGS = 5
MAX_ARCHIVED_LISTED = 500
"""How many archived posts a search lists, 100 per request. A post is archived an hour after its last message at the earliest."""


def _settable_tags(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The tags that the bot may give a post: moderated ones need Manage Threads."""
    moderates = assumed_permissions(forum, forum.guild.me).manage_threads
    return [tag for tag in forum.available_tags if moderates or not tag.moderated]


def lacks_tag(channel: object) -> bool:
    """Whether a channel is a forum that requires a tag for each post, and has none that the bot may give."""
    if not isinstance(channel, discord.ForumChannel):
        return False
    return channel.flags.require_tag and not _settable_tags(channel)


def tags_for(forum: discord.ForumChannel, wanted: Iterable[str]) -> list[discord.ForumTag]:
    """The forum's tags of these names, five at most; if it requires one and none fits, its first."""
    names = {name.casefold().strip() for name in wanted}
    settable = _settable_tags(forum)
    fitting = [tag for tag in settable if tag.name.casefold().strip() in names][:MAX_TAGS]
    return fitting or (settable[:1] if forum.flags.require_tag else [])


def holder_id(client: discord.Client, channel_id: int, message_id: int) -> int:
    """The ID of the channel that holds a message found in `channel_id`: in a forum, that of the post."""
    return message_id if isinstance(client.get_channel(channel_id), discord.ForumChannel) else channel_id


async def own_posts(
    forum: discord.ForumChannel, *, owner_id: int, after_id: int
) -> AsyncGenerator[discord.Thread, None]:
    """The posts that `owner_id` has made in a forum after the snowflake `after_id`, archived ones last.

    Raises what discord.py raises.
    """
    for thread in await forum.guild.active_threads():
        if thread.parent_id == forum.id and thread.owner_id == owner_id and thread.id > after_id:
            yield thread
    since: datetime = discord.utils.snowflake_time(after_id)
    async for thread in forum.archived_threads(limit=MAX_ARCHIVED_LISTED):
        if thread.archive_timestamp < since:
            return
        if thread.owner_id == owner_id and thread.id > after_id:
            yield thread


async def discard_post(client: discord.Client, thread_id: int, *, title: str) -> None:
    """Remove what is left of the bot's post once its message is deleted: the thread, or without Manage Threads its title.

    Does nothing to a thread that is gone, or is no thread. Raises what discord.py raises.
    """
    try:
        thread = client.get_channel(thread_id) or await client.fetch_channel(thread_id)
        if not isinstance(thread, discord.Thread):
            return
        if assumed_permissions(thread, thread.guild.me).manage_threads:
            await thread.delete()
        else:
            # Its creator may rename it, but not while it is archived.
            await thread.edit(name=title, archived=False)
    except discord.NotFound as error:
        if not is_gone(error):
            raise
