"""Posts songs for their requester by button: private ones in the channel of the request, others in any channel."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

import discord
import structlog

from bot.delivery.attachments import AttachmentBuilder, Attachments
from bot.delivery.erased_posts import delete_erased_post
from bot.delivery.sending import (
    NotSearchable,
    Shape,
    attachment_names,
    find_post,
    posted_cover,
    send_with_fallbacks,
)
from bot.discord_io.connection import SEND_TIMEOUT_S, DiscordConnection
from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.discord_io.message import Reply
from bot.discord_io.payloads import message_url, post_url, send_fields
from bot.discord_io.permissions import assumed_permissions, missing_for_posts, timed_out_until
from bot.domain.jobs import DeliveryState, Job, JobState
from bot.errors import (
    BotMissingPermissions,
    BotTimedOut,
    DeliveryPending,
    ErasedMeanwhile,
    NotPosted,
    NotShareable,
    PostUncertain,
)
from bot.replies import post
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

NONCE_CHARS = 24
ONE_MS = timedelta(milliseconds=1)


class SongSharing:
    """Posts a song once for each click. Only its requester may ask for it."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        attachment_builder: AttachmentBuilder,
        as_components: bool = False,
    ) -> None:
        """With `as_components`, songs are sent as components where Discord accepts that, else with embeds."""
        self._as_components = as_components
        self._store = store
        self._connection = connection
        self._attachment_builder = attachment_builder
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def require_shareable(self, key: int, user_id: int) -> Job:
        """The job of a completed song that this person may share.

        Raises:
            NotShareable: unknown, foreign and unfinished jobs alike, so that the answer does not tell which.
            DeliveryPending: its own delivery has not ended.
        """
        job = await self._store.get(key)
        if job is None or job.requester_id != user_id or job.state is not JobState.COMPLETED:
            raise NotShareable
        if job.delivery in (DeliveryState.DUE, DeliveryState.POSTING):
            raise DeliveryPending
        return job

    async def share(self, job: Job) -> str:
        """Post a private song in the channel of its request, at most once; returns the link to the post.

        The intent is committed before the post and the message ID after it. If a share was begun before, the channel is
        searched for its post first, from that time on.

        Raises:
            NotShareable, ErasedMeanwhile, BotTimedOut, BotMissingPermissions, NotPosted: it was not posted.
            PostUncertain: it may have been posted.
        """
        async with self._lock_of(job.key):
            # Read within the lock: the click before this one may have shared the song already.
            job = await self._require_unerased(job)
            if not job.is_private:
                return self._existing_url(job)
            channel = await self._require_postable(job)
            job, is_first = await self._begin(job)
            async with self._errors_translated(job, job.channel_id):
                client = await self._connection.client(job.guild_id)
                message = None
                if not is_first:
                    began_at = job.posting_at or job.created_at
                    message = await find_post(client, job, job.channel_id, since=began_at)
                if message is None:
                    limit_bytes = channel.guild.filesize_limit if channel else None
                    # Not the nonce of the delivery: Discord drops a second message with the same one.
                    message = await self._post(job, job.channel_id, f"{job.nonce}s", limit_bytes)
            shared = await retry_until_stored(
                self._store.outbox.complete_share,
                job.key,
                channel_id=job.channel_id,
                message_id=message.id,
                cover_url=posted_cover(message, job),
            )
            if shared is None:
                await self._delete_if_erased(job, job.channel_id, message.id)
        log.info("song_shared", job=job, channel_id=job.channel_id, message_id=message.id)
        return message_url(job.guild_id, job.channel_id, message.id)

    async def post_in_channel(
        self, job: Job, *, guild: discord.Guild, channel_id: int, pressed_id: int
    ) -> str:
        """Post a song in a channel in which the bot may post; returns the link to the post.

        `pressed_id` is the message with the button. The nonce is made of it, so that Discord drops the post of a second
        click within some minutes.

        Raises:
            NotShareable: the song is private.
            ErasedMeanwhile, NotPosted: it was not posted.
            PostUncertain: it may have been posted.
        """
        if job.is_private:
            raise NotShareable
        digest = hashlib.sha256(f"{job.nonce}:{pressed_id}".encode()).hexdigest()
        async with self._lock_of(job.key), self._errors_translated(job, channel_id):
            message = await self._post(job, channel_id, digest[:NONCE_CHARS], guild.filesize_limit)
            await self._delete_if_erased(job, channel_id, message.id)
        log.info("song_posted_here", job=job, channel_id=channel_id, message_id=message.id)
        return message_url(guild.id, channel_id, message.id)

    def _lock_of(self, key: int) -> asyncio.Lock:
        """Serialises the clicks on one song. The lock disappears when nobody holds or awaits it."""
        return self._locks.setdefault(key, asyncio.Lock())

    def _existing_url(self, job: Job) -> str:
        url = post_url(job)
        if url is None:
            raise NotShareable
        return url

    async def _require_postable(self, job: Job) -> discord.abc.GuildChannel | discord.Thread | None:
        """The job's channel, if the bot may post there; None if it is not cached, as an archived thread."""
        guild = await self._connection.guild(job.guild_id)
        if guild is None:
            raise NotPosted("the bot is no longer in the server", job.channel_id)
        channel = guild.get_channel_or_thread(job.channel_id)
        if channel and (missing := missing_for_posts(assumed_permissions(channel, guild.me), channel)):
            if (until := timed_out_until(guild)) is not None:
                raise BotTimedOut(until)
            raise BotMissingPermissions(missing, job.channel_id)
        return channel

    async def _begin(self, job: Job) -> tuple[Job, bool]:
        """Commit the intent; returns the stored job, and whether this is its first share."""
        if job.delivery is DeliveryState.UNDELIVERABLE:
            # The person who clicks has seen the song, by `/job status`.
            job = await self._store.outbox.mark_delivered(job.key, now=self._connection.clock.now()) or job
        if job.delivery is not DeliveryState.DELIVERED or job.delivered_at is None:
            raise NotShareable
        # Later than the delivery, whatever the clock does: `posting_at` then belongs to the share.
        begun = await self._store.outbox.begin_share(
            job.key, now=max(self._connection.clock.now(), job.delivered_at + ONE_MS)
        )
        if begun is not None:
            return begun, True
        return await self._require_unerased(job), False

    async def _require_unerased(self, job: Job) -> Job:
        """The stored job. Raises ErasedMeanwhile."""
        stored = await self._store.get(job.key) or job
        if stored.is_erased:
            raise ErasedMeanwhile
        return stored

    async def _delete_if_erased(self, job: Job, channel_id: int, message_id: int) -> None:
        """Delete the post and raise ErasedMeanwhile if the song was erased during the send."""
        stored = await retry_until_stored(self._store.get, job.key)
        if stored is None or not stored.is_erased:
            return
        is_gone = await delete_erased_post(
            self._connection, job, channel_id=channel_id, message_id=message_id
        )
        raise ErasedMeanwhile(None if is_gone else message_url(job.guild_id, channel_id, message_id))

    @asynccontextmanager
    async def _errors_translated(self, job: Job, channel_id: int) -> AsyncGenerator[None]:
        """Translate errors of calls to Discord into request errors.

        If the song was erased meanwhile, a post with an unknown outcome is searched for and deleted.
        """
        # Before the send: where the search for its post begins.
        began_at = self._connection.clock.now()
        try:
            async with _request_errors(job, channel_id):
                yield
        except PostUncertain:
            stored = await retry_until_stored(self._store.get, job.key)
            if stored is None or not stored.is_erased:
                raise
            async with _request_errors(job, channel_id):
                client = await self._connection.client(job.guild_id)
                message = await find_post(client, job, channel_id, since=began_at)
            if message is None:
                raise ErasedMeanwhile from None
            await self._delete_if_erased(job, channel_id, message.id)

    async def _post(self, job: Job, channel_id: int, nonce: str, limit_bytes: int | None) -> discord.Message:
        """Send the post; after an unknown outcome search for it, and after a time-out send it once more without files."""
        files = await self._attachment_builder.build(
            job, limit_bytes=limit_bytes or discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        )
        shape, began_at = (
            Shape(files, is_reply=False, prefers_layout=self._as_components),
            self._connection.clock.now(),
        )
        try:
            return await self._send(job, channel_id, shape, nonce)
        except DISCORD_ERRORS as error:
            if send_outcome(error) is not SendOutcome.UNKNOWN:
                raise
            found = await find_post(
                await self._connection.client(job.guild_id), job, channel_id, since=began_at
            )
            if found is not None:
                return found
            if not isinstance(error, TimeoutError):
                raise
            # Under the same nonce: should the first post arrive after all, Discord drops this one.
            shape.drop_files()
            return await self._send(job, channel_id, shape, nonce)
        finally:
            files.close()

    async def _send(self, job: Job, channel_id: int, shape: Shape, nonce: str) -> discord.Message:
        channel = (await self._connection.client(job.guild_id)).get_partial_messageable(channel_id)

        async def send(reply: Reply, shape: Shape) -> discord.Message:
            # Checked right before the send: downloads take time, in which the song may have been erased.
            await self._require_unerased(job)
            return await channel.send(**send_fields(reply), files=shape.attachments.files(), nonce=nonce)

        with in_language(job.guild_locale):
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await send_with_fallbacks(partial(_reply, job), send, shape)


def _reply(job: Job, attachments: Attachments) -> Reply:
    return post.song_shared(job, **attachment_names(attachments))


@asynccontextmanager
async def _request_errors(job: Job, channel_id: int) -> AsyncGenerator[None]:
    """Translate errors of calls to Discord into request errors."""
    try:
        yield
    except NotSearchable as reason:
        raise PostUncertain(str(reason), channel_id) from reason
    except DISCORD_ERRORS as error:
        known = send_outcome(error)
        log.info("song_not_posted", job=job, outcome=known.name, error=describe(error))
        if known is SendOutcome.UNKNOWN:
            raise PostUncertain(describe(error), channel_id) from error
        raise NotPosted(describe(error), channel_id) from error
