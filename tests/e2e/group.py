"""Several bots on one PostgreSQL database."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import make_url

from sandbox.bot_process import BotProcess
from sandbox.discord.world.model import Channel
from tests.databases import Onlooker
from tests.e2e.rig import PATIENCE_S, Rig
from tests.load.crowd import make_songs_quickly

SHARDS = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Bots on one database, and a channel in a server of each shard."""

    rig: Rig
    bots: list[BotProcess]
    channels: list[Channel]
    query: Callable[[str], Awaitable[list[dict[str, Any]]]]
    """The rows of a statement."""

    async def leader(self) -> BotProcess:
        (row,) = await self.query("SELECT owner FROM leader")
        return next(bot for bot in self.bots if f"-{bot.process.pid}-" in row["owner"])

    def log(self) -> str:
        return "\n".join(bot.log for bot in self.bots)

    async def ask_everywhere(self, *, times: int = 1, before: int = 0) -> int:
        """Somebody asks for songs in every server, after `before` times in each; returns how many there are then."""
        for number in range(before, before + times):
            for channel in self.channels:
                await self.rig.compose(f"a song {number} of {channel.name}", user="ada", channel=channel)
        return len(self.channels) * (before + times)

    async def all_posted(self, number: int) -> None:
        """Wait until every song is posted: once, in its own channel, and paid for once."""

        async def delivered() -> bool:
            rows = await self.query("SELECT delivery, rung FROM jobs")
            return [row["delivery"] for row in rows] == ["delivered"] * number

        await until_true(self, delivered)
        posts = [self.rig.posts(channel) for channel in self.channels]
        assert sorted(map(len, posts)) == [number // len(self.channels)] * len(self.channels), self.log()
        prompts = [submit.prompt for submit in self.rig.whisul.submits]
        assert len(prompts) == len(set(prompts)) == number
        assert await self.query("SELECT guild_id FROM guilds WHERE left_at IS NOT NULL") == []


async def until_true(group: Group, predicate: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what only the database tells."""
    for _ in range(int(PATIENCE_S / 0.1)):
        if await predicate():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"it never came true; the logs:\n{group.log()[-9000:]}")


@asynccontextmanager
async def two_bots(
    rig: Rig, database_url: str, *, ports: Sequence[str] = ("0", "0")
) -> AsyncGenerator[Group]:
    """Two bots, which share two shards with a server each; `ports` are their OPS_PORTs."""
    world = rig.discord.world
    rig.discord.gateway.starts.max_concurrency = 16
    make_songs_quickly(rig)
    channels: list[Channel] = []
    for shard in range(SHARDS):
        guild = world.add_guild(f"Server {shard}", owner="ada", shard=(shard, SHARDS))
        world.add_bot(guild)
        channels.append(world.add_channel(guild, f"songs-{shard}"))
    settings = {"DATABASE_URL": database_url, "SHARD_COUNT": str(SHARDS)}
    second = rig.bot.twin(rig.database.parent.with_name("second.log"), **settings, OPS_PORT=ports[1])
    bots = [rig.bot, second]
    onlooker = Onlooker(make_url(database_url))
    group = Group(rig, bots, channels, onlooker.query)
    await rig.start(**settings, OPS_PORT=ports[0])
    await bots[1].start()
    await until_true(group, lambda: shared_out(group))
    try:
        yield group
    finally:
        onlooker.close()
        for bot in bots[1:]:
            await bot.kill()


async def shared_out(group: Group) -> bool:
    """Whether each bot that runs has a session for its own shard."""
    rows = await group.query("SELECT owner, is_ready FROM shards")
    return len({row["owner"] for row in rows if row["is_ready"]}) == SHARDS


async def all_running(group: Group, number: int) -> bool:
    rows = await group.query("SELECT state FROM jobs")
    return [row["state"] for row in rows] == ["running"] * number


async def owns_everything(group: Group, bot: BotProcess) -> bool:
    rows = await group.query("SELECT owner, is_ready FROM shards")
    return len(rows) == SHARDS and all(
        f"-{bot.process.pid}-" in row["owner"] and row["is_ready"] for row in rows
    )


async def leads(group: Group, bot: BotProcess) -> bool:
    return await group.leader() is bot
