"""Deletes a message whose job was erased at the moment at which it was sent."""

import asyncio

import structlog

from bot.delivery.faults import SEND_FAULTS, UNKNOWN_MESSAGE, describe
from bot.delivery.line import Line
from bot.models import Job

log = structlog.get_logger(__name__)

CALL_TIMEOUT_S = 60.0


async def take_back(line: Line, job: Job, *, channel_id: int, message_id: int) -> bool:
    """Delete a message of a job that was erased; returns False where it stands all the same."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            client = await line.client()
            channel = client.get_partial_messageable(channel_id, guild_id=job.guild_id)
            await channel.get_partial_message(message_id).delete()
    except SEND_FAULTS as error:
        if getattr(error, "code", 0) == UNKNOWN_MESSAGE:
            return True
        log.warning(
            "erased_post_not_deleted",
            message_id=message_id,
            error=describe(error),
            remedy="have somebody of the server delete the message: its requester has erased the song",
        )
        return False
    log.info("delivery_taken_back", message_id=message_id)
    return True
