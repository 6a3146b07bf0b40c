"""The rungs of the ladder: each knows where it sends, and how to find what it has sent before a crash."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import discord

from bot.clock import Clock
from bot.delivery.attachments import Attachments
from bot.delivery.cards import ORIGINAL, living_token
from bot.delivery.faults import CANNOT_REPLY, MISSING_PERMISSIONS, UNKNOWN_MESSAGE, Meaning, meaning
from bot.delivery.line import Line
from bot.delivery.messages import edit_fields, message_url, send_fields
from bot.delivery.results import results_place
from bot.models import Job, JobState, Reason, Rung
from bot.replies import failure, parts, post, refusals
from bot.replies.reply import Reply
from bot.store import Store

Result = TypeVar("Result")

SEARCH_DEPTH = 100
"""How many messages after the request are searched for a post that may have been made before a crash."""

CLOCK_SLACK = timedelta(minutes=2)


class Unreachable(Exception):
    """This rung cannot be used for this job; the text says why, for the log and the database."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands. `message_id` is None for what only its reader can see."""

    channel_id: int | None = None
    message_id: int | None = None
    jump_url: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """How much a message carries: its files, and whether it replies to the card."""

    attachments: Attachments
    is_reply: bool = True

    def plainer(self, error: discord.HTTPException) -> "Form | None":
        """What is worth a try after this refusal, None when the trouble lies elsewhere."""
        if self.attachments and meaning(error) is Meaning.TOO_LARGE:
            return replace(self, attachments=self.attachments.too_large())
        if self.attachments and error.code == MISSING_PERMISSIONS:
            return replace(self, attachments=self.attachments.without_files())
        if self.is_reply and error.code == CANNOT_REPLY:
            return replace(self, is_reply=False)
        return None


async def as_well_as_it_goes(send: Callable[[Form], Awaitable[Result]], attachments: Attachments) -> Result:
    """Call `send` with the fullest form, and with plainer ones where Discord says that this was the trouble."""
    form = Form(attachments)
    while True:
        try:
            return await send(form)
        except discord.HTTPException as error:
            plainer = form.plainer(error)
            if plainer is None:
                raise
            form = plainer


class LadderRung(ABC):
    """One way to reach the requester."""

    name: Rung

    def __init__(self, *, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock

    def suits(self, _job: Job) -> bool:
        """Whether this way is meant for the job at all."""
        return True

    async def size_limit_bytes(self, _job: Job) -> int:
        """The largest upload that this way takes."""
        return discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def afterwards(self, job: Job) -> None:
        """What is worth doing once it is written down that the job was told; at most once, and nobody needs it."""
        del job

    @abstractmethod
    async def aim(self, job: Job) -> int | None:
        """The channel ID that will be written to. Raises Unreachable, or what discord.py raises."""

    @abstractmethod
    async def send(self, job: Job, channel_id: int | None, attachments: Attachments) -> Sent:
        """Send it; raises what discord.py raises."""

    @abstractmethod
    async def find(self, job: Job) -> Sent | None:
        """What an earlier try has sent, None when there is nothing; raises what discord.py raises."""


class MessageRung(LadderRung):
    """A rung that posts a message with the bot's own token, under a nonce made for the job."""

    @abstractmethod
    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The message."""

    @abstractmethod
    def nonce(self, job: Job) -> str:
        """The same for every try on this rung: Discord drops a second message with it."""

    async def send(self, job: Job, channel_id: int | None, attachments: Attachments) -> Sent:
        """Send the message as it should be, or plainer where Discord says that this was the trouble."""
        if channel_id is None:
            raise Unreachable("no channel")
        return await as_well_as_it_goes(lambda form: self._post(job, channel_id, form), attachments)

    async def _post(self, job: Job, channel_id: int, form: Form) -> Sent:
        client = await self._line.client()
        reply = self.compose(job, form.attachments)
        message = await client.get_partial_messageable(channel_id).send(
            **send_fields(reply),
            **(await self.reply_fields(job) if form.is_reply else {}),
            files=form.attachments.files(),
            nonce=self.nonce(job),
        )
        return Sent(channel_id, message.id, self.jump_url(job, channel_id, message.id))

    async def reply_fields(self, job: Job) -> dict[str, Any]:
        """The arguments that make the message a reply."""
        return {}

    @abstractmethod
    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """The link by which people get to the message."""

    async def find(self, job: Job) -> Sent | None:
        """Search the channel, from the request on, for a message of ours that names the job."""
        channel_id = await self.aim(job)
        return None if channel_id is None else await self._found_in(channel_id, job)

    async def _found_in(self, channel_id: int, job: Job) -> Sent | None:
        client = await self._line.client()
        message_id = await search(client, job, channel_id, since=job.created_at)
        if message_id is None:
            return None
        return Sent(channel_id, message_id, self.jump_url(job, channel_id, message_id))


class ChannelRung(MessageRung):
    """A new message in the server, in its channel for results, else in the job's own.

    It replies to the post that it was composed again from, else to its card, where these stand in the same channel.
    """

    name = Rung.CHANNEL

    def __init__(self, *, line: Line, clock: Clock, store: Store) -> None:
        super().__init__(line=line, clock=clock)
        self._store = store

    def suits(self, job: Job) -> bool:
        """Never for what is private."""
        return not job.is_private

    async def aim(self, job: Job) -> int | None:
        """Where the admins want songs, else the job's own channel, as far as the bot may still speak there."""
        client = await self._line.client()
        # Until then servers are missing from the cache that the bot is very well in.
        await client.wait_until_ready()
        guild = client.get_guild(job.guild_id)
        if guild is None:
            raise Unreachable("the bot is no longer in the server")
        results = await results_place(client, job)
        if results is not None and not _missing(results, guild.me):
            return results.id
        channel = guild.get_channel_or_thread(job.channel_id)
        # A channel that is not cached (an archived thread) is tried: Discord knows better.
        if channel is not None and (missing := _missing(channel, guild.me)):
            raise Unreachable(f"the bot lacks {missing} in the channel")
        return job.channel_id

    async def send(self, job: Job, channel_id: int | None, attachments: Attachments) -> Sent:
        """As on every rung; where Discord closes the channel for results, the job's own is next."""
        try:
            return await super().send(replace(job, post_channel_id=channel_id), channel_id, attachments)
        except discord.HTTPException as error:
            if channel_id == job.channel_id or meaning(error) is not Meaning.BLOCKED:
                raise
        own = replace(job, post_channel_id=job.channel_id)
        return await super().send(own, job.channel_id, attachments)

    async def find(self, job: Job) -> Sent | None:
        """Wherever the last try may have sent it; without Read Message History Discord would show an empty channel."""
        client = await self._line.client()
        await client.wait_until_ready()
        guild = client.get_guild(job.guild_id)
        for channel_id in dict.fromkeys([job.post_channel_id or job.channel_id, job.channel_id]):
            channel = guild.get_channel_or_thread(channel_id) if guild else None
            if guild and channel and not channel.permissions_for(guild.me).read_message_history:
                raise Unreachable("the bot may not read the channel's history")
            try:
                sent = await self._found_in(channel_id, job)
            except discord.NotFound:
                if channel_id == job.channel_id:
                    raise
                continue  # the channel for results is gone, and whatever stood there with it
            if sent is not None:
                return sent
        return None

    async def size_limit_bytes(self, job: Job) -> int:
        """The server's own limit: boosted servers take more."""
        client = await self._line.client()
        guild = client.get_guild(job.guild_id)
        return guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The post, pinging the requester."""
        if job.state is JobState.COMPLETED:
            return post.song(job, **named(attachments))
        return failure.post(job, now=self._clock.now())

    def nonce(self, job: Job) -> str:
        """The job's nonce as it stands in the database."""
        return job.nonce

    async def reply_fields(self, job: Job) -> dict[str, Any]:
        """To the parent's post where it stands in this channel, else to the card; should it be gone, to nothing."""
        if job.post_channel_id not in (None, job.channel_id):
            return {}
        message_id = await self._parents_post(job) or job.card_message_id
        if message_id is None:
            return {}
        reference = discord.MessageReference(
            message_id=message_id,
            channel_id=job.channel_id,
            guild_id=job.guild_id,
            fail_if_not_exists=False,
        )
        return {"reference": reference}

    async def _parents_post(self, job: Job) -> int | None:
        parent = None if job.parent_key is None else await self._store.get(job.parent_key)
        stands_here = parent is not None and parent.post_channel_id == job.channel_id
        return parent.post_message_id if parent is not None and stands_here else None

    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """A link into the server."""
        return message_url(job.guild_id, channel_id, message_id)


class DirectMessageRung(MessageRung):
    """A direct message to the requester."""

    name = Rung.DIRECT_MESSAGE

    async def aim(self, job: Job) -> int | None:
        """The requester's DM channel with the bot, opened at need."""
        client = await self._line.client()
        channel = await client.create_dm(discord.Object(job.requester_id))
        return channel.id

    def compose(self, job: Job, attachments: Attachments) -> Reply:
        """The post, saying where it was asked for and why it comes here."""
        if job.state is JobState.COMPLETED:
            return post.song_direct(job, **named(attachments))
        return failure.direct(job, now=self._clock.now())

    def nonce(self, job: Job) -> str:
        """One letter longer than the channel's, which leaves Discord's limit of 25 intact."""
        return f"{job.nonce}d"

    def jump_url(self, job: Job, channel_id: int, message_id: int) -> str:
        """A link into the direct messages."""
        return message_url(None, channel_id, message_id)


class InteractionRung(LadderRung):
    """The private answer to the command itself, for what concerns nobody else: Whisul refused the prompt."""

    name = Rung.INTERACTION

    def suits(self, job: Job) -> bool:
        """Only for a refusal; what is private has a rung of its own."""
        return job.reason is Reason.REFUSED and not job.is_private

    async def aim(self, job: Job) -> int | None:
        """Only while the token lives."""
        if living_token(job, self._clock) is None:
            raise Unreachable("the interaction has expired")
        return None

    async def send(self, job: Job, channel_id: int | None, attachments: Attachments) -> Sent:
        """Answer privately, then take the public card away.

        In this order, so that a crash between the two leaves a card to be mended and nobody untold. While the
        response still says that the bot is thinking, it goes first: a follow-up would take its place in public.
        """
        token = living_token(job, self._clock)
        if token is None:
            raise Unreachable("the interaction has expired")
        webhook = await self._line.followups(token)
        if job.card_message_id is None:
            await _delete_response(webhook)
        await webhook.send(**send_fields(refusals.whisul_refused(job)), ephemeral=True, wait=True)
        if job.card_message_id is not None:
            await _delete_response(webhook)
        return Sent()

    async def find(self, job: Job) -> Sent | None:
        """Follow-ups have no nonce and private ones no history: the card tells how far the last try came.

        Gone: the answer was given. Still there: it is turned into the refusal, which cannot happen twice.
        """
        if job.card_message_id is None:
            return None
        client = await self._line.client()
        channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            await channel.get_partial_message(job.card_message_id).edit(
                **edit_fields(failure.post(job, now=self._clock.now()))
            )
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return Sent()
        return Sent(
            job.channel_id,
            job.card_message_id,
            message_url(job.guild_id, job.channel_id, job.card_message_id),
        )


async def _delete_response(webhook: discord.Webhook) -> None:
    try:
        await webhook.delete_message(ORIGINAL)
    except discord.NotFound:
        return


def _missing(channel: discord.abc.GuildChannel | discord.Thread, me: discord.Member) -> str | None:
    """The first permission that the bot needs for a post and lacks, as Discord's client names it."""
    in_threads = isinstance(channel, discord.Thread)
    send = "send_messages_in_threads" if in_threads else "send_messages"
    granted = channel.permissions_for(me)
    lacking = next(
        (name for name in ("view_channel", send, "embed_links") if not getattr(granted, name)), None
    )
    return lacking and lacking.replace("_", " ").title()


def named(attachments: Attachments) -> dict[str, Any]:
    """The names by which a post refers to its attachments."""
    return {
        "cover_name": attachments.cover.name if attachments.cover else None,
        "audio_name": attachments.audio.name if attachments.audio else None,
        "audio_note": attachments.audio_note,
    }


async def search(client: discord.Client, job: Job, channel_id: int, *, since: datetime) -> int | None:
    """The ID of the first message of ours in a channel, from then on, that is a post of the job; None without one."""
    if client.user is None:
        return None
    after = discord.Object(discord.utils.time_snowflake(since - CLOCK_SLACK))
    channel = client.get_partial_messageable(channel_id)
    async for message in channel.history(limit=SEARCH_DEPTH, after=after, oldest_first=True):
        ours = message.author.id == client.user.id and message.id != job.card_message_id
        if ours and names(message, job):
            return message.id
    return None


def names(message: discord.Message, job: Job) -> bool:
    """Whether a message is the post of this job: its footer names it. What it replies to may be another's post."""
    return any(embed.footer.text == parts.footer(job) for embed in message.embeds)
