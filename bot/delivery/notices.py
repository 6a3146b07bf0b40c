"""Sends what the bot posts in a server on its own: the welcome after joining, and warnings before a limit is used up.

`bot.delivery.notice_sender` sends each once, however often the server's arrival is handled. What tells a new server from one that is
back after an outage, or arrives after a restart, is the bot's own `joined_at`; servers joined before the first start get no welcome.
"""

import asyncio
from datetime import datetime, timedelta

import discord
import structlog

from bot.clock import Clock
from bot.delivery.notice_sender import NoticeSender, is_taken
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, describe
from bot.discord_io.permissions import assumed_permissions, missing_for_posts
from bot.domain.policy.limits import Admission, Caps, LimitUsage, RequestContext
from bot.domain.policy.model import Whose
from bot.replies import welcome
from bot.replies.config import usage as replies
from bot.replies.locales import in_language
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
MAX_LOG_ENTRIES = 10


class ServerNotices:
    """Each message is sent once at most; one that Discord fails to take is tried again at the next occasion."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._sender = NoticeSender(connection)
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
            and await is_taken(self._sender.send_once(channel.id, welcome.in_server(), claim))
        ):
            return "system channel"
        # Only the audit log says who it was.
        may_read = guild.me.guild_permissions.view_audit_log
        if may_read and await is_taken(self._write_to_inviter(guild, claim)):
            return "direct message"
        return "nowhere"

    async def _write_to_inviter(self, guild: discord.Guild, claim: NoticeClaim) -> None:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            inviter_id = await _inviter_id(guild)
            client = await self._connection.client()
            channel = await client.create_dm(discord.Object(inviter_id))
        await self._sender.send_once(channel.id, welcome.to_inviter(guild.name), claim)

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
                await is_taken(self._sender.send_once(channel_id, replies.warning(usage, percent), claim))
            await self._store.notices.mark_sent(claim, now=now)


def _joined_at(guild: discord.Guild) -> datetime | None:
    """When the bot has joined a server; None during an outage, when nothing is known of it."""
    me = None if guild.unavailable else guild.me
    return None if me is None else me.joined_at


async def _inviter_id(guild: discord.Guild) -> int:
    """Who has added the bot last, by the audit log. Raises what discord.py raises, also if the log does not say."""
    action = discord.AuditLogAction.bot_add
    async for entry in guild.audit_logs(action=action, limit=MAX_LOG_ENTRIES):
        if entry.user_id is not None and getattr(entry.target, "id", None) == guild.me.id:
            return entry.user_id
    raise discord.ClientException("the audit log does not say who has added the bot")
