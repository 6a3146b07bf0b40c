"""Deletes messages of jobs that were erased while these were being sent."""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.delivery.sending import NotSearchable, search
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.faults import SEND_FAULTS, UNKNOWN_MESSAGE, describe, is_passing
from bot.domain.jobs import Job
from bot.domain.personal_data import LostPost
from bot.store import Store
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

CALL_TIMEOUT_S = 60.0

ARRIVES_WITHIN = timedelta(seconds=90)
"""Longer than any send takes: what cannot be found so long after the erasure was not posted."""

REMEDY = "have somebody of the server delete the message: its requester has erased the song"


async def take_back(connection: DiscordConnection, job: Job, *, channel_id: int, message_id: int) -> bool:
    """Delete a message of a job that was erased; returns False where it stands all the same."""
    try:
        await _delete(connection, job, channel_id, message_id)
    except SEND_FAULTS as error:
        log.warning("erased_post_not_deleted", message_id=message_id, error=describe(error), remedy=REMEDY)
        return False
    return True


async def _delete(connection: DiscordConnection, job: Job, channel_id: int, message_id: int) -> None:
    """Raises what discord.py raises, but where the message is gone already."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            client = await connection.client()
            channel = client.get_partial_messageable(channel_id, guild_id=job.guild_id)
            await channel.get_partial_message(message_id).delete()
    except SEND_FAULTS as error:
        if getattr(error, "code", 0) != UNKNOWN_MESSAGE:
            raise
    else:
        log.info("delivery_taken_back", message_id=message_id)


class LostPostRemover:
    """Finds and deletes what was sent of erased jobs though nobody knows: an answer was lost, or a process died."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock

    async def all_taken_back(self) -> bool:
        """Look for each once; returns False while something is to be looked for again."""
        complete = True
        for lost in await self._store.lost_posts.all():
            complete &= await self._taken_back(lost)
        return complete

    async def _taken_back(self, lost: LostPost) -> bool:
        may_come = False
        for channel_id in lost.channel_ids:
            try:
                if await self._found_and_deleted(lost, channel_id):
                    may_come = False
                    break
                may_come = self._clock.now() - lost.erased_at < ARRIVES_WITHIN
            except (NotSearchable, *SEND_FAULTS) as error:
                if not isinstance(error, NotSearchable) and is_passing(error):
                    return False
                log.warning(
                    "erased_post_not_deleted",
                    job=lost.job,
                    in_channel_id=channel_id,
                    error=str(error) if isinstance(error, NotSearchable) else describe(error),
                    effect="a post of an erased song may stand there",
                    remedy=REMEDY,
                )
        if not may_come:
            await retry_until_stored(self._store.lost_posts.remove, lost.job.key)
        return not may_come

    async def _found_and_deleted(self, lost: LostPost, channel_id: int) -> bool:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            message_id = await search(await self._connection.client(), lost.job, channel_id, since=lost.since)
        if message_id is None:
            return False
        await _delete(self._connection, lost.job, channel_id, message_id)
        return True
