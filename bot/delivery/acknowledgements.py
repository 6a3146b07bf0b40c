"""Promises: between an acknowledgement and the job's row, a crash would leave somebody with "is thinking" for good.

So the acknowledgement, too, is an intent that is written down before the act. The row of the job redeems it. What is
left of a process that died is told to the person by the next one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import discord
import structlog

from bot.clock import Clock
from bot.delivery.cards import ORIGINAL
from bot.delivery.rush import Rush
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.faults import SEND_FAULTS, describe, meaning
from bot.discord_io.payloads import edit_fields
from bot.domain.jobs import INTERACTION_LIFE_S, PendingAck
from bot.replies import refusals
from bot.store import Store
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

MAKE_TIMEOUT_S = 1.0
"""A slow database must not cost the acknowledgement, for which Discord leaves 3 seconds."""

CALL_TIMEOUT_S = 30.0
RECHECK_S = 30.0
DEAD_AFTER = timedelta(seconds=60)
"""Longer than any request takes from its acknowledgement to its row."""


class Acknowledgements:
    """Keeps them, and tells those to whom a dead process has broken one."""

    def __init__(self, *, store: Store, connection: DiscordConnection, clock: Clock) -> None:
        self._store = store
        self._connection = connection
        self._clock = clock
        self._rush = Rush()

    @asynccontextmanager
    async def made(
        self, interaction: discord.Interaction, acknowledge: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[None]:
        """Write the promise down and give it, with `acknowledge`; within the block the job is to be recorded.

        The block begins when the rush is over (see `bot.delivery.rush`). An error that leaves it, or `acknowledge`, is told to the
        person by whoever catches it; a cancellation is not.
        """
        writing = asyncio.create_task(
            self._make(
                PendingAck(interaction.id, interaction.token, self._clock.deadline_in(INTERACTION_LIFE_S))
            )
        )
        try:
            with self._rush.hurrying():
                # Not interrupted when it takes too long: a driver in the middle of a statement does not let go of it at once.
                _, late = await asyncio.wait([writing], timeout=MAKE_TIMEOUT_S)
                if late:
                    log.warning(
                        "promise_late",
                        effect="whoever asked is not told if the program is killed now",
                        remedy="find out why the database is slow: a busy disk, another program that holds it",
                    )
                await acknowledge()
            await self._rush.over()
            yield
        except Exception:
            await writing
            await self._forget(interaction)
            raise
        if late:
            # The job's row may have been written first, and redeemed what was not there yet.
            await writing
            await self._forget(interaction)

    async def _make(self, promise: PendingAck) -> None:
        try:
            await self._store.pending_acks.add(promise, now=self._clock.now())
        except StoreError as error:
            log.warning(
                "promise_not_written", error=str(error), remedy="see that the database can be written"
            )

    async def _forget(self, interaction: discord.Interaction) -> None:
        with suppress(StoreError):
            await self._store.pending_acks.remove(interaction.id)

    async def run(self, *, takeover: bool) -> None:
        """Tell people until cancelled. With `takeover`, whatever another process promised is broken at once.

        That other process is dead then, and no further one will break promises: once all are told, nothing is left.
        """
        while True:
            await self._connection.client()
            now = self._clock.now()
            made_before = None if takeover else now - DEAD_AFTER
            broken = await self._store.pending_acks.take_abandoned(made_before=made_before, now=now)
            for promise in broken:
                await self._tell(promise)
            if takeover and not broken:
                await asyncio.Event().wait()
            await asyncio.sleep(RECHECK_S)

    async def _tell(self, promise: PendingAck) -> None:
        """Turn "is thinking" into what happened: an edit, so that a second time changes nothing."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                webhook = await self._connection.followups(promise.interaction_token)
                await webhook.edit_message(ORIGINAL, **edit_fields(refusals.interrupted()))
        except SEND_FAULTS as error:
            # Refused: Discord never took the acknowledgement and has told the person so itself, or they took it away.
            if meaning(error).may_pass:
                log.info("promise_later", error=describe(error))
                return
        else:
            log.info("promise_broken", interaction=promise.interaction_id)
        await self._store.pending_acks.remove(promise.interaction_id)
