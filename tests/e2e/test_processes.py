"""Several bots on one PostgreSQL database: one calls the music API, each serves its shards, and any of them may end at any moment."""

import signal
from pathlib import Path

import pytest

from bot.errors import ExitCode
from tests.e2e.actions import Hold
from tests.e2e.group import (
    SHARDS,
    Group,
    all_running,
    leads,
    owns_everything,
    shared_out,
    until_true,
)
from tests.e2e.rig import PATIENCE_S
from tests.e2e.test_check import check

pytestmark = pytest.mark.timeout(300)


async def test_processes_share_shards_and_messages_and_one_calls_the_api(
    group: Group, tmp_path: Path
) -> None:
    leader = await group.leader()
    found = await check(group.rig, tmp_path)
    assert (found.code, found.red) == (0, [])
    told = {each["owner"]: each for each in found.checks["processes"]["processes"]}
    assert [f"-{leader.process.pid}-" in owner for owner, each in told.items() if each["leads"]] == [True]
    assert sorted(shard for each in told.values() for shard in each["shards"]) == list(range(SHARDS))
    assert len(found.checks["processes"]["details"]) == len(group.bots)

    odd = group.bots[0].twin(group.rig.database.parent.with_name("odd.log"), SHARD_COUNT="3")
    await odd.start()
    assert await odd.process.wait() == ExitCode.SETTINGS
    assert "SHARD_COUNT is 3" in odd.log

    number = await group.ask_everywhere(times=3)
    await group.all_posted(number)
    assert [bot for bot in group.bots if "job_submitting" in bot.log] == [leader]
    assert [bot for bot in group.bots if "job_delivered" in bot.log] == group.bots
    await direct_messages_are_served_by_the_first_shard(group)


async def direct_messages_are_served_by_the_first_shard(group: Group) -> None:
    delivered = [bot.log.count('"job_delivered"') for bot in group.bots]
    private = group.rig.discord.world.open_dm("ada")
    await group.rig.compose(channel=private)
    (shard,) = await group.query("SELECT owner FROM shards WHERE shard_id = 0")

    async def has_delivered() -> bool:
        return group.log().count('"job_delivered"') > sum(delivered)

    await until_true(group, has_delivered)
    assert len(group.rig.posts(private)) == 1
    served = [f"-{bot.process.pid}-" in shard["owner"] for bot in group.bots]
    now = [bot.log.count('"job_delivered"') for bot in group.bots]
    assert [after - before for before, after in zip(delivered, now, strict=True)] == served


async def test_the_work_of_a_killed_leader_goes_on_in_another_process(group: Group) -> None:
    group.rig.whisul.hold = True
    number = await group.ask_everywhere()
    # Not before it has recorded the job IDs: what a crash leaves in `submitting` is not sent again.
    await until_true(group, lambda: all_running(group, number))
    killed = await group.leader()
    (other,) = (bot for bot in group.bots if bot is not killed)
    await killed.kill()
    for job_id in list(group.rig.whisul.jobs):
        group.rig.whisul.finish(job_id)
    await group.all_posted(number)

    group.rig.whisul.hold = False
    await killed.start()
    await until_true(group, lambda: shared_out(group))
    await killed.kill()
    await until_true(group, lambda: owns_everything(group, other))
    await group.all_posted(await group.ask_everywhere(before=1))


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


async def test_an_interaction_of_two_sessions_makes_one_job(group: Group) -> None:
    pinned = group.bots[0].twin(group.rig.database.parent.with_name("third.log"), SHARD_IDS="0-1")
    group.bots.append(pinned)
    await pinned.start()
    await until_true(group, lambda: owns_everything(group, pinned))
    number = await group.ask_everywhere(times=3)
    await group.all_posted(number)


async def test_a_command_in_flight_survives_the_handover_of_its_shard(group: Group) -> None:
    discord, leader, channel = group.rig.discord, await group.leader(), group.channels[0]
    answer = Hold("callback", "before")
    discord.on_request(answer)
    discord.interactions.acknowledge_limit_s = PATIENCE_S
    asked = await discord.command(user="ada", channel=channel, name="compose", options={"prompt": "a waltz"})
    (before,) = (
        session.id for session in discord.gateway.sessions.values() if session.shard.has(channel.guild_id)
    )
    pinned = leader.twin(group.rig.database.parent.with_name("third.log"), SHARD_IDS="0-1")
    group.bots.append(pinned)
    await pinned.start()
    # The bot that has ended this session still has to send what it has begun; it waits for that for a few seconds.
    await group.rig.until(lambda: before not in discord.gateway.sessions)
    answer.release()
    await group.rig.until(lambda: asked.acknowledged and len(group.rig.posts(channel)) == 1)
    assert len(group.rig.whisul.submits) == 1
    assert '"exception"' not in group.log()


async def test_a_leader_that_stops_takes_its_command_in_flight_and_hands_over(group: Group) -> None:
    discord, stopped = group.rig.discord, await group.leader()
    (other,) = (bot for bot in group.bots if bot is not stopped)
    shards = await group.query("SELECT shard_id, owner FROM shards")
    own: int = next(row["shard_id"] for row in shards if f"-{stopped.process.pid}-" in row["owner"])
    channel = group.channels[own]
    answer = Hold("callback", "before")
    discord.on_request(answer)
    discord.interactions.acknowledge_limit_s = PATIENCE_S
    asked = await discord.command(user="ada", channel=channel, name="compose", options={"prompt": "a waltz"})
    await answer.arrived.wait()
    stopped.process.send_signal(signal.SIGTERM)
    await until_true(group, lambda: owns_everything(group, other))
    answer.release()
    await group.rig.until(lambda: asked.acknowledged and len(group.rig.posts(channel)) == 1)
    assert await stopped.process.wait() == 0
    for number, each in enumerate(group.channels):
        await group.rig.compose(f"song {number}", channel=each)
        await group.rig.post(each, number=1 + (each is channel))
    assert len(group.rig.whisul.submits) == 1 + len(group.channels)
