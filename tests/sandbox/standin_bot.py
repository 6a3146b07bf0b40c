"""A small bot on real discord.py, for the tests of the Discord stand-in."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from sandbox.discord import DiscordStandIn

Bot = discord.Client
Use = discord.Interaction[discord.Client]
Callback = Callable[[Use], Awaitable[object]]


class SmallBot(discord.Client):
    """Has one command `/do`, which runs the test's callback, and records the names of all gateway events."""

    def __init__(self, intents: discord.Intents, on_command: Callback | None) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.events: list[str] = []
        self.errors: list[BaseException] = []
        self.used: list[Use] = []
        self._on_command = on_command
        self._heard = asyncio.Event()
        installs = app_commands.AppInstallationType(guild=True, user=True)
        command: app_commands.Command[Any, ..., Any] = app_commands.Command(
            name="do", description="Does it", callback=self.do, allowed_installs=installs
        )
        self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def do(self, interaction: Use) -> None:
        self.used.append(interaction)
        if self._on_command is None:
            return
        try:
            await self._on_command(interaction)
        except (discord.DiscordException, AssertionError, pytest.fail.Exception) as error:
            self.errors.append(error)

    async def on_socket_event_type(self, event: str) -> None:
        self.events.append(event)
        self._heard.set()

    async def heard(self, event: str) -> None:
        """Wait for an event of the gateway."""
        while event not in self.events:
            self._heard.clear()
            await self._heard.wait()


async def code_of(call: Awaitable[object]) -> int:
    """Discord's error code with which a call is refused."""
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value.code


@asynccontextmanager
async def pointed_at(stand_in: DiscordStandIn) -> AsyncGenerator[None]:
    """Point discord.py at the stand-in, and at Discord again afterwards."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = stand_in.api_url, URL(stand_in.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def running(
    stand_in: DiscordStandIn, on_command: Callback | None = None, *, intents: discord.Intents | None = None
) -> AsyncGenerator[SmallBot]:
    """A bot that is logged in, connected and ready."""
    bot = SmallBot(intents or discord.Intents(guilds=True), on_command)
    async with pointed_at(stand_in):
        task = asyncio.create_task(bot.start(stand_in.token))
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            yield bot
        finally:
            ready.cancel()
            # Ending the task before close() is what makes discord.py close with code 1000.
            task.cancel()
            with suppress(asyncio.CancelledError, discord.DiscordException):
                await task
            await bot.close()
