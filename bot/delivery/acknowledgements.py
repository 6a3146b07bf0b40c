"""Pending acknowledgements: interactions that Discord shows as "is thinking" before their job is recorded.

A crash between acknowledgement and job row would leave "is thinking" for good. So each acknowledgement is recorded
before it is sent; the transaction that inserts the job's row removes the record. Records left by a process that died
are resolved by the next one, which edits the response.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import discord
import structlog

from bot.clock import Clock
from bot.delivery.cards import ORIGINAL_RESPONSE
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.discord_io.payloads import edit_fields
from bot.domain.jobs import INTERACTION_LIFE_S, PendingAck
from bot.errors import AnsweredElsewhere
from bot.replies import refusals
from bot.replies.locales import in_language
from bot.store import Store
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

WRITE_TIMEOUT_S = 1.0
"""Discord gives 3 seconds for an acknowledgement: it is sent without a record if the database is slower than this."""

RECHECK_S = 10.0

MAX_BARRIER_WAIT_S = 2.0
"""A steady stream of interactions must not hold up any request for longer."""


class AckBarrier:
    """Delays the processing of acknowledged requests while other interactions are still unacknowledged.

    Discord gives each interaction 3 seconds to be acknowledged, and a request's row and card cost several times as much
    as an acknowledgement: under load, all acknowledgements go first.
    """

    def __init__(self) -> None:
        self._pending = 0
        self._clear = asyncio.Event()
        self._clear.set()

    @contextmanager
    def unacknowledged(self) -> Generator[None]:
        """Within the block, an interaction is not acknowledged yet."""
        self._pending += 1
        self._clear.clear()
        try:
            yield
        finally:
            self._pending -= 1
            if not self._pending:
                self._clear.set()

    async def wait(self) -> None:
        """Return when every interaction is acknowledged, or after MAX_BARRIER_WAIT_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_BARRIER_WAIT_S):
                await self._clear.wait()


class Acknowledgements:
    """Records pending acknowledgements, and resolves those that another process has left."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._barrier = AckBarrier()

    @asynccontextmanager
    async def pending(
        self,
        interaction: discord.Interaction,
        acknowledge: Callable[[], Awaitable[None]],
        *,
        locale: str | None = None,
    ) -> AsyncGenerator[None]:
        """Record the acknowledgement, send it with `acknowledge`, and run the block, which must record the job.

        The block begins when the barrier is clear. After an error in the block or in `acknowledge` the record is removed,
        and the caller has to answer the interaction. After a cancellation it stays, for the next process, which answers in the
        language `locale`.
        """
        write = asyncio.create_task(
            self._store_pending(
                PendingAck(
                    interaction.id, interaction.token, self._clock.deadline_in(INTERACTION_LIFE_S), locale
                )
            )
        )
        try:
            with self._barrier.unacknowledged():
                # Waited for, not cancelled when late: a driver cannot abandon a statement at once, and the write may succeed.
                _, late = await asyncio.wait([write], timeout=WRITE_TIMEOUT_S)
                if late:
                    log.warning(
                        "pending_ack_slow",
                        effect="whoever asked is not told if the program is killed now",
                        remedy="find out why the database is slow: a busy disk, another program that holds it",
                    )
                await acknowledge()
            await self._barrier.wait()
            yield
        except AnsweredElsewhere:
            # The record stays for the process that goes on with the request.
            await write
            raise
        except Exception:
            # The write may still be running: a delete that came before it would leave the record.
            await write
            await self._delete_pending(interaction)
            raise
        if late:
            # The job's transaction may have come first, and found no record to remove.
            await write
            await self._delete_pending(interaction)

    async def _store_pending(self, pending_ack: PendingAck) -> None:
        try:
            await self._store.pending_acks.add(pending_ack, now=self._clock.now())
        except StoreError as error:
            log.warning(
                "pending_ack_not_stored", error=str(error), remedy="see that the database can be written"
            )

    async def _delete_pending(self, interaction: discord.Interaction) -> None:
        with suppress(StoreError):
            await self._store.pending_acks.remove(interaction.id)

    async def run(self) -> None:
        """Resolve abandoned records until cancelled. With SQLite no other process runs, so that it is done once all are resolved."""
        while True:
            # Waits for a client: an edit must not fail only because the bot is still connecting.
            await self._connection.client()
            abandoned = await self._store.pending_acks.take_abandoned(now=self._clock.now())
            for pending_ack in abandoned:
                await self._resolve(pending_ack)
            if self._store.is_exclusive and not abandoned:
                # Never returns: a loop that ends counts as a failure, and the program ends with it.
                await asyncio.Event().wait()
            await asyncio.sleep(RECHECK_S)

    async def _resolve(self, pending_ack: PendingAck) -> None:
        """Edit "is thinking" into the explanation, then remove the record. A crash in between only repeats the edit."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                webhook = await self._connection.response_webhook(pending_ack.interaction_token)
                with in_language(pending_ack.locale):
                    reply = refusals.interrupted()
                await webhook.edit_message(ORIGINAL_RESPONSE, **edit_fields(reply))
        except DISCORD_ERRORS as error:
            # Any other refusal is final: Discord never took the acknowledgement, and says so, or the response was deleted.
            if send_outcome(error).may_retry:
                log.info("pending_ack_retry", error=describe(error))
                return
        else:
            log.info("pending_ack_resolved", interaction=pending_ack.interaction_id)
        await self._store.pending_acks.remove(pending_ack.interaction_id)
