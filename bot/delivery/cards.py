"""Cards: the message that shows a job's progress, reduced to one line when its outcome is posted.

The content of a card is a pure function of the job, the queue, the durations of other songs, and the time. A card is
drawn when its job changes, and at the times at which its content changes by itself; one loop keeps these times for all
cards. After a restart, drawing a job that was taken over schedules its card again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import structlog

from bot.clock import Clock
from bot.concurrency import DueTimes, InFlight, Wakeup
from bot.delivery.sending import send_reply
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, UNKNOWN_MESSAGE, describe, send_outcome
from bot.discord_io.message import Reply
from bot.discord_io.payloads import edit_fields, fingerprint
from bot.domain.jobs import DeliveryRoute, Job, JobState
from bot.domain.shards import Shards
from bot.generation.api_gate import ApiGate
from bot.generation.poll_schedule import expectation
from bot.generation.progress import Progress, progress
from bot.generation.queue_order import QueueOrder
from bot.ops.membership import Membership
from bot.replies import card
from bot.replies.card import WaitReason
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.retry import retry_until_stored

log = structlog.get_logger(__name__)

FIRST_RETRY_S = 2.0
MAX_RETRY_S = 60.0
"""The wait after a failed draw doubles from FIRST_RETRY_S up to this."""

MIN_REDRAW_S = 5.0
"""Progress alone (the place in the queue, the bar) is not drawn more often than this."""

MAX_DRAWS_AT_ONCE = 256
MAX_REDRAWS_PER_CHANNEL = 1
MAX_COLLAPSES_PER_CHANNEL = 3
"""Edits in a channel share one rate limit, 5 in 5 seconds. Others wait here instead of inside discord.py: a redraw that a
finish overtakes is dropped, final edits do not queue behind redraws, and so few at once never exceed the limit."""

FIRST_DRAW_S = 1.0
"""A card whose job can be submitted at once is first drawn with the result, or after so long: one edit instead of two."""

NO_FILES: list[Any] = []
"""Every edit removes attachments: a card may replace a private song's response, whose files must not stay."""

ORIGINAL_RESPONSE: Any = "@original"
"""Discord's name for an interaction's first response, in place of a message ID."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The last edit that Discord took: fingerprint, the part that is never delayed, and monotonic seconds."""

    look: str
    news: object
    at: float


@dataclass(slots=True)
class _Card:
    """What is kept of one card until it will not be drawn again.

    Attributes:
        channel_id: where redraws edit the card as a message; None until it is known to be one.
        drawn: None before the first edit by this process.
        retry_s: the wait after the next failure.
        final_draw: the edit to the final line, while it still has to be made; no other may come after it.
    """

    channel_id: int | None = None
    drawn: _Drawn | None = None
    retry_s: float = FIRST_RETRY_S
    final_draw: Callable[[], Awaitable[None]] | None = None


class Cards:
    """Draws cards. A card that cannot be drawn never holds up the delivery of the outcome."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        membership: Membership,
        gate: ApiGate,
        clock: Clock,
        queue_order: QueueOrder,
    ) -> None:
        self._store = store
        self._connection = connection
        self._membership = membership
        self._gate = gate
        self._clock = clock
        self._queue_order = queue_order
        self._cards: dict[int, _Card] = {}
        # Not in the record: a lock must outlive `forget`, which is called while others may wait for it.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._due = DueTimes()
        self._in_flight = InFlight[int, None]()
        self._slots = asyncio.Semaphore(MAX_DRAWS_AT_ONCE)
        self._redraw_slots: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        self._collapse_slots: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        self._wakeup = Wakeup()

    async def run(self) -> None:
        """Draw each card when it is due, until cancelled; waits while there is no client."""
        while True:
            await self._connection.client()
            # A task for each card, which waits for its slots itself: a slow channel delays no other.
            for key in self._due.take_due(self._clock.monotonic()):
                self._in_flight.start(key, self._draw_due(key), name=f"card #{key}")
            await self._wakeup.sleep(self._due.next_in_s(self._clock.monotonic()))

    async def adopt(self, some: Shards) -> None:
        """Draw the cards of these shards' open jobs: the times of their next changes were lost with the process before."""
        for key in await retry_until_stored(self._store.open_in, some):
            self.refresh_soon(key)

    def refresh_soon(self, key: int) -> None:
        """Draw the card in the background."""
        self._schedule(key, in_s=0.0)

    def job_changed(self, job: Job) -> None:
        """Draw the card of a job that has changed in the background, if it can be edited at all."""
        # With what is known of the job here, the draw needs not look up its channel first.
        if _is_edited_in_channel(job):
            self._card(job.key).channel_id = job.channel_id
        elif unexpired_token(job, self._clock) is None:
            self.forget(job.key)
            return
        self.refresh_soon(job.key)

    async def draw_first(self, job: Job) -> None:
        """Draw the card of a job that was just queued: now if it has to wait, else when it was submitted."""
        try:
            if await self.waiting_view(job) is None:
                self._schedule(job.key, in_s=FIRST_DRAW_S)
            else:
                await self.refresh(job.key)
        except StoreError as error:
            # The caller would tell the requester that nothing was taken, but the job is recorded.
            self._note_undrawn(job.key, error)

    def in_flight(self) -> list[asyncio.Task[None]]:
        """The draws that run in the background."""
        return self._in_flight.tasks()

    async def waiting_view(self, job: Job) -> WaitReason | None:
        """Why a queued job is not submitted yet; None where nothing holds it up, or it is not queued."""
        if job.state is not JobState.QUEUED:
            return None
        if self._gate.key_refused:
            return WaitReason.KEY_REFUSED
        if self._gate.no_credit:
            return WaitReason.NO_CREDIT
        if job.submit_attempts or self._gate.is_paused:
            return WaitReason.SERVICE_BUSY
        return WaitReason.FULL if await self._queue_order.is_full(job.scope) else None

    async def refresh(self, key: int) -> None:
        """Draw the job as stored now; nothing is sent if the card would look the same."""
        async with self.locked(key):
            if (known := self._cards.get(key)) and known.final_draw:
                return
            # Read within the lock, so that no draw shows an older state than the draw before it.
            job = await self._store.get(key)
            # Cards of other servers are left to the processes that serve them, finished jobs to the delivery, which draws the
            # final line; cards of erased jobs are wiped.
            if (
                job is None
                or job.is_erased
                or (job.state.is_final and not job.is_stopped)
                or not self._membership.serves(job.guild_id)
            ):
                self.forget(key)
                return
            # Not the language of the interaction that may have led here: the card may be public.
            with in_language(job.card_locale):
                if job.is_stopped:
                    is_settled = await self._draw(job, card.stopped(job), news=job.state)
                else:
                    is_settled = await self._draw_working(job)
        if job.state.is_final and is_settled:
            self.forget(key)

    async def collapse(self, job: Job, *, route: DeliveryRoute, jump_url: str | None) -> None:
        """Reduce the card to one line that says where the outcome was delivered, with a link if there is one."""
        async with self._collapse_slot(job), self.locked(job.key):
            # `job` may be older than its card.
            job = replace(await self._store.get(job.key) or job, route=route, delivery_note=job.delivery_note)
            with in_language(job.card_locale):
                reply = card.finished(job, jump_url=jump_url)
                is_settled = job.is_erased or await self._draw(job, reply, news=job.state)
            # Stored only when it changes. An erasure reads it: such a card still shows the prompt.
            if is_settled is job.card_outdated:
                await self._store.set_card_outdated(job.key, outdated=not is_settled)
            if is_settled:
                self.forget(job.key)
            else:
                # Set within the lock: a redraw that waits for it must not take the job at work, nor end its retries.
                self._card(job.key).final_draw = partial(self.collapse, job, route=route, jump_url=jump_url)

    async def wipe(self, job: Job, reply: Reply) -> None:
        """Replace the card of an erased job by `reply`; raises what discord.py raises.

        `job` has the IDs or the token that the edit needs, which its row no longer has.
        """
        async with self.locked(job.key):
            await send_reply(reply, partial(self._edit, job))
        self.forget(job.key)

    @asynccontextmanager
    async def locked(self, key: int) -> AsyncGenerator[None]:
        """Hold the lock of the job's card: within the block nobody else edits it."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            yield

    def forget(self, key: int) -> None:
        """Drop all that is kept of the card: it is not drawn again."""
        self._cards.pop(key, None)
        self._due.cancel(key)

    def _card(self, key: int) -> _Card:
        return self._cards.setdefault(key, _Card())

    def _schedule_retry(self, key: int) -> None:
        known = self._card(key)
        self._schedule(key, in_s=known.retry_s)
        known.retry_s = min(MAX_RETRY_S, 2 * known.retry_s)

    def _schedule(self, key: int, *, in_s: float) -> None:
        self._due.schedule(key, self._clock.monotonic() + in_s)
        self._wakeup.wake()

    def _schedule_next_change(self, key: int, known: Progress, now: datetime) -> None:
        if known.changes_at is not None:
            self._schedule(key, in_s=(known.changes_at - now).total_seconds())

    async def _draw_due(self, key: int) -> None:
        try:
            if (known := self._cards.get(key)) and known.final_draw:
                await known.final_draw()
                return
            # The channel's slot first: waiting for it holds none of the slots for all channels.
            async with await self._redraw_slot(key), self._slots:
                # The job is read now: what happened while this waited is drawn with it, or has taken its place.
                await self.refresh(key)
        except StoreError as error:
            self._note_undrawn(key, error)

    def _note_undrawn(self, key: int, error: StoreError) -> None:
        log.info("card_not_drawn", job=f"#{key}", error=str(error))
        self._schedule_retry(key)

    async def _redraw_slot(self, key: int) -> AbstractAsyncContextManager[None]:
        known = self._card(key)
        if known.channel_id is None:
            job = await self._store.get(key)
            if job is None or not _is_edited_in_channel(job):
                return nullcontext()
            known.channel_id = job.channel_id
        return self._redraw_slots.setdefault(known.channel_id, asyncio.Semaphore(MAX_REDRAWS_PER_CHANNEL))

    def _collapse_slot(self, job: Job) -> AbstractAsyncContextManager[None]:
        if not _is_edited_in_channel(job):
            return nullcontext()
        return self._collapse_slots.setdefault(job.channel_id, asyncio.Semaphore(MAX_COLLAPSES_PER_CHANNEL))

    async def _draw_working(self, job: Job) -> bool:
        now = self._clock.now()
        expected = expectation(await self._store.recent_waits_s())
        waiting = await self.waiting_view(job)
        ahead = await self._queue_order.jobs_ahead(job, now=now)
        known = progress(job, expected, now)
        reply = card.open_job(job, expectation=expected, now=now, waiting=waiting, ahead=ahead)
        self._schedule_next_change(job.key, known, now)
        return await self._draw(job, reply, news=(job.state, job.job_id, waiting, known.is_slow))

    async def _draw(self, job: Job, reply: Reply, *, news: object) -> bool:
        """Edit the card, unless it looks the same. If `news` is the same too, not before MIN_REDRAW_S after the last edit.

        Returns False if another draw is scheduled, True if the edit succeeded or never can.
        """
        now = self._clock.monotonic()
        known, look = self._cards.get(job.key), fingerprint(reply)
        drawn = known and known.drawn
        # Discord allows few edits in a channel: one that changes nothing would delay the others.
        if drawn is not None and drawn.look == look:
            return True
        if drawn is not None and drawn.news == news and (early_s := drawn.at + MIN_REDRAW_S - now) > 0:
            self._schedule(job.key, in_s=early_s)
            return False
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await send_reply(reply, partial(self._edit, job))
        except DISCORD_ERRORS as error:
            level = log.debug if getattr(error, "code", 0) == UNKNOWN_MESSAGE else log.info
            level("card_not_drawn", job=job, error=describe(error))
            # The scheduled step of the progress gives way to the retry; a card that can never be drawn needs neither.
            self._due.cancel(job.key)
            if not send_outcome(error).may_retry:
                return True
            self._schedule_retry(job.key)
            return False
        known = self._card(job.key)
        known.drawn, known.retry_s = _Drawn(look, news, now), FIRST_RETRY_S
        return True

    async def _edit(self, job: Job, reply: Reply) -> None:
        if job.card_message_id is not None and _is_edited_in_channel(job):
            await self._edit_message(job, job.card_message_id, reply)
        # Without a message and without a token nobody can edit the card any more, which counts as drawn.
        elif (token := unexpired_token(job, self._clock)) is not None:
            await self._edit_response(job, token, reply)

    async def _edit_message(self, job: Job, message_id: int, reply: Reply) -> None:
        # With the bot's token, not the interaction's, which expires after 15 minutes.
        client = await self._connection.client(job.guild_id)
        channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        await channel.get_partial_message(message_id).edit(**edit_fields(reply), attachments=NO_FILES)

    async def _edit_response(self, job: Job, token: str, reply: Reply) -> None:
        webhook = await self._connection.response_webhook(token)
        message = await webhook.edit_message(ORIGINAL_RESPONSE, **edit_fields(reply), attachments=NO_FILES)
        # An ephemeral response cannot be edited by its ID.
        if not job.is_private:
            # The token expires after 15 minutes; by its ID the bot can edit the message later, too.
            await self._store.set_card(job.key, message_id=message.id)


def _is_edited_in_channel(job: Job) -> bool:
    """Whether the card is edited as a message of the channel; else by its token, which has a rate limit of its own."""
    return job.card_message_id is not None and not job.is_private


def unexpired_token(job: Job, clock: Clock) -> str | None:
    """The job's interaction token; None without one, or when it has expired."""
    expires_at = job.interaction_expires_at
    if job.interaction_token is None or expires_at is None or clock.is_past(expires_at):
        return None
    return job.interaction_token
