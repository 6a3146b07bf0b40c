"""Edits of a card, whatever happens beside them."""

import asyncio
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

from bot.clock import Clock
from bot.concurrency import cancel_and_wait
from bot.delivery.cards import FIRST_RETRY_S, Cards
from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState
from bot.generation.api_gate import ApiGate
from bot.generation.queue_order import QueueOrder
from bot.store import Store
from bot.store.errors import DatabaseUnusable
from tests.factories import NOW, a_delivery, a_job, alone


class SetClock(Clock):
    """Time that a test sets."""

    seconds = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.seconds


class Response:
    """A job's first response, as both the connection and the webhook. Its first edit breaks off while a redraw waits."""

    def __init__(self) -> None:
        self.edits: list[str] = []
        self.redraw: asyncio.Task[None]
        self.start_redraw: Any = None
        self.is_final = asyncio.Event()

    async def client(self) -> None:
        return

    async def response_webhook(self, _token: str) -> "Response":
        return self

    async def edit_message(self, _id: object, *, content: str, **_: object) -> SimpleNamespace:
        self.edits.append(content)
        if len(self.edits) == 1:
            self.redraw = asyncio.create_task(self.start_redraw())
            await asyncio.sleep(0)  # up to the card's lock, which this edit holds
            raise ConnectionResetError
        self.is_final.set()
        return SimpleNamespace(id=40)


async def test_a_broken_last_edit_is_made_again_although_a_redraw_waited(store: Store) -> None:
    job = await a_delivery(store, DeliveryState.POSTING)
    response, clock = Response(), SetClock()
    connection: Any = response
    cards = Cards(
        store=store,
        connection=connection,
        membership=alone(clock),
        gate=ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=1.0),
        clock=clock,
        queue_order=QueueOrder(store=store, max_running=1, max_per_server=1),
    )
    response.start_redraw = lambda: cards.refresh(job.key)
    await cards.collapse(job, route=DeliveryRoute.CHANNEL, jump_url="https://discord.com/channels/1/20/40")
    await response.redraw
    clock.seconds += FIRST_RETRY_S
    drawing = asyncio.create_task(cards.run())
    async with asyncio.timeout(60):
        await response.is_final.wait()
    await cancel_and_wait([drawing, *cards.in_flight()])
    first, again = response.edits
    assert first == again


async def test_a_first_card_without_a_database_is_drawn_later(store: Store) -> None:
    job = await a_job(store, JobState.QUEUED)
    away = AsyncMock(side_effect=DatabaseUnusable("away"))
    for gate in (Mock(key_refused=True), Mock(key_refused=False, no_credit=False, is_paused=False)):
        parts: dict[str, Any] = {
            "store": Mock(get=away),
            "connection": Mock(),
            "gate": gate,
            "queue_order": Mock(is_full=away),
        }
        cards = Cards(membership=alone(Clock()), clock=Clock(), **parts)
        # The job is recorded: whoever asked must not be told that it is not.
        await cards.draw_first(job)
        assert cards._due.next_in_s(0.0) is not None
