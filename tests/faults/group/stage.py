"""The surroundings of a run with several bots: a PostgreSQL server, both of the sandbox's servers, and a server for each shard."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from bot.domain.policy.model import Policy, Window
from bot.store.database import open_database
from bot.store.policies import Policies
from sandbox.bot_process import BotProcess
from sandbox.discord.world.model import Channel
from tests.databases import TEMPLATE, Onlooker, on_the_server, postgres_url
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.rig import QUICK, Rig
from tests.factories import NOW
from tests.faults.stage import staged

CALLS_PER_S, BURST = 5.0, 5.0
ALLOWED = 2
"""So many songs in an hour may be requested in each server."""

LIMITED = Policy(server=(Window(songs=ALLOWED, window_s=3600),))

SETTINGS = {
    **QUICK,
    "POLL_INTERVAL_S": "1",
    "WHISUL_REQUESTS_PER_SECOND": f"{CALLS_PER_S:g}",
    "WHISUL_REQUEST_BURST": f"{BURST:g}",
}
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Group:
    """Bots on one database, and a channel in a server of each shard; there are as many shards as bots."""

    rig: Rig
    bots: list[BotProcess]
    channels: list[Channel]
    onlooker: Onlooker

    async def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement; none while the database is away."""
        try:
            return await self.onlooker.query(statement)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return []

    async def leader(self) -> BotProcess | None:
        """The process that leads, by the database's clock."""
        rows = await self.query("SELECT owner FROM leader WHERE until > clock_timestamp()")
        return next((bot for bot in self.bots for row in rows if is_owner(bot, row["owner"])), None)

    async def owners(self) -> dict[int, str]:
        """The owner of each shard that has a session."""
        rows = await self.query("SELECT shard_id, owner FROM shards WHERE is_ready")
        return {row["shard_id"]: row["owner"] for row in rows}

    async def all_serve(self) -> bool:
        """Whether each of the bots serves a shard."""
        owners = await self.owners()
        return all(any(is_owner(bot, each) for each in owners.values()) for bot in self.bots)

    async def restart_database(self) -> None:
        """Kill one of PostgreSQL's processes: it ends all connections, and starts anew from its log."""
        rows = await self.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        os.kill(rows[0]["pid"], signal.SIGKILL)

    def log_tail(self, chars: int) -> str:
        """What each of them wrote last."""
        return "\n".join(f"--- bot {n}\n{bot.log[-chars:]}" for n, bot in enumerate(self.bots))


async def until(predicate: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what only the database tells."""
    while True:
        if await predicate():
            return
        await asyncio.sleep(0.05)


def is_owner(bot: BotProcess, owner: str) -> bool:
    """Whether that is the name of a bot's process in the database."""
    return f"-{bot.process.pid}-" in owner


@asynccontextmanager
async def staged_group(
    server: Path, folder: Path, *, processes: int, policy: Policy = LIMITED, **changed: str
) -> AsyncGenerator[Group]:
    """So many bots, which are not started yet; each is to serve a shard. `changed` settings override the usual ones."""
    name = f"run{next(NUMBERS)}"
    await on_the_server(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    url = postgres_url(server, name)
    address = url.render_as_string(hide_password=False)
    settings = {**SETTINGS, "DATABASE_URL": address, "SHARD_COUNT": str(processes), **changed}
    async with staged(folder, world=None, migrated=None, bot_class=ForkedBot, **settings) as rig:
        rig.discord.gateway.starts.max_concurrency = 16
        channels = _servers(rig, processes)
        async with open_database(address) as database:
            policies = Policies(database)
            for channel in channels:
                assert channel.guild_id is not None
                await policies.change(channel.guild_id, lambda _: policy, by=1, what="", now=NOW)
        twins = [rig.bot.twin(folder / f"bot{number}.log") for number in range(1, processes)]
        group = Group(rig, [rig.bot, *twins], channels, Onlooker(url))
        try:
            yield group
        finally:
            group.onlooker.close()
            for bot in twins:
                if bot.started:
                    bot.process.send_signal(signal.SIGCONT)
                    await bot.kill()
    await on_the_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _servers(rig: Rig, number: int) -> list[Channel]:
    world = rig.discord.world
    channels: list[Channel] = []
    for shard in range(number):
        guild = world.add_guild(f"Server {shard}", owner="ada", shard=(shard, number))
        world.add_bot(guild)
        for user in ("bela", "chidi"):
            world.add_member(guild, user)
        channels.append(world.add_channel(guild, f"songs-{shard}"))
    return channels
