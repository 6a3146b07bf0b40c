from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.bot_process import bot_settings
from sandbox.discord import DiscordStandIn
from sandbox.whisul import WhisulSimulator
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.ops import Ops
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import TOKEN, Rig


@pytest.fixture
async def rig(tmp_path: Path, migrated_file: Path) -> AsyncGenerator[Rig, None]:
    """Everything but the bot is started; jobs finish when a test says so."""
    async with (
        WhisulSimulator(tiny_files=True, reference=True) as whisul,
        DiscordStandIn(token=TOKEN) as discord,
    ):
        whisul.hold = True
        database = tmp_path / "data" / "bot.db"
        settings = bot_settings(
            discord_token=TOKEN,
            discord_api_url=discord.api_url,
            discord_gateway_url=discord.gateway_url,
            whisul_url=whisul.url,
            whisul_key=whisul.api_key,
            media_host=whisul.media_host,
            database=database,
            POLL_INTERVAL_S="0.1",
            WHISUL_REQUESTS_PER_SECOND="500",
            WHISUL_REQUEST_BURST="500",
            MAX_QUEUED_JOBS="100000",
            MAX_RUNNING_JOBS_PER_SERVER="100000",
            MAX_SONGS_PER_DAY="100000",
            MAX_SONGS_PER_DAY_PER_SERVER="100000",
            LOG_FORMAT="json",
            LOG_LEVEL="DEBUG",
        )
        bot = ForkedBot(settings, folder=tmp_path, log_file=tmp_path / "bot.log")
        bot.migrated = migrated_file
        try:
            yield Rig(whisul, discord, bot, database)
        finally:
            if bot.started:
                await bot.stop()


@pytest.fixture
def ops() -> Ops:
    """Where a bot that is started with `OPS_PORT=ops.port` answers."""
    return Ops.somewhere()


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    """The wall clock of the bot's machine, for a bot that is started with its settings."""
    return WallClock(tmp_path / "clock")
