"""Sends a message that the bot posts in a server on its own, once for each stored claim.

The claim is stored before the message is sent, and the send has a nonce made from it. After a crash in between, the
next process searches the channel before it sends.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

import discord
import structlog

from bot.delivery.attachments import Attachments
from bot.delivery.sending import CLOCK_SLACK, MAX_SEARCHED, Shape, send_with_fallbacks
from bot.discord_io.connection import SEND_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import describe, is_transient
from bot.discord_io.message import Reply
from bot.discord_io.payloads import send_fields
from bot.replies.fallbacks import Cut
from bot.store.notices import NoticeClaim

log = structlog.get_logger(__name__)

NONCE_CHARS = 25


class NoticeSender:
    """Sends notices; the first line of each has to be the same at every attempt, because the search compares it."""

    def __init__(self, connection: DiscordConnection) -> None:
        self._connection = connection

    async def send_once(self, channel_id: int, reply: Reply, claim: NoticeClaim) -> None:
        """Send a notice without files unless an earlier attempt has; raises what discord.py raises."""
        await self.send_files_once(channel_id, lambda _: reply, Attachments(), claim)

    async def send_files_once(
        self,
        channel_id: int,
        compose: Callable[[Attachments], Reply],
        attachments: Attachments,
        claim: NoticeClaim,
    ) -> None:
        """The same with files; `compose` makes the message of those that Discord takes."""
        client = await self._connection.client(claim.guild_id)
        channel = client.get_partial_messageable(channel_id)

        async def send(reply: Reply, shape: Shape) -> None:
            files = shape.attachments.files()
            if Cut.WORDS in shape.cuts:
                # The text alone, which has no words of members: these are in the embed.
                reply = Reply(compose(shape.attachments).content)
            await channel.send(**send_fields(reply), files=files, nonce=_nonce(claim))

        async with asyncio.timeout(SEND_TIMEOUT_S):
            # The nonce covers minutes only: after a longer time, only the search finds an earlier send.
            first = _first_line(compose(attachments).content)
            if claim.is_repeated and await _is_there(client, channel, first, since=claim.claimed_at):
                return
            await send_with_fallbacks(compose, send, Shape(attachments, is_reply=False))


async def is_taken(send: Awaitable[None]) -> bool:
    """Whether Discord takes what is sent. Raises transient errors."""
    try:
        await send
    except discord.DiscordException as error:
        if is_transient(error):
            raise
        log.info("notice_refused", error=describe(error))
        return False
    return True


async def _is_there(
    client: discord.Client, channel: discord.PartialMessageable, first: str, *, since: datetime
) -> bool:
    """Whether the bot has posted a message with this first line in the channel since then."""
    after = discord.Object(discord.utils.time_snowflake(since - CLOCK_SLACK))
    me = client.user
    async for message in channel.history(limit=MAX_SEARCHED, after=after, oldest_first=True):
        if me is not None and message.author.id == me.id and _first_line(message.content) == first:
            return True
    return False


def _first_line(content: str | None) -> str:
    return (content or "").partition("\n")[0]


def _nonce(claim: NoticeClaim) -> str:
    """The same for every send of a notice: Discord drops a second message with the same nonce."""
    name = f"{claim.guild_id} {claim.kind} {claim.occasion.isoformat()}"
    return hashlib.sha256(name.encode()).hexdigest()[:NONCE_CHARS]
