"""One attempt to deliver one finished job: tries the routes in order until one reaches the requester.

The state `posting` is committed before a message is sent, and the message ID after it. For a job found in `posting`
(after a crash, or an error that leaves the outcome unknown), the message is searched for before anything is sent again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import dropwhile
from typing import NoReturn, TypeVar

import discord
import structlog

from bot.delivery.attachments import AttachmentBuilder, Attachments
from bot.delivery.cards import Cards
from bot.delivery.erased_posts import delete_erased_post
from bot.delivery.routes.base import Route, Sent, Unreachable
from bot.delivery.sending import NotSearchable, Shape
from bot.discord_io.connection import SEND_TIMEOUT_S, DiscordConnection
from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.domain.jobs import AudioNote, DeliveryRoute, DeliveryState, Job
from bot.errors import BotError
from bot.ops.metrics import Metrics
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.retry import retry_until_stored

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

MAX_BROKEN_UPLOADS = 3
"""After so many broken connections the message is sent without files; after a time-out, at once."""

NONCE_WINDOW = timedelta(seconds=60)
"""Discord drops a second message with the same nonce within "the past few minutes"; this is safely less."""


class DeliveryLost(BotError):
    """This task may not deliver any more: the job was erased, or another process has taken it over."""


class RetryLater(BotError):
    """A transient error ended the attempt; `at_least_s` is the wait that Discord asks for, in seconds."""

    def __init__(self, message: str, *, at_least_s: float = 0.0) -> None:
        super().__init__(message)
        self.at_least_s = at_least_s


@dataclass(slots=True)
class AttemptState:
    """What the attempts for one job learn from each other. Kept in memory only: losing it costs time, nothing else.

    Attributes:
        route: the route of the last attempt; those before it cannot be used.
        note: why they cannot.
        shape: the content of the message, without the parts that Discord has refused so far.
        waited_s: the last wait between two attempts.
        broken_uploads: connections that broke while files were sent.
        next_at: when the next attempt is due, in monotonic seconds.
        is_sent: whether the message was sent, and only the card and the record of the delivery are left.
        on_sent: called when that becomes so.
    """

    route: DeliveryRoute | None = None
    note: str | None = None
    shape: Shape | None = None
    waited_s: float = 0.0
    broken_uploads: int = 0
    next_at: float = 0.0
    is_sent: bool = False
    on_sent: Callable[[], None] | None = None
    _files: Attachments | None = None

    def use_route(self, route: DeliveryRoute, shape: Shape) -> Shape:
        """Start with a route and the full content to send by it, which is returned."""
        self.close_files()
        self.route, self.shape, self._files, self.broken_uploads = route, shape, shape.attachments, 0
        return shape

    def mark_sent(self) -> None:
        """Record that the message was sent: its files are needed no more."""
        self.close_files()
        self.is_sent = True
        if self.on_sent is not None:
            self.on_sent()

    def close_files(self) -> None:
        """Close the files: they were sent, will not be, or are downloaded again."""
        if self._files is not None:
            self._files.close()
        self.shape = self._files = None

    def record_broken_upload(self, error: BaseException) -> None:
        """Count a connection that broke during a send with files: their size may be the reason."""
        if self.shape is not None and self.shape.attachments:
            self.broken_uploads += MAX_BROKEN_UPLOADS if isinstance(error, TimeoutError) else 1

    def drop_breaking_files(self) -> None:
        """Send without files from now on, if too many connections broke."""
        if self.shape is not None and self.broken_uploads >= MAX_BROKEN_UPLOADS:
            self.shape.drop_files()


class Attempts:
    """Runs single attempts. `routes` are tried in the given order."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        cards: Cards,
        attachment_builder: AttachmentBuilder,
        routes: Sequence[Route],
        metrics: Metrics,
        as_components: bool = False,
    ) -> None:
        """With `as_components`, songs are sent as components where Discord accepts that, else with embeds."""
        self._as_components = as_components
        self._store = store
        self._connection = connection
        self._cards = cards
        self._attachment_builder = attachment_builder
        self._routes = routes
        self._metrics = metrics

    async def deliver(self, job: Job, state: AttemptState) -> None:
        """Deliver by the first usable route; without one, record the job as undeliverable.

        Raises:
            RetryLater: after a transient error.
            DeliveryLost: this process may not deliver the job any more.
        """
        state.note = state.note or job.delivery_note
        for route in self._remaining_routes(job, state):
            try:
                with in_language(route.locale(job)):
                    await self._deliver_by(route, job, state)
            except Unreachable as reason:
                state.note = f"{route.name}: {reason}"
                state.close_files()
                log.info("route_unreachable", route=route.name.value, reason=str(reason))
                # Read again: `_deliver_by` has set an interrupted job back to `due`.
                job = await self._store.get(job.key) or job
            else:
                return
        # The card before the final state, as in `_record_delivered`: a crash in between only repeats the edit.
        await self._cards.collapse(job, route=DeliveryRoute.KEPT, jump_url=None)
        note = state.note or "no way to reach the requester"
        await retry_until_stored(self._store.outbox.mark_undeliverable, job.key, note=note)
        log.info("job_undeliverable", delivery=DeliveryState.UNDELIVERABLE.value, reason=note)
        self._metrics.delivered(DeliveryRoute.KEPT)

    def _remaining_routes(self, job: Job, state: AttemptState) -> Sequence[Route]:
        """The routes that apply to the job, starting with the one at which an earlier attempt stopped."""
        fitting = [route for route in self._routes if route.applies_to(job)]
        begin_at = job.route if job.delivery is DeliveryState.POSTING else state.route
        # The first attempt has no route to begin at, and a route may have ceased to apply: then all of them are tried.
        return list(dropwhile(lambda route: route.name is not begin_at, fitting)) or fitting

    async def _deliver_by(self, route: Route, job: Job, state: AttemptState) -> None:
        """Search for an earlier message if there may be one, else record the intent and send; then record the delivery.

        Raises:
            Unreachable: nothing was sent by this route, and nothing can be.
        """
        sent, is_absent = None, True
        try:
            if _is_interrupted(job, route):
                # Download before the search: its result and the nonce are valid only for a send right after it.
                await self._shape_for(job, route, state)
                sent, is_absent = await self._find(job, route)
                state.drop_breaking_files()
            if sent is None:
                channel_id = await _within_timeout(route.target_channel(job))
                shape = await self._shape_for(job, route, state)
                intended = await self._record_intent(job, route, channel_id)
                # The message says why no earlier route could be used.
                job = replace(intended, delivery_note=state.note)
                sent = await self._send(job, route, channel_id, shape, state)
        except DISCORD_ERRORS as error:
            await self._record_fault(job, route, error, is_absent=is_absent)
        except Unreachable as reason:
            # Back to `due` first: from `posting` by this route, the next route could not begin.
            if _is_interrupted(job, route):
                await self._record_not_sent(job, str(reason))
            raise
        audio_note = None if sent.has_audio or state.shape is None else state.shape.attachments.audio_note
        # Before the card, whose edit may have to wait for its rate limit: the next post need not wait with it.
        state.mark_sent()
        await self._record_delivered(job, route, sent, state.note, audio_note)

    async def _shape_for(self, job: Job, route: Route, state: AttemptState) -> Shape:
        """The content to send; its files are downloaded unless an earlier attempt has kept them."""
        if state.shape is None or state.route is not route.name:
            files = await self._attachment_builder.build(job, limit_bytes=await route.size_limit_bytes(job))
            return state.use_route(route.name, Shape(files, prefers_layout=self._as_components))
        return state.shape

    async def _send(
        self, job: Job, route: Route, channel_id: int | None, shape: Shape, state: AttemptState
    ) -> Sent:
        try:
            return await _within_timeout(route.send(job, channel_id, shape))
        except DISCORD_ERRORS as error:
            # An answer of Discord, even a refusal, shows that the upload arrived.
            if not isinstance(error, discord.DiscordException):
                state.record_broken_upload(error)
            raise

    async def _find(self, job: Job, route: Route) -> tuple[Sent | None, bool]:
        """Search for the message of an interrupted attempt; returns it, and whether it is known not to exist.

        Where the bot cannot search, the nonce makes a second send safe for NONCE_WINDOW. After that, and where there is no
        nonce, the route is given up: one message by the next route is better than two by this one.

        Raises:
            Unreachable: the search is impossible, and the nonce too old.
            RetryLater: the search failed with a transient error.
        """
        try:
            sent = await _within_timeout(route.find(job))
            return sent, sent is None
        except DISCORD_ERRORS as error:
            if send_outcome(error) is not SendOutcome.REJECTED:
                raise RetryLater(f"could not look for an earlier post: {describe(error)}") from error
        except (Unreachable, NotSearchable) as reason:
            log.info("earlier_post_not_searched", route=route.name.value, reason=str(reason))
        # Both times are Discord's, so that a step of this machine's clock cannot make the nonce seem younger.
        is_recent = (
            job.posting_at is not None and self._connection.clock.now() - job.posting_at < NONCE_WINDOW
        )
        if is_recent and await route.is_repeatable(job):
            return None, False
        raise Unreachable("an earlier post may be there, and can't be looked for")

    async def _record_intent(self, job: Job, route: Route, channel_id: int | None) -> Job:
        """Commit `posting` with route, channel and time, before the send.

        Raises:
            DeliveryLost: the job was erased, or another process has taken it over.
        """
        if _is_interrupted(job, route):
            # The intent of the interrupted attempt is still in the row, unless the job was erased meanwhile.
            stored = await retry_until_stored(self._store.get, job.key)
            if stored is None or stored.delivery is not DeliveryState.POSTING:
                raise DeliveryLost("it was erased, or delivered by another process")
            return job
        posting = await retry_until_stored(
            self._store.outbox.begin_post,
            job.key,
            route=route.name,
            channel_id=channel_id,
            now=self._connection.clock.now(),
        )
        if posting is None:
            raise DeliveryLost("it was erased, or another process delivers it")
        log.info("job_posting", delivery=posting.delivery.value, route=route.name.value)
        return posting

    async def _record_fault(
        self, job: Job, route: Route, error: BaseException, *, is_absent: bool
    ) -> NoReturn:
        """Record what an error means for the message. Raises Unreachable if the route cannot be used, else RetryLater.

        `is_absent`: no earlier attempt by this route has sent the message.
        """
        known = send_outcome(error)
        log.info("delivery_fault", route=route.name.value, outcome=known.name, error=describe(error))
        is_final = known in (SendOutcome.REJECTED, SendOutcome.TOO_LARGE)
        # It stays `posting`, and is searched for, unless neither this send nor an earlier one can have arrived.
        if job.delivery is DeliveryState.POSTING and (is_final or (known is SendOutcome.RETRY and is_absent)):
            await self._record_not_sent(job, describe(error))
        if is_final:
            raise Unreachable(describe(error)) from error
        asked_s = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
        raise RetryLater(describe(error), at_least_s=asked_s) from error

    async def _record_not_sent(self, job: Job, note: str) -> None:
        await retry_until_stored(self._store.outbox.abort_post, job.key, note=note)

    async def _record_delivered(
        self, job: Job, route: Route, sent: Sent, note: str | None, audio_note: AudioNote | None
    ) -> None:
        # The card first: after a crash in between, the post is found again and the card is edited then.
        if sent.message_id is None or sent.message_id != job.card_message_id:
            await self._close_card(job, route, sent)
        delivered = await retry_until_stored(
            self._store.outbox.complete_post,
            job.key,
            route=route.name,
            channel_id=sent.channel_id,
            message_id=sent.message_id,
            note=note or job.delivery_note,
            cover_url=sent.cover_url,
            audio_note=audio_note,
            now=self._connection.clock.now(),
        )
        # The update changes no row of an erased job: then the message that was just sent must not stay.
        if delivered is None and await self._delete_if_erased(job, sent):
            return
        log.info(
            "job_delivered",
            delivery=DeliveryState.DELIVERED.value,
            route=route.name.value,
            message_id=sent.message_id,
        )
        self._metrics.delivered(route.name)
        await self._follow_up(job, route)

    async def _follow_up(self, job: Job, route: Route) -> None:
        # The job is delivered: what cannot be reached any more needs no other route.
        try:
            await _within_timeout(route.after_delivered(job))
        except (Unreachable, *DISCORD_ERRORS) as error:
            log.info("follow_up_not_sent", error=describe(error))

    async def _delete_if_erased(self, job: Job, sent: Sent) -> bool:
        """Delete the message if its job was erased during the send; returns whether it was erased."""
        stored = await retry_until_stored(self._store.get, job.key)
        if stored is None or not stored.is_erased:
            return False
        if sent.channel_id is not None and sent.message_id is not None:
            await delete_erased_post(
                self._connection, job, channel_id=sent.channel_id, message_id=sent.message_id
            )
        return True

    async def _close_card(self, job: Job, route: Route, sent: Sent) -> None:
        if route.name is DeliveryRoute.INTERACTION:
            self._cards.forget(job.key)
        else:
            jump_url = sent.jump_url if route.name is DeliveryRoute.CHANNEL else None
            await self._cards.collapse(job, route=route.name, jump_url=jump_url)


def _is_interrupted(job: Job, route: Route) -> bool:
    """Whether an earlier attempt by this route may have sent the message."""
    return job.delivery is DeliveryState.POSTING and job.route is route.name


async def _within_timeout(call: Awaitable[Result]) -> Result:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        return await call
