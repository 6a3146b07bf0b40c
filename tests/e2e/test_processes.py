"""Several bots on one PostgreSQL database: one calls the music API, each serves its shards, and any of them may end at any moment."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.errors import ExitCode
from sandbox.bot_process import BotProcess
from sandbox.discord.world.model import Channel
from tests.databases import new_database
from tests.e2e.rig import PATIENCE_S, Rig
from tests.e2e.test_check import check
from tests.load.crowd import make_songs_quickly
from tests.postgres_server import postgres_server

SHARDS = 2

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server() -> Generator[Path]:
    with postgres_server() as folder:
        yield folder


@pytest.fixture
def database_url(server: Path) -> Generator[str]:
    with new_database(server) as url:
        yield url.render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Bots on one database, and a channel in a server of each shard."""

    rig: Rig
    bots: list[BotProcess]
    channels: list[Channel]
    database_url: str

    async def query(self, statement: str) -> list[dict[str, Any]]:
        url = make_url(self.database_url)
        connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        connection = await connect(host=url.query["host"], user=url.username, database=url.database)
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def leader(self) -> BotProcess:
        (row,) = await self.query("SELECT owner FROM leader")
        return next(bot for bot in self.bots if f"-{bot.process.pid}-" in row["owner"])

    def log(self) -> str:
        return "\n".join(bot.log for bot in self.bots)

    async def ask_everywhere(self, *, times: int = 1) -> int:
        """Somebody asks for songs in every server; returns how many there are then."""
        for number in range(times):
            for channel in self.channels:
                await self.rig.compose(f"a song {number} of {channel.name}", user="ada", channel=channel)
        return len(self.channels) * times

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


@pytest.fixture
async def group(rig: Rig, database_url: str) -> AsyncGenerator[Group]:
    """Two bots, which share two shards with a server each."""
    world = rig.discord.world
    rig.discord.gateway.starts.max_concurrency = 16
    make_songs_quickly(rig)
    channels: list[Channel] = []
    for shard in range(SHARDS):
        guild = world.add_guild(f"Server {shard}", owner="ada", shard=(shard, SHARDS))
        world.add_bot(guild)
        channels.append(world.add_channel(guild, f"songs-{shard}"))
    settings = {"DATABASE_URL": database_url, "SHARD_COUNT": str(SHARDS)}
    bots = [rig.bot, rig.bot.twin(rig.database.parent.with_name("second.log"), **settings)]
    group = Group(rig, bots, channels, database_url)
    await rig.start(**settings)
    await bots[1].start()
    await until_true(group, lambda: shared_out(group))
    try:
        yield group
    finally:
        for bot in bots[1:]:
            await bot.kill()


async def shared_out(group: Group) -> bool:
    """Whether each bot that runs has a session for its own shard."""
    rows = await group.query("SELECT owner, is_ready FROM shards")
    return len({row["owner"] for row in rows if row["is_ready"]}) == SHARDS


async def test_two_processes_share_the_shards_and_one_calls_the_api(group: Group) -> None:
    number = await group.ask_everywhere(times=3)
    await group.all_posted(number)
    callers = [bot for bot in group.bots if "job_submitting" in bot.log]
    assert callers == [await group.leader()]
    posters = [bot for bot in group.bots if "job_delivered" in bot.log]
    assert posters == group.bots


async def test_the_check_shows_the_processes_and_who_leads(group: Group, tmp_path: Path) -> None:
    found = await check(group.rig, tmp_path)
    assert (found.code, found.red) == (0, [])
    told = {each["owner"]: each for each in found.checks["processes"]["processes"]}
    leader = await group.leader()
    assert [f"-{leader.process.pid}-" in owner for owner, each in told.items() if each["leads"]] == [True]
    assert sorted(shard for each in told.values() for shard in each["shards"]) == list(range(SHARDS))
    assert len(found.checks["processes"]["details"]) == len(group.bots)


async def test_the_work_of_a_killed_leader_goes_on_in_another_process(group: Group) -> None:
    group.rig.whisul.hold = True
    number = await group.ask_everywhere()
    # Not before it has recorded the job IDs: what a crash leaves in `submitting` is not sent again.
    await until_true(group, lambda: all_running(group, number))
    await (await group.leader()).kill()
    for job_id in list(group.rig.whisul.jobs):
        group.rig.whisul.finish(job_id)
    await group.all_posted(number)


async def all_running(group: Group, number: int) -> bool:
    rows = await group.query("SELECT state FROM jobs")
    return [row["state"] for row in rows] == ["running"] * number


async def test_a_killed_process_loses_its_shard_to_another(group: Group) -> None:
    leader = await group.leader()
    (other,) = (bot for bot in group.bots if bot is not leader)
    await other.kill()
    await until_true(group, lambda: owns_everything(group, leader))
    await group.all_posted(await group.ask_everywhere())


async def owns_everything(group: Group, bot: BotProcess) -> bool:
    rows = await group.query("SELECT owner, is_ready FROM shards")
    return len(rows) == SHARDS and all(
        f"-{bot.process.pid}-" in row["owner"] and row["is_ready"] for row in rows
    )


async def test_a_process_that_stops_hands_its_work_over(group: Group) -> None:
    leader = await group.leader()
    (other,) = (bot for bot in group.bots if bot is not leader)
    assert await leader.stop(signal.SIGTERM) == 0
    await until_true(group, lambda: owns_everything(group, other))
    await group.all_posted(await group.ask_everywhere())


async def test_a_paused_leader_calls_no_more_when_it_goes_on(group: Group) -> None:
    leader = await group.leader()
    (other,) = (bot for bot in group.bots if bot is not leader)
    leader.process.send_signal(signal.SIGSTOP)
    await until_true(group, lambda: leads(group, other))
    await until_true(group, lambda: owns_everything(group, other))
    number = await group.ask_everywhere()
    leader.process.send_signal(signal.SIGCONT)
    await group.all_posted(number)
    await until_true(group, lambda: shared_out(group))


async def leads(group: Group, bot: BotProcess) -> bool:
    return await group.leader() is bot


async def test_an_interaction_of_two_sessions_makes_one_job(group: Group) -> None:
    pinned = group.bots[0].twin(group.rig.database.parent.with_name("third.log"), SHARD_IDS="0-1")
    group.bots.append(pinned)
    await pinned.start()
    await until_true(group, lambda: owns_everything(group, pinned))
    number = await group.ask_everywhere(times=3)
    await group.all_posted(number)


async def test_another_number_of_shards_is_refused(group: Group) -> None:
    odd = group.bots[0].twin(group.rig.database.parent.with_name("odd.log"), SHARD_COUNT="3")
    await odd.start()
    assert await odd.process.wait() == ExitCode.SETTINGS
    assert "SHARD_COUNT is 3" in odd.log
