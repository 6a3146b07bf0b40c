"""One bot for many tests, one after the other, each in a world where nothing has happened yet.

To start a bot and its far sides takes several times as long as most tests use them. Between two tests everything is made
anew but the bot's process: the people, the servers and their IDs, Whisul, what is stored, and the log. A test that kills or
stops the bot, gives it settings, makes it keep a pause, lets time jump or stores settings past it needs a bot of its own:
`rig`.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from bot.domain.jobs import DeliveryState, JobState
from sandbox.discord import DiscordStandIn
from sandbox.discord.application.bot_messages import NONCE_WINDOW_S
from sandbox.discord.application.interactions import ACKNOWLEDGE_LIMIT_S
from sandbox.discord.world.bus import Topic
from sandbox.discord.world.default_world import fill
from sandbox.discord.world.world import World
from sandbox.whisul import WhisulSimulator
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.rig import PATIENCE_S, QUICK, TOKEN, Rig, settings_between

_KEPT = frozenset({"alembic_version", "sqlite_sequence", "facts"})
_UNTOLD = frozenset({DeliveryState.DUE, DeliveryState.POSTING})


def simulator() -> WhisulSimulator:
    """Whisul, whose jobs finish when a test says so."""
    whisul = WhisulSimulator(tiny_files=True, reference=True)
    whisul.hold = True
    return whisul


@asynccontextmanager
async def rig_in(folder: Path, migrated: Path) -> AsyncGenerator[Rig]:
    """A rig whose bot lives in a folder and ends with the block; everything but the bot is started."""
    async with simulator() as whisul, DiscordStandIn(token=TOKEN) as discord:
        database = folder / "data" / "bot.db"
        settings = settings_between(whisul, discord, database=database, **QUICK, LOG_LEVEL="DEBUG")
        bot = ForkedBot(settings, folder=folder, log_file=folder / "bot.log")
        bot.migrated = migrated
        try:
            yield Rig(whisul, discord, bot, database)
        finally:
            await bot.discard()


class SharedBot:
    """Lends a rig whose bot runs, and takes it back. One that a test has left in disorder is not lent again."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self._folder = folder
        self._migrated = migrated
        self._bots = 0
        self._rig: Rig | None = None
        self._lived = AsyncExitStack()

    async def lent(self) -> Rig:
        """The rig for one test."""
        if self._rig is None:
            self._bots += 1
            folder = self._folder / str(self._bots)
            folder.mkdir()
            rig = await self._lived.enter_async_context(rig_in(folder, self._migrated))
            await rig.start()
            self._rig = rig
        return self._rig

    async def take_back(self) -> None:
        """Make everything anew, or give the bot up."""
        assert self._rig is not None
        try:
            await _settled(self._rig)
        except TimeoutError:
            await self.close()
        else:
            whisul = await self._another_whisul(self._rig.whisul)
            self._rig = replace(self._rig, whisul=whisul)
            _forget(self._rig)

    async def _another_whisul(self, old: WhisulSimulator) -> WhisulSimulator:
        """A new one at the same address."""
        await old.stop()
        whisul = simulator()
        host, port = old.media_host.split(":")
        await whisul.start(host, int(port))
        self._lived.push_async_callback(whisul.stop)
        return whisul

    async def close(self) -> None:
        """Stop the bot."""
        self._rig = None
        await self._lived.aclose()


async def _settled(rig: Rig) -> None:
    """Let nothing go wrong any more, end all songs, and wait until the bot has nothing left to do."""
    rig.discord.fault_script.clear()
    rig.discord.rest.content_filter = None
    rig.discord.on_request(None)
    rig.discord.on_event(None)
    rig.whisul.on_request = None
    async with asyncio.timeout(PATIENCE_S):
        while not _is_idle(rig):
            for job in list(rig.whisul.jobs.values()):
                if job.status == "running":
                    rig.whisul.finish(job.job_id, status="failed")
            await asyncio.sleep(0.02)


def _is_idle(rig: Rig) -> bool:
    return all(JobState(row["state"]).is_final and row["delivery"] not in _UNTOLD for row in rig.rows())


def _forget(rig: Rig) -> None:
    """Another world, an empty database, and nothing seen."""
    discord, world = rig.discord, rig.discord.world
    for guild in world.bot_guilds():
        world.remove_bot(guild)
    discord.interactions.close()
    discord.interactions.seen.clear()
    discord.interactions.acknowledge_limit_s = ACKNOWLEDGE_LIMIT_S
    discord.bot_messages.nonce_window_s = NONCE_WINDOW_S
    discord.requests.clear()
    discord.gateway.hidden_channel_ids.clear()
    with closing(sqlite3.connect(rig.database)) as connection, connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for table in {name for (name,) in tables} - _KEPT:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the tables' own names
    os.truncate(rig.database.parent.parent / "bot.log", 0)
    # The bot is told of the whole servers, as if it had been invited: it could not keep pace with their making.
    with patch.object(world.bus, "publish"):
        _people(world)
    for guild in world.bot_guilds():
        world.bus.publish(Topic.GUILD_JOIN, guild)


def _people(world: World) -> None:
    """Put everybody and everything of the default world into this one in place of what there was."""
    world.users = {world.bot.id: world.bot}
    for things in (world.guilds, world.channels, world.message_log):
        things.clear()
    fill(world)
