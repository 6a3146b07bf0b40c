"""Sharding: which session gets what, and how many may start when."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from sandbox.discord import DiscordStandIn, SeenInteraction, World
from sandbox.discord.gateway.events import Intent
from sandbox.discord.gateway.shards import MAX_GUILDS_PER_SHARD, Shard
from sandbox.discord.gateway.starts import BUCKET_S
from tests.sandbox.raw_gateway import RawClient, raw_client
from tests.sandbox.still_clock import StillClock

INTENTS = int(Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES)
EVEN, ODD = "Even", "Odd"
LAST = "GUILD_UPDATE"
COMMAND = {"name": "do", "type": 1, "description": "d", "contexts": [0, 1], "integration_types": [0]}


def add_server(world: World, name: str, shard: tuple[int, int]) -> None:
    """A server of ada's with the bot, whose only channel has the same name."""
    world.add_bot(world.add_guild(name, owner="ada", shard=shard))
    world.add_channel(name, name)


@pytest.fixture
async def stand_in() -> AsyncGenerator[DiscordStandIn]:
    """Two servers, one on each of two shards, which may identify at the same time."""
    world = World(StillClock())
    world.add_user("ada")
    add_server(world, EVEN, (0, 2))
    add_server(world, ODD, (1, 2))
    async with DiscordStandIn(world=world) as server:
        server.gateway.starts.max_concurrency = 2
        server.command_registry.replace([dict(COMMAND)], None)
        yield server


async def ready(client: RawClient, stand_in: DiscordStandIn, shard: list[int]) -> dict[str, Any]:
    """Identify, and read READY."""
    await client.identify(stand_in.token, INTENTS, shard=shard)
    message = await client.next()
    assert message["t"] == "READY", message
    return message


async def events(client: RawClient) -> list[tuple[str, str | None]]:
    """Names and servers of the events up to the last, which is left out."""
    seen: list[tuple[str, str | None]] = []
    while (message := await client.next())["t"] != LAST:
        data = message["d"]
        seen.append((message["t"], data["id"] if message["t"] == "GUILD_CREATE" else data.get("guild_id")))
    return seen


async def do(stand_in: DiscordStandIn, channel: Any) -> SeenInteraction:
    return await stand_in.command(user="ada", channel=channel, name="do")


async def change_everything(stand_in: DiscordStandIn, name: str) -> None:
    """Cause an event of each kind in a server."""
    world = stand_in.world
    world.add_role(name, "new")
    world.add_thread(name, f"thread of {name}", owner="ada")
    world.say("ada", name, "hello")
    await do(stand_in, name)


async def test_a_shard_gets_its_own_servers_and_the_first_what_has_none(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    own = ("GUILD_CREATE", "GUILD_ROLE_CREATE", "THREAD_CREATE", "MESSAGE_CREATE", "INTERACTION_CREATE")
    without_server = [("MESSAGE_CREATE", None), ("INTERACTION_CREATE", None)]
    async with raw_client(stand_in) as first, raw_client(stand_in) as second:
        for index, (client, name) in enumerate(((first, EVEN), (second, ODD))):
            message = await ready(client, stand_in, [index, 2])
            assert message["d"]["shard"] == [index, 2]
            assert [guild["id"] for guild in message["d"]["guilds"]] == [str(world.guild(name).id)]
        for name in (EVEN, ODD):
            await change_everything(stand_in, name)
        world.say("ada", world.open_dm("ada"), "hello")
        await do(stand_in, world.open_dm("ada"))
        for name in (EVEN, ODD):
            world.set_premium_tier(name, 1)
        ids = {name: str(world.guild(name).id) for name in (EVEN, ODD)}
        assert await events(first) == [(event, ids[EVEN]) for event in own] + without_server
        assert await events(second) == [(event, ids[ODD]) for event in own]


async def test_a_shard_with_over_2500_servers_is_closed_with_4011(stand_in: DiscordStandIn) -> None:
    ada = stand_in.world.user("ada")
    for number in range(MAX_GUILDS_PER_SHARD - 1):
        stand_in.world.add_bot(stand_in.world.add_guild(f"{number}", owner=ada, shard=(1, 2)))
    for identify in ({}, {"shard": [0, 1]}):
        async with raw_client(stand_in) as client:
            await client.identify(stand_in.token, **identify)
            assert await client.closed_with() == 4011
    async with raw_client(stand_in) as client:
        assert len((await ready(client, stand_in, [1, 2]))["d"]["guilds"]) == MAX_GUILDS_PER_SHARD


async def test_one_shard_of_each_bucket_identifies_in_5_seconds(stand_in: DiscordStandIn) -> None:
    starts = stand_in.gateway.starts
    async with raw_client(stand_in) as first, raw_client(stand_in) as second, raw_client(stand_in) as third:
        await ready(first, stand_in, [0, 4])
        await ready(second, stand_in, [1, 4])
        for wait_s in (BUCKET_S - 0.1, 0.1):
            await third.identify(stand_in.token, shard=[2, 4])
            assert await third.next() == {"op": 9, "d": False, "s": None, "t": None}
            stand_in.clock.jump(wait_s)
        await ready(third, stand_in, [2, 4])
    assert starts.too_soon == 2
    assert starts.limit()["remaining"] == 1000 - 5


async def test_the_recommended_shards_and_starts_are_told(stand_in: DiscordStandIn) -> None:
    stand_in.gateway.recommended_shards = 32
    stand_in.gateway.starts.max_concurrency = 16
    headers = {"Authorization": f"Bot {stand_in.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    async with raw_client(stand_in) as client, aiohttp.ClientSession(headers=headers) as session:
        await ready(client, stand_in, [17, 32])
        stand_in.clock.jump(60)
        async with session.get(f"{stand_in.api_url}/gateway/bot") as response:
            told = await response.json()
    day_ms = 24 * 60 * 60 * 1000
    limit = {"total": 1000, "remaining": 999, "reset_after": day_ms - 60_000, "max_concurrency": 16}
    assert told == {"url": stand_in.gateway_url, "shards": 32, "session_start_limit": limit}


async def acknowledge(session: aiohttp.ClientSession, stand_in: DiscordStandIn, use: dict[str, Any]) -> int:
    """The first response to an interaction; returns Discord's error code, 0 for none."""
    url = f"{stand_in.api_url}/interactions/{use['id']}/{use['token']}/callback"
    async with session.post(url, json={"type": 5}) as response:
        return 0 if response.status == 204 else (await response.json())["code"]


async def test_two_sessions_of_a_shard_get_every_event_but_one_answer_counts(
    stand_in: DiscordStandIn,
) -> None:
    async with raw_client(stand_in) as old, raw_client(stand_in) as new, aiohttp.ClientSession() as session:
        await ready(old, stand_in, [0, 2])
        stand_in.world.add_role(EVEN, "only the old one knows")
        stand_in.clock.jump(BUCKET_S)
        await ready(new, stand_in, [0, 2])
        assert stand_in.gateway.connected_shards == [Shard(0, 2), Shard(0, 2)]
        used = await do(stand_in, EVEN)
        seen = [await client.until("INTERACTION_CREATE") for client in (old, new)]
        assert [(message["d"]["id"], message["s"]) for message in seen] == [
            (str(used.id), 4),
            (str(used.id), 3),
        ]
        assert [await acknowledge(session, stand_in, message["d"]) for message in seen] == [0, 40060]


async def test_each_session_of_a_shard_is_resumed_by_itself(stand_in: DiscordStandIn) -> None:
    resumes: list[dict[str, Any]] = []
    async with raw_client(stand_in) as old, raw_client(stand_in) as new:
        for client, role in ((old, "seen by the old one"), (new, "seen by both")):
            session_id = (await ready(client, stand_in, [0, 2]))["d"]["session_id"]
            stand_in.world.add_role(EVEN, role)
            seq = (await client.until("GUILD_ROLE_CREATE"))["s"]
            resumes.append({"token": stand_in.token, "session_id": session_id, "seq": seq})
            stand_in.clock.jump(BUCKET_S)
        stand_in.gateway.drop_all()
    async with AsyncExitStack() as stack:
        for resume, missed in zip(resumes, (["seen by both"], []), strict=True):
            client = await stack.enter_async_context(raw_client(stand_in))
            await client.send(6, resume)
            for role in missed:
                assert (await client.next())["d"]["role"]["name"] == role
            assert (await client.next())["t"] == "RESUMED"
        assert len(stand_in.identifies) == 2


async def test_the_bot_is_online_until_its_last_session_is_gone(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as lost, raw_client(stand_in) as closed:
        await ready(lost, stand_in, [0, 2])
        await ready(closed, stand_in, [1, 2])
        stand_in.gateway.drop_all(shard_index=0)
        await stand_in.wait_for(lambda: stand_in.gateway.connected_shards == [Shard(1, 2)])
        await closed.socket.close(code=1000)
    await stand_in.wait_for(lambda: stand_in.gateway_closes == [1000] and len(stand_in.gateway.sessions) == 1)
    assert stand_in.bot_online
    resume = {"token": stand_in.token, "session_id": next(iter(stand_in.gateway.sessions)), "seq": 1}
    async with raw_client(stand_in) as again:
        await again.send(6, resume)
        await again.until("RESUMED")
        await again.socket.close(code=1000)
    await stand_in.wait_for(lambda: not stand_in.bot_online)
