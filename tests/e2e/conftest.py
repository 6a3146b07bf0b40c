from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.group import Group, two_bots
from tests.e2e.ops import Ops
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import PATIENCE_S, QUICK, TOKEN, Rig, settings_between


@pytest.fixture
async def rig(tmp_path: Path, migrated_file: Path) -> AsyncGenerator[Rig, None]:
    """Everything but the bot is started; jobs finish when a test says so."""
    async with (
        WhisulSimulator(tiny_files=True, reference=True) as whisul,
        DiscordStandIn(token=TOKEN) as discord,
    ):
        whisul.hold = True
        # Discord's 3 seconds would measure the machine; `make load` does.
        discord.interactions.acknowledge_limit_s = PATIENCE_S
        # A bot that is restarted at once would wait for the rest of Discord's 5 seconds.
        discord.gateway.starts.bucket_s = 0.0
        database = tmp_path / "data" / "bot.db"
        settings = settings_between(whisul, discord, database=database, **QUICK, LOG_LEVEL="DEBUG")
        bot = ForkedBot(settings, folder=tmp_path, log_file=tmp_path / "bot.log")
        bot.migrated = migrated_file
        try:
            yield Rig(whisul, discord, bot, database)
        finally:
            await bot.discard()


@pytest.fixture
async def ready(rig: Rig) -> Rig:
    """A rig whose bot runs already, with its default settings."""
    await rig.start()
    return rig


@pytest.fixture
async def group(rig: Rig, copied_postgresql_url: str) -> AsyncGenerator[Group]:
    """Two running bots on one PostgreSQL database."""
    async with two_bots(rig, copied_postgresql_url) as group:
        yield group


@pytest.fixture
def ops() -> Ops:
    """Where a bot that is started with `OPS_PORT=ops.port` answers."""
    return Ops.somewhere()


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    """The wall clock of the bot's machine, for a bot that is started with its settings."""
    return WallClock(tmp_path / "clock")
