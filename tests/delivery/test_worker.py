"""A delivery that fails is retried later, at a bounded rate, and delays no other."""

import asyncio

import aiohttp
import discord
import pytest

from bot.clock import Clock
from bot.delivery.attachments import AttachmentBuilder
from bot.delivery.attempt import Attempts
from bot.delivery.cards import Cards
from bot.delivery.media.downloads import MediaFetcher
from bot.delivery.routes.base import Route, Sent, Unreachable
from bot.delivery.sending import Shape
from bot.delivery.worker import DeliveryWorker
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.discord_clock import DiscordClock
from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState
from bot.generation.api_gate import ApiGate
from bot.generation.queue_order import QueueOrder
from bot.ops.metrics import Metrics
from bot.store import Store
from tests.factories import NOW, a_job, alone


class Failing(Route):
    """Raises an error for one job, and finds no route for the others."""

    name = DeliveryRoute.DIRECT_MESSAGE

    def __init__(self, key: int, error: Exception, *, connection: DiscordConnection, clock: Clock) -> None:
        super().__init__(connection=connection, clock=clock)
        self._key = key
        self._error = error
        self.tries: list[int] = []

    async def target_channel(self, job: Job) -> int | None:
        self.tries.append(job.key)
        if job.key == self._key:
            raise self._error
        raise Unreachable("nobody is there")

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        raise AssertionError(job, channel_id, shape)

    async def find(self, job: Job) -> Sent | None:
        raise AssertionError(job)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("a mistake"), discord.RateLimited(237)], ids=["unforeseen", "rate limited"]
)
async def test_an_error_postpones_only_its_own_delivery(store: Store, error: Exception) -> None:
    jobs = [await a_job(store, JobState.RUNNING, job_id=f"job-{number}") for number in range(2)]
    for job in jobs:
        await store.settle(job.key, state=JobState.FAILED, now=NOW)
    clock = Clock()
    async with aiohttp.ClientSession() as session:
        connection = DiscordConnection(session=session, clock=DiscordClock(clock))
        connection.attach(discord.Client(intents=discord.Intents.none()))
        route = Failing(jobs[0].key, error, connection=connection, clock=clock)
        queue_order = QueueOrder(store=store, max_running=1, max_per_server=1)
        gate = ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=1.0)
        cards = Cards(
            store=store,
            connection=connection,
            membership=alone(clock),
            gate=gate,
            clock=clock,
            queue_order=queue_order,
        )
        delivery = DeliveryWorker(
            store=store,
            connection=connection,
            cards=cards,
            attempts=Attempts(
                store=store,
                connection=connection,
                cards=cards,
                attachment_builder=AttachmentBuilder(media=MediaFetcher(), enabled=False),
                routes=[route],
                metrics=Metrics(clock=clock),
            ),
            clock=clock,
            membership=alone(clock),
        )
        running = asyncio.create_task(delivery.run())
        async with asyncio.timeout(60):
            while await _is_due_now(store, jobs[0].key) or await _is_due_now(store, jobs[1].key):
                delivery.wakeup.wake()
                await asyncio.sleep(0.01)
        for _ in range(20):
            delivery.wakeup.wake()
            await asyncio.sleep(0.01)
        assert sorted(route.tries) == [job.key for job in jobs]
        assert delivery.in_flight() == []
        running.cancel()
        await asyncio.wait([running])


async def _is_due_now(store: Store, key: int) -> bool:
    job = await store.get(key)
    return job is not None and job.delivery is DeliveryState.DUE and job.delivery_after is None
