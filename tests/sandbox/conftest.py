"""A stand-in with a small bot that is connected to it, and a simulator with its caller."""

from collections.abc import AsyncGenerator

import discord
import pytest

from sandbox.discord import DiscordStandIn
from tests.sandbox.standin_bot import SmallBot, running
from tests.sandbox.whisul_caller import Caller, calling


@pytest.fixture
async def stand_in() -> AsyncGenerator[DiscordStandIn, None]:
    async with DiscordStandIn() as server:
        yield server


@pytest.fixture
async def bot(stand_in: DiscordStandIn) -> AsyncGenerator[SmallBot, None]:
    async with running(stand_in) as client:
        yield client


@pytest.fixture
def general(bot: SmallBot, stand_in: DiscordStandIn) -> discord.PartialMessageable:
    return bot.get_partial_messageable(stand_in.world.channel("general").id)


@pytest.fixture
async def caller() -> AsyncGenerator[Caller]:
    async with calling() as caller:
        yield caller
