"""Posts the weekly digest of servers whose admins have chosen a channel for it: how many songs, and the chart of the week.

The process that has a server's shard posts it, at the latest two days after its time. It contains songs of channels that everyone in
the server can see, and of its own channel. Without the permissions to post nothing is claimed, so that granting them in time still
brings it; a refusal by Discord ends the attempts for that week.
"""

import asyncio
import io

import discord
import structlog

from bot.clock import Clock
from bot.concurrency import Wakeup
from bot.delivery.attachments import Attachment, Attachments
from bot.delivery.notice_sender import NoticeSender, is_taken
from bot.discord_io.channel_checks import fetch_and_check
from bot.discord_io.channel_types import MESSAGEABLE
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, describe
from bot.discord_io.message import Picture
from bot.discord_io.permissions import cached_permissions
from bot.domain.digest import Week, due_week, next_due_at
from bot.domain.jobs import NOBODY
from bot.domain.policy.model import Policy
from bot.domain.search import CHART_SIZE, ViewerScope
from bot.replies import chart, digest
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

KIND = "digest"
RETRY_S = 600.0
SHARED_SLEEP_S = 600.0
"""How long it sleeps at most where other processes may change settings."""

MAX_SLEEP_S = 24 * 3600.0


class WeeklyDigest:
    """A loop that posts each digest once. One that fails is tried again until it is too old (`bot.domain.digest`)."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._sender = NoticeSender(connection)
        self.wakeup = Wakeup()

    async def run(self) -> None:
        """Post what is due, until cancelled."""
        while True:
            await self.wakeup.sleep(await self._post_due())

    async def _post_due(self) -> float:
        """Post what is due; returns the seconds until more may be due."""
        wait_s = MAX_SLEEP_S if self._store.is_exclusive else SHARED_SLEEP_S
        for guild_id, policy in (await self._store.policies.with_field("digest_channel_id")).items():
            now = self._clock.now()
            wait_s = min(wait_s, (next_due_at(now, policy.timezone) - now).total_seconds())
            week = due_week(now, policy.timezone)
            # A server of another process, or of one that is not connected yet: the next READY wakes this loop.
            if week is None or not self._connection.knows(guild_id):
                continue
            if not await self._try(guild_id, policy, week):
                wait_s = min(wait_s, RETRY_S)
        return wait_s

    async def _try(self, guild_id: int, policy: Policy, week: Week) -> bool:
        """Post the digest of a server, or find that there is none; False if a later attempt may."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                guild = await self._connection.guild(guild_id)
            return guild is None or (not guild.unavailable and await self._post(guild, policy, week))
        except (StoreError, *DISCORD_ERRORS) as error:
            # It must not keep the digests of others.
            effect = "tried again in some minutes"
            log.info("digest_not_posted", guild_id=guild_id, error=describe(error), effect=effect)
            return False

    async def _post(self, guild: discord.Guild, policy: Policy, week: Week) -> bool:
        """The same for a server that is there."""
        channel_id = policy.digest_channel_id or 0
        # Before the claim: a missing permission that is granted within two days still brings this week's digest.
        if not (await fetch_and_check(guild, channel_id, MESSAGEABLE)).holds_results:
            return False
        readers = _readers_of(guild, channel_id)
        count = await self._store.songs.count_public(readers, since=week.start, until=week.end)
        # Before the claim as well: a week without songs gets no digest, and nothing has to be remembered.
        if not count:
            return True
        now = self._connection.clock.now()
        claim = await self._store.notices.claim(
            guild.id, KIND, occasion=week.due_at, since=week.due_at, now=now
        )
        if claim is None:
            return True
        entries = await self._store.songs.chart(readers, since=week.start, until=week.end, limit=CHART_SIZE)
        with in_language(policy.language or str(guild.preferred_locale)):
            # In a thread: painting takes longer than the event loop may stand still.
            picture = await asyncio.to_thread(chart.picture, entries)
            send = self._sender.send_files_once(
                channel_id,
                lambda files: digest.message(week, count, entries, has_picture=files.cover is not None),
                Attachments(cover=picture and _attachment(picture)),
                claim,
            )
            was_taken = await is_taken(send)
        # Also where Discord has refused it: the same message would be refused again.
        await self._store.notices.mark_sent(claim, now=self._clock.now())
        log.info("digest_posted" if was_taken else "digest_refused", guild_id=guild.id, songs=count)
        return True


def _attachment(picture: Picture) -> Attachment:
    content = io.BytesIO(picture.content)
    return Attachment(picture.name, content, len(picture.content), content.close, picture.description)


def _readers_of(guild: discord.Guild, channel_id: int) -> ViewerScope:
    """Whoever reads the digest: they see the songs of its channel, and of those that are open to the whole server."""
    everyone = guild.default_role
    visible = {
        channel.id
        for channel in (*guild.channels, *guild.threads)
        if not (isinstance(channel, discord.Thread) and channel.is_private())
        and (cached_permissions(channel, everyone) or discord.Permissions.none()).view_channel
    }
    return ViewerScope(
        user_id=NOBODY, guild_id=guild.id, visible_channel_ids=frozenset(visible | {channel_id})
    )
