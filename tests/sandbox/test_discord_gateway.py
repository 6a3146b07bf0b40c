"""The gateway: with real discord.py, or with a minimal client for messages that discord.py would not send."""

import asyncio
import json
import zlib
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord import app_commands

from sandbox.discord import DiscordStandIn, Permission
from sandbox.discord.gateway.events import Intent
from sandbox.discord.gateway.starts import BUCKET_S
from sandbox.discord.transport import departed_clients
from sandbox.http_answers import reset_connection
from tests.sandbox.raw_gateway import GUILDS, raw_client
from tests.sandbox.standin_bot import SmallBot, pointed_at, running


async def test_a_bot_that_closes_with_1000_is_offline_at_once(stand_in: DiscordStandIn) -> None:
    async with running(stand_in):
        assert stand_in.bot_online
    await stand_in.wait_for(lambda: not stand_in.bot_online)
    assert stand_in.gateway_closes == [1000]
    assert [online for _, online in stand_in.gateway.presences] == [True, False]


async def test_a_bot_that_closes_with_4000_stays_online_for_a_while(stand_in: DiscordStandIn) -> None:
    async with pointed_at(stand_in):
        bot = SmallBot(discord.Intents(guilds=True), None)
        task = asyncio.create_task(bot.start(stand_in.token))
        await stand_in.wait_online()
        await bot.wait_until_ready()
        stand_in.gateway.heartbeat_interval_s = 0.02
        await bot.close()
        await task
    await stand_in.wait_for(lambda: stand_in.gateway_closes)
    assert stand_in.gateway_closes == [4000]
    assert stand_in.bot_online
    await stand_in.wait_for(lambda: not stand_in.bot_online)


async def test_guilds_are_unavailable_in_ready_and_then_become_available(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.identify(stand_in.token)
        ready = await client.next()
        assert [g["unavailable"] for g in ready["d"]["guilds"]] == [True, True]
        assert ready["d"]["resume_gateway_url"] == stand_in.gateway_url
        first = await client.next()
        assert (first["t"], first["s"], first["d"]["name"]) == ("GUILD_CREATE", 2, "Night Owls")
        assert {t["name"] for t in first["d"]["threads"]} == {"open jam"}


async def test_messages_need_their_intent(stand_in: DiscordStandIn) -> None:
    with_messages = discord.Intents(guilds=True, guild_messages=True)
    async with running(stand_in) as plain:
        stand_in.clock.jump(BUCKET_S)
        async with running(stand_in, intents=with_messages) as reader:
            stand_in.world.say("ada", "backstage", "hi")
            stand_in.world.add_channel("Night Owls", "new")
            for bot in (plain, reader):
                await bot.heard("CHANNEL_CREATE")
            assert "MESSAGE_CREATE" not in plain.events
            assert "MESSAGE_CREATE" in reader.events


async def test_content_of_other_users_needs_the_content_intent() -> None:
    intents = int(Intent.GUILD_MESSAGES)
    async with DiscordStandIn() as stand_in, raw_client(stand_in) as client:
        await client.identify(stand_in.token, intents)
        await client.until("READY")
        stand_in.world.say("ada", "general", "secret")
        stand_in.world.say("ada", "general", f"hello {stand_in.world.bot.mention}")
        assert (await client.until("MESSAGE_CREATE"))["d"]["content"] == ""
        assert (await client.until("MESSAGE_CREATE"))["d"]["content"].startswith("hello")
    async with (
        DiscordStandIn(privileged_intents=Intent.MESSAGE_CONTENT) as stand_in,
        raw_client(stand_in) as client,
    ):
        await client.identify(stand_in.token, intents | int(Intent.MESSAGE_CONTENT))
        await client.until("READY")
        stand_in.world.say("ada", "general", "secret")
        assert (await client.until("MESSAGE_CREATE"))["d"]["content"] == "secret"


async def test_changes_of_the_world_reach_the_bots_cache(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    async with running(stand_in) as bot:
        guild = bot.get_guild(world.guild("Night Owls").id)
        assert guild is not None
        world.deny("general", world.bot, Permission.SEND_MESSAGES)
        await bot.heard("CHANNEL_UPDATE")
        general = guild.get_channel(world.channel("general").id)
        assert general is not None
        assert not general.permissions_for(guild.me).send_messages
        world.add_role(guild.id, "New")
        world.set_role_permissions(guild.id, "New", Permission.MANAGE_GUILD)
        await bot.heard("GUILD_ROLE_UPDATE")
        assert any(r.name == "New" and r.permissions.manage_guild for r in guild.roles)
        world.set_thread("open jam", archived=True)
        await bot.heard("THREAD_UPDATE")
        world.delete_channel("general")
        await bot.heard("CHANNEL_DELETE")
        assert guild.get_channel(general.id) is None
        world.set_premium_tier(guild.id, 3)
        await bot.heard("GUILD_UPDATE")
        assert guild.filesize_limit == 100 * 1024 * 1024
        world.time_out(guild.id, world.bot, 60)
        await bot.heard("GUILD_MEMBER_UPDATE")
        world.remove_bot(guild.id)
        await bot.heard("GUILD_DELETE")
        assert bot.get_guild(guild.id) is None
        bot.events.clear()
        world.add_bot(guild.id)
        await bot.heard("GUILD_CREATE")


@pytest.mark.parametrize("way", ["reconnect", "close", "drop"])
async def test_a_lost_connection_is_resumed_without_losing_events(stand_in: DiscordStandIn, way: str) -> None:
    used = asyncio.Event()

    async def act(interaction: discord.Interaction[discord.Client]) -> None:
        await interaction.response.send_message("ok")
        used.set()

    async with running(stand_in, act):
        match way:
            case "reconnect":
                stand_in.gateway.reconnect()
            case "close":
                stand_in.gateway.close_all(4000)
            case _:
                stand_in.gateway.drop_all()
        await stand_in.wait_for(lambda: not any(s.connection for s in stand_in.gateway.sessions.values()))
        interaction = await stand_in.command(user="ada", channel="general", name="do")
        await interaction.wait_response()
        assert len(stand_in.identifies) == 1
        assert len(stand_in.gateway.resumes) == 1
        assert stand_in.bot_online


async def test_an_invalidated_session_cannot_be_resumed(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.identify(stand_in.token)
        session_id = (await client.until("READY"))["d"]["session_id"]
        stand_in.gateway.invalidate()
        while (message := await client.next())["op"] != 9:
            pass
        assert message["d"] is False
    async with raw_client(stand_in) as client:
        await client.send(6, {"token": stand_in.token, "session_id": session_id, "seq": 1})
        assert (await client.next())["op"] == 9


async def test_missed_events_are_replayed_in_order(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.identify(stand_in.token)
        ready = await client.next()
        await client.socket.close(code=4000)
    stand_in.world.add_channel("Night Owls", "missed")
    async with raw_client(stand_in) as client:
        resume = {"token": stand_in.token, "session_id": ready["d"]["session_id"], "seq": ready["s"]}
        await client.send(6, resume)
        names = [(await client.next())["t"] for _ in range(4)]
        assert names == ["GUILD_CREATE", "GUILD_CREATE", "CHANNEL_CREATE", "RESUMED"]
        await client.send(6, resume)
        assert await client.closed_with() == 4005


async def test_a_resume_after_an_unknown_event_is_refused(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.identify(stand_in.token)
        session_id = (await client.next())["d"]["session_id"]
        await client.socket.close(code=4000)
    async with raw_client(stand_in) as client:
        await client.send(6, {"token": "wrong", "session_id": session_id, "seq": 1})
        assert await client.closed_with() == 4004
    async with raw_client(stand_in) as client:
        await client.send(6, {"token": stand_in.token, "session_id": session_id, "seq": 99})
        assert (await client.next())["op"] == 9


INVALID_IDENTIFIES: list[tuple[dict[str, Any], int]] = [
    ({"token": "wrong"}, 4004),
    ({"intents": 1 << 1}, 4014),
    ({"intents": 1 << 15}, 4014),
    ({"intents": "all"}, 4013),
    ({"intents": 1 << 40}, 4013),
    ({"properties": None}, 4002),
    *(({"shard": shard}, 4010) for shard in ([2, 2], [-1, 2], [0, 0], [0], [False, True], "one")),
]


async def test_an_invalid_identify_is_closed_with_its_code(stand_in: DiscordStandIn) -> None:
    valid: dict[str, Any] = {"token": stand_in.token, "intents": GUILDS, "properties": {}}
    for identify, code in INVALID_IDENTIFIES:
        async with raw_client(stand_in) as client:
            await client.send(2, valid | identify)
            assert await client.closed_with() == code, identify
    assert not stand_in.bot_online
    assert stand_in.gateway_closes == []


INVALID_MESSAGES = [
    ("no json", 4002),
    ('{"op": "two"}', 4002),
    ('{"op": 3, "d": {}}', 4003),
    ('{"op": 99, "d": null}', 4001),
]


async def test_an_invalid_message_is_closed_with_its_code(stand_in: DiscordStandIn) -> None:
    for text, code in INVALID_MESSAGES:
        async with raw_client(stand_in) as client:
            await client.socket.send_str(text)
            assert await client.closed_with() == code, text


async def test_a_frame_that_is_no_payload_of_4096_bytes_is_closed_with_4002(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.socket.send_bytes(json.dumps({"op": 1, "d": None}).encode())
        assert (await client.next())["op"] == 11
        await client.socket.send_bytes(b"\x83t\x00\x00")
        assert await client.closed_with() == 4002
    async with raw_client(stand_in) as client:
        await client.send(1, "x" * 4096)
        assert await client.closed_with() == 4002


async def test_transport_compression_is_one_zlib_stream_per_connection(stand_in: DiscordStandIn) -> None:
    inflator = zlib.decompressobj()
    url = f"{stand_in.gateway_url}?v=10&encoding=json&compress=zlib-stream"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:

        async def next_op() -> int:
            frame = await socket.receive_bytes()
            assert frame.endswith(b"\x00\x00\xff\xff")
            return json.loads(inflator.decompress(frame))["op"]

        assert await next_op() == 10
        await socket.send_json({"op": 1, "d": None})
        assert await next_op() == 11


async def test_session_starts_are_counted_for_a_day_and_run_out(stand_in: DiscordStandIn) -> None:
    starts = stand_in.gateway.starts
    starts.total = 2
    for remaining in (1, 0):
        async with raw_client(stand_in) as client:
            await client.identify(stand_in.token)
            assert (await client.next())["t"] == "READY"
        assert starts.limit()["remaining"] == remaining
        stand_in.clock.jump(BUCKET_S)
    stand_in.clock.jump(23 * 3600)
    assert 0 < starts.limit()["reset_after"] <= 3_600_000
    stand_in.clock.jump(3600)
    assert starts.limit() == {"total": 2, "remaining": 2, "reset_after": 0, "max_concurrency": 1}
    starts.total = 1
    async with raw_client(stand_in) as first, raw_client(stand_in) as second:
        await first.identify(stand_in.token)
        await second.identify(stand_in.token)
        assert (await first.closed_with(), await second.closed_with()) == (4004, 4004)


async def test_a_deleted_role_is_gone_from_members_and_channels(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    guild, djs = world.guild("Night Owls"), world.role("Night Owls", "DJs")
    world.allow("music", djs, Permission.SEND_MESSAGES)
    async with running(stand_in) as bot:
        world.delete_role("Night Owls", djs)
        await bot.heard("GUILD_ROLE_DELETE")
        seen = bot.get_guild(guild.id)
        assert seen is not None
        assert seen.get_role(djs.id) is None
    assert guild.members[world.user("chidi").id].role_ids == []
    assert djs.id not in world.channel("music").overwrites


async def test_a_second_identify_and_too_many_messages_are_closed(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        await client.identify(stand_in.token)
        await client.identify(stand_in.token)
        assert await client.closed_with() == 4005
    async with raw_client(stand_in) as client:
        for _ in range(121):
            await client.send(1)
        assert await client.closed_with() == 4008


async def test_another_version_of_the_gateway_is_refused(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in, version=9) as client:
        assert await client.closed_with() == 4012
    async with raw_client(stand_in, compress="lz4-stream") as client:
        assert await client.closed_with() == 4012


async def test_missing_heartbeats_end_the_session(stand_in: DiscordStandIn) -> None:
    stand_in.gateway.heartbeat_interval_s = 0.05
    async with raw_client(stand_in) as client:
        await client.send(1)
        assert (await client.next())["op"] == 11
        await client.identify(stand_in.token)
        assert await client.closed_with() == 4009
    assert stand_in.gateway.sessions == {}


async def test_a_silent_gateway_sends_nothing(stand_in: DiscordStandIn) -> None:
    async with raw_client(stand_in) as client:
        stand_in.gateway.set_silent(True)
        await client.send(1)
        with pytest.raises(TimeoutError):
            await client.socket.receive(timeout=0.05)
        stand_in.gateway.set_silent(False)
        await client.send(1)
        assert (await client.next())["op"] == 11


async def test_an_outage_is_survived_on_the_same_port(stand_in: DiscordStandIn) -> None:
    async def act(interaction: discord.Interaction[discord.Client]) -> None:
        await interaction.response.send_message("ok")

    async with running(stand_in, act):
        port = stand_in.port
        await stand_in.go_down()
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(stand_in.page_url)
        await stand_in.come_back()
        assert stand_in.port == port
        await stand_in.wait_for(lambda: any(s.connection for s in stand_in.gateway.sessions.values()), 60)
        interaction = await stand_in.command(user="ada", channel="general", name="do")
        assert (await interaction.wait_response()).content == "ok"


async def test_an_auto_sharded_bot_connects_and_syncs_guild_commands(stand_in: DiscordStandIn) -> None:
    bot = discord.AutoShardedClient(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    tree = app_commands.CommandTree(bot)
    guild = discord.Object(stand_in.world.guild("Night Owls").id)

    @tree.command(description="d", guild=guild)
    async def here(interaction: discord.Interaction[discord.AutoShardedClient]) -> None:
        await interaction.response.send_message("here")

    async with pointed_at(stand_in):
        task = asyncio.create_task(bot.start(stand_in.token))
        await stand_in.wait_for(lambda: stand_in.bot_online)
        await bot.wait_until_ready()
        await tree.sync(guild=guild)
        assert [c.name for c in await tree.fetch_commands(guild=guild)] == ["here"]
        assert await tree.fetch_commands() == []
        with pytest.raises(discord.Forbidden):
            await tree.sync(guild=discord.Object(5))
        used = await stand_in.command(user="ada", channel="general", name="here")
        assert (await used.wait_response()).content == "here"
        await bot.close()
        await task
    assert [r.kind for r in stand_in.requests_of("gateway")] == ["gateway"]
    assert stand_in.identifies[0]["shard"] == [0, 1]
    assert stand_in.gateway_closes == [1000]


async def test_a_client_that_leaves_during_the_handshake_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def leaves(request: web.Request) -> web.WebSocketResponse:
        reset_connection(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        return socket

    app = web.Application(middlewares=[departed_clients])
    app.router.add_get("/", leaves)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientError):
            await client.ws_connect(server.make_url("/"))
    assert not caplog.records
