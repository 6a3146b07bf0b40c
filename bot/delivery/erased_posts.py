"""Deletes messages of jobs that were erased while the message was being sent."""

import asyncio
from datetime import timedelta

import discord
import structlog

from bot.clock import Clock
from bot.delivery.sending import NotSearchable, find_post
from bot.discord_io.connection import SEND_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, UNKNOWN_MESSAGE, describe, is_transient
from bot.discord_io.forum_posts import discard_post, holder_id
from bot.domain.jobs import Job
from bot.domain.personal_data import LostPost
from bot.replies import post
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

SEND_SETTLES_WITHIN = timedelta(seconds=90)
"""Longer than any send takes: a post that cannot be found so long after the erasure was not sent."""

REMEDY = "have somebody of the server delete the message: its requester has erased the song"


async def delete_erased_post(
    connection: DiscordConnection, job: Job, *, channel_id: int, message_id: int
) -> bool:
    """Delete a message of an erased job; returns False, after logging a warning, if it could not be deleted."""
    try:
        await _delete(connection, job, channel_id, message_id)
    except DISCORD_ERRORS as error:
        log.warning("erased_post_not_deleted", message_id=message_id, error=describe(error), remedy=REMEDY)
        return False
    return True


async def _delete(connection: DiscordConnection, job: Job, channel_id: int, message_id: int) -> None:
    """Delete a message, in a forum with its post; raises what discord.py raises, except that the message does not exist."""
    async with asyncio.timeout(SEND_TIMEOUT_S):
        client = await connection.client(job.guild_id)
        channel = client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        try:
            await channel.get_partial_message(message_id).delete()
        except discord.HTTPException as error:
            # Deleted already, by somebody or by an attempt whose response was lost.
            if error.code != UNKNOWN_MESSAGE:
                raise
        else:
            log.info("erased_post_deleted", message_id=message_id)
        # A post in a forum: with its first message deleted, its title would remain.
        if message_id == channel_id:
            with in_language(job.guild_locale):
                title = post.deleted_title()
            await discard_post(client, channel_id, title=title)


class LostPostRemover:
    """Finds and deletes posts of erased jobs whose send had an unknown outcome: a lost response, or a crash."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock

    async def remove_all(self) -> bool:
        """Search for each recorded post once; returns False if some must be searched for again."""
        complete = True
        for lost in await self._store.lost_posts.all():
            complete &= await self._remove(lost)
        return complete

    async def _remove(self, lost: LostPost) -> bool:
        may_come = False
        for channel_id in lost.channel_ids:
            try:
                if await self._find_and_delete(lost, channel_id):
                    may_come = False
                    break
                # Not there, but a send that began just before the erasure may still arrive.
                may_come = self._clock.now() - lost.erased_at < SEND_SETTLES_WITHIN
            except (NotSearchable, *DISCORD_ERRORS) as error:
                # All channels again at the next attempt: the post may be in any of them.
                if not isinstance(error, NotSearchable) and is_transient(error):
                    return False
                log.warning(
                    "erased_post_not_deleted",
                    job=lost.job,
                    in_channel_id=channel_id,
                    error=str(error) if isinstance(error, NotSearchable) else describe(error),
                    effect="a post of an erased song may stand there",
                    remedy=REMEDY,
                )
        # The search ends where it cannot succeed later: found, refused, or long enough after the erasure.
        if not may_come:
            await retry_until_stored(self._store.lost_posts.remove, lost.job.key)
        return not may_come

    async def _find_and_delete(self, lost: LostPost, channel_id: int) -> bool:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            client = await self._connection.client(lost.job.guild_id)
            found = await find_post(client, lost.job, channel_id, since=lost.since)
        if found is None:
            return False
        await _delete(self._connection, lost.job, holder_id(client, channel_id, found.id), found.id)
        return True
