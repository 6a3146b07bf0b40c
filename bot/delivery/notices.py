"""Sends what the bot posts in a server on its own: the welcome after joining, and warnings before a limit is used up.

The claim is stored before the message is sent, and the send has a nonce made from it. After a crash in between, the
next process searches the channel before it sends: so each is sent once, however often the server's arrival is handled.
"""

import asyncio
import hashlib
from collections.abc import Awaitable
from datetime import datetime, timedelta

import discord
import structlog

from bot.clock import Clock
from bot.delivery.sending import CLOCK_SLACK, MAX_SEARCHED, send_reply
from bot.discord_io.connection import CALL_TIMEOUT_S, SEND_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, describe, is_transient
from bot.discord_io.message import Reply
from bot.discord_io.payloads import send_fields
from bot.discord_io.permissions import assumed_permissions, missing_for_posts
from bot.domain.policy.limits import Admission, Caps, LimitUsage, RequestContext
from bot.domain.policy.model import Whose
from bot.locales import in_language
from bot.replies import welcome
from bot.replies.config import usage as replies
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.notices import NoticeClaim

log = structlog.get_logger(__name__)

WELCOME = "welcome"
SINCE_KEY = "notices_since"
"""The fact that holds when the records of joined servers begin: servers that the bot was in before get no welcome."""

SINCE_SLACK = timedelta(seconds=5)
"""The records begin this much earlier, because Discord's time is known to a second or two only."""

WARNED_PERCENT = (100, 80)
NONCE_CHARS = 25
MAX_LOG_ENTRIES = 10


class ServerNotices:
    """Each message is sent once at most; one that Discord fails to take is tried again at the next occasion."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._since: datetime | None = None

    async def since(self) -> datetime:
        """When the records of joined servers begin; the first call on a database stores it."""
        if self._since is None:
            now = (self._connection.clock.now() - SINCE_SLACK).isoformat()
            self._since = datetime.fromisoformat(await self._store.key_values.get_or_set(SINCE_KEY, now))
        return self._since

    async def welcome(self, guild: discord.Guild) -> None:
        """Welcome a server that the bot has joined since the records began; does nothing if it was welcomed.

        When the bot has joined tells a new server from one that is back after an outage, or arrives after a restart.
        """
        joined_at = _joined_at(guild)
        if joined_at is None or joined_at <= await self.since():
            return
        now = self._connection.clock.now()
        claim = await self._store.notices.claim(
            guild.id, WELCOME, occasion=joined_at, since=joined_at, now=now
        )
        if claim is None:
            return
        policy = await self._store.policies.get(guild.id)
        try:
            with in_language(policy.language or str(guild.preferred_locale)):
                place = await self._welcome(guild, claim)
        except DISCORD_ERRORS as error:
            effect = "tried again when the server next arrives"
            log.info("server_not_welcomed", guild_id=guild.id, error=describe(error), effect=effect)
            return
        await self._store.notices.mark_sent(claim, now=self._clock.now())
        log.info("server_welcomed", guild_id=guild.id, place=place)

    async def _welcome(self, guild: discord.Guild, claim: NoticeClaim) -> str:
        """Post in the system channel, else write to whoever has added the bot; returns where. Raises transient errors."""
        channel = guild.system_channel
        if (
            channel is not None
            and not missing_for_posts(assumed_permissions(channel, guild.me), channel)
            and await _is_taken(self._send_once(channel.id, welcome.in_server(), claim))
        ):
            return "system channel"
        # Only the audit log says who it was.
        may_read = guild.me.guild_permissions.view_audit_log
        if may_read and await _is_taken(self._write_to_inviter(guild, claim)):
            return "direct message"
        return "nowhere"

    async def _write_to_inviter(self, guild: discord.Guild, claim: NoticeClaim) -> None:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            inviter_id = await _inviter_id(guild)
            client = await self._connection.client()
            channel = await client.create_dm(discord.Object(inviter_id))
        await self._send_once(channel.id, welcome.to_inviter(guild.name), claim)

    async def warn_of_usage(self, context: RequestContext, caps: Caps) -> None:
        """After a request: warn, where the admins want it, if a limit of the whole server is nearly or wholly used up.

        Each warning comes once per window. The request is recorded already, so that no error is raised.
        """
        guild_id = context.guild_id
        if guild_id is None:
            return
        try:
            policy = await self._store.policies.get(guild_id)
            if policy.warnings_channel_id is None:
                return
            now = self._clock.now()
            usages = await self._store.limit_usage(Admission(context=context, caps=caps), now=now)
            guild = await self._connection.guild(guild_id)
            with in_language(policy.language or (str(guild.preferred_locale) if guild else None)):
                for each in usages:
                    if each.limit.rule.whose is Whose.SERVER and each.limit.window_s is not None:
                        await self._warn(guild_id, policy.warnings_channel_id, each, now)
        except (StoreError, *DISCORD_ERRORS) as error:
            effect = "tried again at the next request"
            log.info("usage_not_warned", guild_id=guild_id, error=describe(error), effect=effect)

    async def _warn(self, guild_id: int, channel_id: int, usage: LimitUsage, now: datetime) -> None:
        reached = [each for each in WARNED_PERCENT if usage.used * 100 >= usage.limit.songs * each]
        for percent in reached:
            kind = f"{usage.limit.rule.value}:{usage.limit.window_s}:{percent}"
            since = usage.limit.since(now) or now
            claimed_at = self._connection.clock.now()
            claim = await self._store.notices.claim(guild_id, kind, occasion=now, since=since, now=claimed_at)
            if claim is None:
                continue
            # The highest alone: a lower one that comes later would only confuse.
            if percent == reached[0]:
                await _is_taken(self._send_once(channel_id, replies.warning(usage, percent), claim))
            await self._store.notices.mark_sent(claim, now=now)

    async def _send_once(self, channel_id: int, reply: Reply, claim: NoticeClaim) -> None:
        """Send unless an earlier attempt has; raises what discord.py raises."""
        client = await self._connection.client(claim.guild_id)
        channel = client.get_partial_messageable(channel_id)
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if claim.is_repeated and await _is_there(client, channel, reply, since=claim.claimed_at):
                return
            nonce = _nonce(claim)
            await send_reply(reply, lambda shaped: channel.send(**send_fields(shaped), nonce=nonce))


def _joined_at(guild: discord.Guild) -> datetime | None:
    """When the bot has joined a server; None during an outage, when nothing is known of it."""
    me = None if guild.unavailable else guild.me
    return None if me is None else me.joined_at


async def _is_taken(send: Awaitable[None]) -> bool:
    """Whether Discord takes what is sent. Raises transient errors."""
    try:
        await send
    except discord.DiscordException as error:
        if is_transient(error):
            raise
        log.info("notice_refused", error=describe(error))
        return False
    return True


async def _inviter_id(guild: discord.Guild) -> int:
    """Who has added the bot last, by the audit log. Raises what discord.py raises, also if the log does not say."""
    action = discord.AuditLogAction.bot_add
    async for entry in guild.audit_logs(action=action, limit=MAX_LOG_ENTRIES):
        if entry.user_id is not None and getattr(entry.target, "id", None) == guild.me.id:
            return entry.user_id
    raise discord.ClientException("the audit log does not say who has added the bot")


async def _is_there(
    client: discord.Client, channel: discord.PartialMessageable, reply: Reply, *, since: datetime
) -> bool:
    """Whether the bot has posted a message with this first line in the channel since then."""
    first = (reply.content or "").split("\n")[0]
    after = discord.Object(discord.utils.time_snowflake(since - CLOCK_SLACK))
    me = client.user
    async for message in channel.history(limit=MAX_SEARCHED, after=after, oldest_first=True):
        if me is not None and message.author.id == me.id and message.content.split("\n")[0] == first:
            return True
    return False


def _nonce(claim: NoticeClaim) -> str:
    """The same for every send of a notice: Discord drops a second message with the same nonce."""
    name = f"{claim.guild_id} {claim.kind} {claim.occasion.isoformat()}"
    return hashlib.sha256(name.encode()).hexdigest()[:NONCE_CHARS]
