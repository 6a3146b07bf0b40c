"""Health, readiness and metrics of the running bot."""

import asyncio
import json
import os
import sys

from bot import __version__
from sandbox.discord import Fault
from sandbox.whisul import DEFAULT_API_KEY
from tests.e2e.actions import ordered, private_answer
from tests.e2e.database import change, locked
from tests.e2e.ops import Ops
from tests.e2e.rig import TOKEN, Rig
from tests.e2e.whisul_actions import log_lines, until_logged


async def test_a_bot_without_session_database_or_key_is_not_ready_and_says_so(rig: Rig, ops: Ops) -> None:
    await rig.start(OPS_PORT=ops.port)
    await ops.until_not_ready_for()
    await rig.discord.go_down()
    whys = await ops.until_not_ready_for("gateway")
    assert "no gateway session" in whys["gateway"]
    assert (await ops.get("/healthz"))[0] == 200
    await rig.discord.come_back()
    await ops.until_not_ready_for()
    with locked(rig):
        whys = await ops.until_not_ready_for("database")
        assert whys["database"]
    await ops.until_not_ready_for()
    rig.whisul.api_key = "another"
    await rig.compose()
    whys = await ops.until_not_ready_for("key")
    assert "WHISUL_API_KEY" in whys["key"]
    assert (await ops.figures())["whisul_key_refused"] == 1
    rig.whisul.api_key = DEFAULT_API_KEY
    await ops.until_not_ready_for()


async def test_the_containers_health_check_asks_the_bot(rig: Rig, ops: Ops) -> None:
    async def checked() -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.ops.probe"), env={**os.environ, "OPS_PORT": ops.port}
        )
        return await process.wait()

    assert await checked() == 1
    await rig.start(OPS_PORT=ops.port)
    assert await checked() == 0
    await rig.bot.stop()
    assert await checked() == 1


async def test_a_song_leaves_its_figures_and_nothing_personal(rig: Rig, ops: Ops) -> None:
    await rig.start(OPS_PORT=ops.port)
    await ops.until_not_ready_for()
    order = await ordered(rig, "a prompt for nobody else")
    working = await ops.figures()
    assert working["open_jobs running"] == 1
    assert working["queue_length"] == 0
    assert working["guilds"] == len(rig.discord.world.guilds)
    assert working["gateway_connected"] == working["shard_connected 0"] == working["leads"] == 1
    assert working["shards served"] == working[f"processes {__version__}"] == 1
    assert working["oldest_job_seconds running"] > working["oldest_job_seconds queued"] == 0

    rig.discord.script("message.create", Fault.rate_limit(0.1))
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    await private_answer(rig, await rig.compose("\u200b"))
    done = await ops.figures()
    assert done["open_jobs running"] == 0
    assert done["jobs_settled_total none completed"] == 1
    assert done["detection_delay_seconds_count"] == 1
    assert done["whisul_call_seconds_count submit ok"] == 1
    assert done["whisul_call_seconds_count look ok"] >= 1
    assert done["deliveries_total channel"] == 1
    assert done["refusals_total PromptEmpty"] == 1
    assert done["deliveries_outstanding"] == 0
    limited = [number for name, number in done.items() if name.startswith("discord_rate_limited_total")]
    assert sum(limited) == 1

    _, page = await ops.get("/metrics")
    row = rig.row()
    personal = ("requester_id", "guild_id", "channel_id", "post_message_id", "prompt", "job_id", "title")
    for secret in (TOKEN, DEFAULT_API_KEY, *(str(row[name]) for name in personal)):
        assert secret not in page


async def test_a_crashed_task_is_logged_counted_and_restarted(rig: Rig, ops: Ops) -> None:
    await rig.start(OPS_PORT=ops.port)
    await ops.until_not_ready_for()
    assert (await ops.figures())["task_failures_total delivery"] == 0
    change(rig, "ALTER TABLE jobs RENAME TO elsewhere")
    rig.discord.gateway.invalidate()  # each new session has the outbox and the queue looked at
    await until_logged(rig, "task_crashed")
    change(rig, "ALTER TABLE elsewhere RENAME TO jobs")
    crashed = log_lines(rig, "task_crashed")
    assert {line["task"] for line in crashed} <= {"delivery", "submitter"}
    assert crashed[0]["retry_in_s"] == 1
    assert "no such table" in json.dumps(crashed[0]["exception"])
    figures = await ops.figures()
    assert sum(figures[f"task_failures_total {task}"] for task in ("delivery", "submitter")) >= len(crashed)
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    assert (await ops.get("/healthz"))[0] == 200
