"""Servers that arrive one by one from the gateway, or not at all during an outage."""

import asyncio

from sandbox.discord.world.model import Guild
from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.config_actions import results_in
from tests.e2e.rig import Rig
from tests.e2e.whisul_actions import log_lines, until_logged


def server_of(rig: Rig, channel: str) -> Guild:
    guild = rig.discord.world.guild_of(rig.channel(channel))
    assert guild is not None
    return guild


async def trickle(rig: Rig, guilds: list[Guild]) -> None:
    """A server a second: discord.py does not call itself ready before two seconds without one."""
    for guild in guilds:
        await asyncio.sleep(1)
        rig.discord.gateway.set_available(guild, available=True)


async def test_a_song_waits_for_its_own_server_and_for_no_other(ready: Rig) -> None:
    order = await ordered(ready)
    await ready.bot.kill()
    ready.whisul.finish(order.job_id)
    others = [ready.discord.world.add_guild(f"Server {number}", owner="ada") for number in range(30)]
    for guild in others:
        ready.discord.world.add_bot(guild)
        ready.discord.gateway.set_available(guild, available=False)
    await ready.bot.start()
    coming = asyncio.create_task(trickle(ready, others))
    await ready.settled("completed")
    assert len(ready.posts()) == 1
    assert ready.discord.gateway.unavailable, "or nobody could tell for what the song waited"
    assert '"event": "discord_ready"' not in ready.bot.log.split('"event": "jobs_taken_over"')[-1]
    coming.cancel()


async def test_in_an_outage_of_its_server_a_song_is_posted_where_it_belongs(ready: Rig) -> None:
    await results_in(ready, "general")
    order = await ordered(ready)
    ready.discord.gateway.set_available(server_of(ready, "music"), available=False)
    await ready.bot.stop()
    ready.whisul.finish(order.job_id)
    await ready.start()
    await ready.settled("completed")
    assert [len(ready.posts("general")), len(ready.posts("music"))] == [1, 0]
    assert_no_traceback(ready)


async def test_an_outage_is_no_removal_and_its_end_is_noticed(ready: Rig) -> None:
    await until_logged(ready, "discord_ready")
    guild = server_of(ready, "music")
    for available in (False, True):
        ready.discord.gateway.set_available(guild, available=available)
    order = await ordered(ready)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    assert not log_lines(ready, "guild_left")
    assert_no_traceback(ready)
