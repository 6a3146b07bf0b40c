"""What one attempt to deliver leaves behind when it ends in a fault."""

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.clock import Clock
from bot.delivery import Cards, DiscordClock, Line, attempt
from bot.delivery.attachments import Attachment, Attachments, Packer
from bot.delivery.attempt import Attempts, DeliveryLost, Memory, PutOff
from bot.delivery.rungs import LadderRung, Sent
from bot.delivery.sending import NotSearchable, Shape
from bot.gate import Gate
from bot.media import MediaFetcher
from bot.models import DeliveryState, Job, Rung
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.turns import Turns
from tests.store.shapes import a_delivery, expected

Send = Callable[[Shape], Awaitable[Sent]]


class OneFile(Packer):
    """Every song comes with the same file."""

    async def pack(self, job: Job, *, limit_bytes: int) -> Attachments:
        del job, limit_bytes
        content = io.BytesIO(b"ID3")
        return Attachments(audio=Attachment("song.mp3", content, 3, content.close))


class Scripted(LadderRung):
    """Sends as it is told to; what an earlier attempt has sent it finds, or cannot look for."""

    name = Rung.CHANNEL

    def __init__(self, line: Line, clock: Clock, send: Send, *, is_searchable: bool) -> None:
        super().__init__(line=line, clock=clock)
        self._send = send
        self._is_searchable = is_searchable

    async def aim(self, job: Job) -> int | None:
        return job.channel_id

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        del job, channel_id
        return await self._send(shape)

    async def find(self, job: Job) -> Sent | None:
        del job
        if not self._is_searchable:
            raise NotSearchable("too much was said")
        return None


Make = Callable[..., Attempts]


@pytest.fixture
async def attempts(store: Store) -> AsyncGenerator[Make]:
    """Makes attempts by a scripted route."""
    clock = Clock()
    async with aiohttp.ClientSession() as session:
        line = Line(session=session, clock=DiscordClock(clock))
        line.attach(discord.Client(intents=discord.Intents.none()))
        cards = Cards(
            store=store,
            line=line,
            gate=Gate(clock=clock, first_probe_wait_s=1.0),
            clock=clock,
            turns=Turns(store=store, most=1, most_per_server=1),
        )

        def make(send: Send, *, is_searchable: bool = True) -> Attempts:
            return Attempts(
                store=store,
                line=line,
                cards=cards,
                packer=OneFile(media=MediaFetcher(), enabled=True),
                routes=[Scripted(line, clock, send, is_searchable=is_searchable)],
                metrics=Metrics(clock=clock),
            )

        yield make


async def test_files_are_left_out_once_their_upload_took_too_long(
    store: Store, attempts: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "CALL_TIMEOUT_S", 0.01)
    carried: list[bool] = []

    async def send(shape: Shape) -> Sent:
        carried.append(bool(shape.attachments))
        if shape.attachments:
            await asyncio.Event().wait()
        return Sent(20, 40, "https://discord.com/channels/10/20/40")

    job, memory = await a_delivery(store, DeliveryState.DUE), Memory()
    with pytest.raises(PutOff):
        await attempts(send).deliver(job, memory)
    await attempts(send).deliver(expected(await store.get(job.key)), memory)

    assert carried == [True, False]
    assert expected(await store.get(job.key)).delivery is DeliveryState.DELIVERED


async def test_an_interrupted_delivery_asks_the_row_before_it_sends_again(
    store: Store, attempts: Make
) -> None:
    async def send(_: Shape) -> Sent:
        raise AssertionError("the song was erased meanwhile")

    job = await a_delivery(store, DeliveryState.POSTING)
    await store.erasure.erase_user(job.requester_id, now=Clock().now())
    with pytest.raises(DeliveryLost):
        await attempts(send).deliver(job, Memory())


@pytest.mark.parametrize("is_searchable", [True, False])
async def test_a_refused_second_send_says_nothing_of_an_unsearchable_first(
    store: Store, attempts: Make, *, is_searchable: bool
) -> None:
    async def refuse(_: Shape) -> Sent:
        response: Any = SimpleNamespace(status=429, reason="Too Many Requests")
        raise discord.HTTPException(response, {"code": 0, "message": "Slow down"})

    job = await a_delivery(store, DeliveryState.DUE)
    job = expected(
        await store.outbox.begin_post(job.key, rung=Rung.CHANNEL, channel_id=20, now=Clock().now())
    )
    with pytest.raises(PutOff):
        await attempts(refuse, is_searchable=is_searchable).deliver(job, Memory())

    left = expected(await store.get(job.key))
    assert left.delivery is (DeliveryState.DUE if is_searchable else DeliveryState.POSTING)
