"""One attempt to deliver one finished job: the routes in order, until one reaches its requester.

`posting` is written before a message is sent and its ID after it. A job found in `posting`, after a crash or an error
that leaves the outcome open, is looked for where it would stand before anything is sent again.
"""

import asyncio
from collections.abc import Awaitable, Sequence
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
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job
from bot.errors import BotError
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.store.retry import retry_until_stored

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

MAX_BROKEN_UPLOADS = 3
"""After so many connections that broke, files are taken for the reason; after a time-out they are at once."""

NONCE_WINDOW = timedelta(seconds=60)
"""Discord drops a second message with the same nonce "in the past few minutes"; this is surely inside."""


class DeliveryLost(BotError):
    """The delivery is not this task's any more: its job was erased, or another process has taken it over."""


class RetryLater(BotError):
    """The attempt has ended in a fault that may pass; `at_least_s` is the wait that Discord asks for."""

    def __init__(self, message: str, *, at_least_s: float = 0.0) -> None:
        super().__init__(message)
        self.at_least_s = at_least_s


@dataclass(slots=True)
class AttemptState:
    """What one attempt leaves to the next of the same job; lost with the process, which costs nothing but time.

    Attributes:
        route: where the last attempt ended; those before it are known not to do.
        note: why they do not.
        shape: what the message carries, with what Discord has refused of it by now.
        waited_s: the last pause between two attempts.
        broken_uploads: connections that broke while files were sent.
        next_at: when the next attempt is due, in monotonic seconds.
    """

    route: DeliveryRoute | None = None
    note: str | None = None
    shape: Shape | None = None
    waited_s: float = 0.0
    broken_uploads: int = 0
    next_at: float = 0.0
    _files: Attachments | None = None

    def use_route(self, route: DeliveryRoute, files: Attachments) -> Shape:
        """What is sent by this route from now on."""
        self.close_files()
        self.route, self.shape, self._files, self.broken_uploads = route, Shape(files), files, 0
        return self.shape

    def close_files(self) -> None:
        """Close them: they were sent, never will be, or are fetched again."""
        if self._files is not None:
            self._files.close()
        self.shape = self._files = None

    def record_broken_upload(self, error: BaseException) -> None:
        """The connection broke while the message was sent: with files, these may be the reason."""
        if self.shape is not None and self.shape.attachments:
            self.broken_uploads += MAX_BROKEN_UPLOADS if isinstance(error, TimeoutError) else 1

    def drop_breaking_files(self) -> None:
        """Send what follows without files, where these seem to be why nothing came through."""
        if self.shape is not None and self.broken_uploads >= MAX_BROKEN_UPLOADS:
            self.shape.drop_files()


class Attempts:
    """Makes attempts. `routes` are the ways to a requester, the best first."""

    def __init__(
        self,
        *,
        store: Store,
        connection: DiscordConnection,
        cards: Cards,
        attachment_builder: AttachmentBuilder,
        routes: Sequence[Route],
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._connection = connection
        self._cards = cards
        self._attachment_builder = attachment_builder
        self._routes = routes
        self._metrics = metrics

    async def deliver(self, job: Job, state: AttemptState) -> None:
        """Tell the requester by the first route that does, or write down that none does.

        Raises:
            PutOff: a fault that may pass came in between.
            DeliveryLost: it is no longer for this process to tell.
        """
        state.note = state.note or job.delivery_note
        for route in self._remaining_routes(job, state):
            try:
                await self._deliver_by(route, job, state)
            except Unreachable as reason:
                state.note = f"{route.name}: {reason}"
                state.close_files()
                log.info("route_unreachable", route=route.name.value, reason=str(reason))
                job = await self._store.get(job.key) or job
            else:
                return
        await self._cards.collapse(job, route=DeliveryRoute.KEPT, jump_url=None)
        note = state.note or "no way to reach the requester"
        await retry_until_stored(self._store.outbox.mark_undeliverable, job.key, note=note)
        log.info("job_undeliverable", delivery=DeliveryState.UNDELIVERABLE.value, reason=note)
        self._metrics.delivered(DeliveryRoute.KEPT)

    def _remaining_routes(self, job: Job, state: AttemptState) -> Sequence[Route]:
        """The routes that suit the job, from the one on which an earlier attempt was interrupted or had to wait."""
        fitting = [route for route in self._routes if route.applies_to(job)]
        begin_at = job.route if job.delivery is DeliveryState.POSTING else state.route
        return list(dropwhile(lambda route: route.name is not begin_at, fitting)) or fitting

    async def _deliver_by(self, route: Route, job: Job, state: AttemptState) -> None:
        """Tell the outcome by this route.

        Raises:
            Unreachable: it was not told so, and cannot be.
        """
        sent, is_absent = None, True
        try:
            if _is_interrupted(job, route):
                # Before the search: its answer and the nonce are good for a send that follows at once.
                await self._shape_for(job, route, state)
                sent, is_absent = await self._find(job, route)
                state.drop_breaking_files()
            if sent is None:
                channel_id = await _within_timeout(route.target_channel(job))
                shape = await self._shape_for(job, route, state)
                intended = await self._record_intent(job, route, channel_id)
                # What kept it from a better route: this one says so.
                job = replace(intended, delivery_note=state.note)
                sent = await self._send(job, route, channel_id, shape, state)
        except DISCORD_ERRORS as error:
            await self._record_fault(job, route, error, is_absent=is_absent)
        except Unreachable as reason:
            # Left in `posting`, it would keep the next route from beginning.
            if _is_interrupted(job, route):
                await self._record_not_sent(job, str(reason))
            raise
        await self._record_delivered(job, route, sent, state.note)

    async def _shape_for(self, job: Job, route: Route, state: AttemptState) -> Shape:
        """What is to be sent, with its files; fetched unless an earlier attempt has kept them."""
        if state.shape is None or state.route is not route.name:
            files = await self._attachment_builder.build(job, limit_bytes=await route.size_limit_bytes(job))
            return state.use_route(route.name, files)
        return state.shape

    async def _send(
        self, job: Job, route: Route, channel_id: int | None, shape: Shape, state: AttemptState
    ) -> Sent:
        try:
            return await _within_timeout(route.send(job, channel_id, shape))
        except DISCORD_ERRORS as error:
            if not isinstance(error, discord.DiscordException):
                state.record_broken_upload(error)
            raise

    async def _find(self, job: Job, route: Route) -> tuple[Sent | None, bool]:
        """What an interrupted attempt by this route has sent, if anything, and whether it is known to have sent nothing.

        Where the bot cannot look, the nonce makes a second send safe for a while; after that the route is given up,
        because telling somebody once by the next one is better than twice by this one.

        Raises:
            Unreachable: it cannot be known, and the nonce is too old.
            PutOff: it cannot be looked for just now.
        """
        try:
            sent = await _within_timeout(route.find(job))
            return sent, sent is None
        except DISCORD_ERRORS as error:
            if send_outcome(error) is not SendOutcome.REJECTED:
                raise RetryLater(f"could not look for an earlier post: {describe(error)}") from error
        except (Unreachable, NotSearchable) as reason:
            log.info("earlier_post_not_searched", route=route.name.value, reason=str(reason))
        # Both are moments of Discord's time, so that no step of this machine's clock makes the nonce seem younger.
        if job.posting_at is not None and self._connection.clock.now() - job.posting_at < NONCE_WINDOW:
            return None, False
        raise Unreachable("an earlier post may stand there, and cannot be looked for")

    async def _record_intent(self, job: Job, route: Route, channel_id: int | None) -> Job:
        """Write down that the next thing is a send by this route.

        Raises:
            DeliveryLost: it is no longer for this task to send: the job was erased, or another process has it.
        """
        if _is_interrupted(job, route):
            stored = await retry_until_stored(self._store.get, job.key)
            if stored is None or stored.delivery is not DeliveryState.POSTING:
                raise DeliveryLost("it was erased, or told by another process")
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
        """Record what is known after an error. Raises Unreachable when this route will not do, else PutOff.

        `is_absent`: no earlier attempt by this route can have sent it.
        """
        known = send_outcome(error)
        log.info("delivery_fault", route=route.name.value, outcome=known.name, error=describe(error))
        is_final = known in (SendOutcome.REJECTED, SendOutcome.TOO_LARGE)
        if job.delivery is DeliveryState.POSTING and (is_final or (known is SendOutcome.RETRY and is_absent)):
            await self._record_not_sent(job, describe(error))
        if is_final:
            raise Unreachable(describe(error)) from error
        asked_s = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
        raise RetryLater(describe(error), at_least_s=asked_s) from error

    async def _record_not_sent(self, job: Job, note: str) -> None:
        await retry_until_stored(self._store.outbox.abort_post, job.key, note=note)

    async def _record_delivered(self, job: Job, route: Route, sent: Sent, note: str | None) -> None:
        # The card goes first: should the program stop in between, the post is found again and the card mended.
        if sent.message_id is None or sent.message_id != job.card_message_id:
            await self._close_card(job, route, sent)
        told = await retry_until_stored(
            self._store.outbox.complete_post,
            job.key,
            route=route.name,
            channel_id=sent.channel_id,
            message_id=sent.message_id,
            note=note or job.delivery_note,
            now=self._connection.clock.now(),
        )
        if told is None and await self._delete_if_erased(job, sent):
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
        try:
            await _within_timeout(route.after_delivered(job))
        except DISCORD_ERRORS as error:
            log.info("follow_up_not_sent", error=describe(error))

    async def _delete_if_erased(self, job: Job, sent: Sent) -> bool:
        """Delete a message whose job was erased while it was being sent; False when it may stay."""
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
    """Whether an earlier attempt by this route may have sent it."""
    return job.delivery is DeliveryState.POSTING and job.route is route.name


async def _within_timeout(call: Awaitable[Result]) -> Result:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        return await call
