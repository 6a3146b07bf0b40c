"""Promises: between an acknowledgement and the job's row, a crash would leave somebody with "is thinking" for good.

So the acknowledgement, too, is an intent that is written down before the act. The row of the job redeems it. What is
left of a process that died is told to the person by the next one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta

import discord
import structlog

from bot.clock import Clock
from bot.delivery.cards import ORIGINAL_RESPONSE
from bot.discord_io.connection import CALL_TIMEOUT_S, DiscordConnection
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.discord_io.payloads import edit_fields
from bot.domain.jobs import INTERACTION_LIFE_S, PendingAck
from bot.replies import refusals
from bot.store import Store
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

WRITE_TIMEOUT_S = 1.0
"""A slow database must not cost the acknowledgement, for which Discord leaves 3 seconds."""

RECHECK_S = 30.0
ABANDONED_AFTER = timedelta(seconds=60)
"""Longer than any request takes from its acknowledgement to its row."""

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
    """Keeps them, and tells those to whom a dead process has broken one."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._barrier = AckBarrier()

    @asynccontextmanager
    async def pending(
        self, interaction: discord.Interaction, acknowledge: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[None]:
        """Write the pending_ack down and give it, with `acknowledge`; within the block the job is to be recorded.

        The block begins when the rush is over (see `bot.delivery.rush`). An error that leaves it, or `acknowledge`, is told to the
        person by whoever catches it; a cancellation is not.
        """
        write = asyncio.create_task(
            self._store_pending(
                PendingAck(interaction.id, interaction.token, self._clock.deadline_in(INTERACTION_LIFE_S))
            )
        )
        try:
            with self._barrier.unacknowledged():
                # Not interrupted when it takes too long: a driver in the middle of a statement does not let go of it at once.
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
        except Exception:
            await write
            await self._delete_pending(interaction)
            raise
        if late:
            # The job's row may have been written first, and redeemed what was not there yet.
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

    async def run(self, *, takeover: bool) -> None:
        """Tell people until cancelled. With `takeover`, whatever another process promised is broken at once.

        That other process is dead then, and no further one will break promises: once all are told, nothing is left.
        """
        while True:
            await self._connection.client()
            now = self._clock.now()
            made_before = None if takeover else now - ABANDONED_AFTER
            broken = await self._store.pending_acks.take_abandoned(made_before=made_before, now=now)
            for pending_ack in broken:
                await self._resolve(pending_ack)
            if takeover and not broken:
                await asyncio.Event().wait()
            await asyncio.sleep(RECHECK_S)

    async def _resolve(self, pending_ack: PendingAck) -> None:
        """Turn "is thinking" into what happened: an edit, so that a second time changes nothing."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                webhook = await self._connection.response_webhook(pending_ack.interaction_token)
                await webhook.edit_message(ORIGINAL_RESPONSE, **edit_fields(refusals.interrupted()))
        except DISCORD_ERRORS as error:
            # Refused: Discord never took the acknowledgement and has told the person so itself, or they took it away.
            if send_outcome(error).may_retry:
                log.info("pending_ack_retry", error=describe(error))
                return
        else:
            log.info("pending_ack_resolved", interaction=pending_ack.interaction_id)
        await self._store.pending_acks.remove(pending_ack.interaction_id)
