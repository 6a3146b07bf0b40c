"""Runs delivery attempts on a real store, with routes whose sends and searches a test chooses."""

import io
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
import discord

from bot.clock import Clock
from bot.delivery.attachments import Attachment, AttachmentBuilder, Attachments
from bot.delivery.attempt import Attempts
from bot.delivery.cards import Cards
from bot.delivery.media.downloads import MediaFetcher
from bot.delivery.routes.base import Route, Sent
from bot.delivery.sending import Shape
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.discord_clock import DiscordClock
from bot.domain.jobs import DeliveryRoute, Job
from bot.generation.api_gate import ApiGate
from bot.generation.queue_order import QueueOrder
from bot.ops.metrics import Metrics
from bot.store import Store
from tests.factories import alone

Send = Callable[[Shape], Awaitable[Sent]]
Make = Callable[..., Attempts]
Answer = TypeVar("Answer")

POSTED = Sent(20, 40)


class OneFile(AttachmentBuilder):
    """Every song comes with the same file."""

    async def build(self, job: Job, *, limit_bytes: int) -> Attachments:
        del job, limit_bytes
        content = io.BytesIO(b"ID3")
        return Attachments(audio=Attachment("song.mp3", content, 3, content.close))


class ScriptedRoute(Route):
    """A route with scripted results, which records its sends: errors are raised, other values returned."""

    def __init__(
        self,
        name: DeliveryRoute = DeliveryRoute.CHANNEL,
        *,
        send: Send | Sent | BaseException = POSTED,
        found: Sent | BaseException | None = None,
        aim: int | BaseException | None = 20,
        suits: bool = True,
    ) -> None:
        self.name = name
        self.sent_to: list[int | None] = []
        self._send, self._found, self._aim = send, found, aim
        self._suits = suits

    def applies_to(self, _job: Job) -> bool:
        return self._suits

    @property
    def sends(self) -> int:
        return len(self.sent_to)

    async def target_channel(self, job: Job) -> int | None:
        del job
        return _said(self._aim)

    async def send(self, job: Job, channel_id: int | None, shape: Shape) -> Sent:
        del job
        self.sent_to.append(channel_id)
        answer = _said(self._send)
        return answer if isinstance(answer, Sent) else await answer(shape)

    async def find(self, job: Job) -> Sent | None:
        del job
        return _said(self._found)


def _said(answer: Answer | BaseException) -> Answer:
    if isinstance(answer, BaseException):
        raise answer
    return answer


def refusal(status: int, code: int = 0) -> discord.HTTPException:
    """An answer of Discord that is none of success."""
    response: Any = SimpleNamespace(status=status, reason="no")
    return discord.HTTPException(response, {"code": code, "message": "No."})


@asynccontextmanager
async def attempting(store: Store, *, clock: Clock | None = None) -> AsyncGenerator[Make]:
    """Makes `Attempts` by the given routes."""
    clock = clock or Clock()
    async with aiohttp.ClientSession() as session:
        connection = DiscordConnection(session=session, clock=DiscordClock(clock))
        connection.attach(discord.Client(intents=discord.Intents.none()))
        cards = Cards(
            store=store,
            connection=connection,
            membership=alone(clock),
            gate=ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=1.0),
            clock=clock,
            queue_order=QueueOrder(store=store, max_running=1, max_per_server=1),
        )

        def make(*routes: Route) -> Attempts:
            return Attempts(
                store=store,
                connection=connection,
                cards=cards,
                attachment_builder=OneFile(media=MediaFetcher(), enabled=True),
                routes=routes,
                metrics=Metrics(clock=clock),
            )

        yield make
