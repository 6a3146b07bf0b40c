"""The log: one line for each change of a job's state, with the IDs that identify the job."""

import asyncio
import os
import pty
from pathlib import Path
from typing import Any

import pytest

from sandbox.whisul import Silence, failing
from tests.e2e.actions import ordered
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.press_actions import press
from tests.e2e.rig import PATIENCE_S, Rig
from tests.e2e.whisul_actions import all_lines, until_logged

PROMPT = "nightingales over a silent harbour"
SUBMITTED = ["job_queued queued", "job_submitting submitting", "job_accepted running"]
POSTED = ["job_posting posting", "job_delivered delivered"]


async def on_a_terminal(rig: Rig, **settings: str) -> str:
    """What a bot that cannot start writes when a person watches."""
    ours, theirs = pty.openpty()
    rig.database.parent.mkdir()
    rig.database.write_bytes(b"this is no database" * 100)
    settings = rig.bot.settings | {"TERM": "xterm"} | settings
    bot = ForkedBot(settings, folder=rig.database.parents[1], log_file=Path(os.ttyname(theirs)))
    await bot.start()
    await asyncio.wait_for(bot.process.wait(), PATIENCE_S)
    os.close(theirs)
    seen = os.read(ours, 100_000).decode()
    os.close(ours)
    return seen


@pytest.mark.parametrize(("form", "is_coloured"), [("auto", True), ("json", False)])
async def test_people_get_colours_and_machines_json(rig: Rig, form: str, *, is_coloured: bool) -> None:
    seen = await on_a_terminal(rig, LOG_FORMAT=form)
    first = seen.splitlines()[0]
    assert "setting_unwise" in first
    assert ("\x1b[" in first, first.startswith("{")) == (is_coloured, not is_coloured)


def job_lines(rig: Rig) -> list[dict[str, Any]]:
    """The lines that are about a job."""
    return [line for line in all_lines(rig) if "job" in line]


def changes(rig: Rig) -> list[str]:
    """Each line with a state or delivery, by event and value."""
    return [
        f"{line['event']} {line.get('state') or line.get('delivery')}"
        for line in job_lines(rig)
        if "state" in line or "delivery" in line
    ]


async def test_a_song_logs_one_line_for_each_state_and_all_name_the_song(rig: Rig) -> None:
    await rig.start()
    await until_logged(rig, "discord_ready")
    order = await ordered(rig, PROMPT)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    await rig.bot.stop()
    events = [line["event"] for line in all_lines(rig)]
    meanwhile = all_lines(rig)[events.index("job_queued") : events.index("stopping")]
    assert [line for line in meanwhile if "job" not in line] == []
    assert changes(rig) == [*SUBMITTED, "job_settled completed", *POSTED]
    row, named = rig.row(), order.asked
    assert [line["job"] for line in job_lines(rig)].count("#1") >= 2
    assert {line["job"] for line in job_lines(rig)} == {"#1", order.short_id}
    for line in job_lines(rig):
        assert line["job_key"] == row["key"]
        assert (line["guild_id"], line["channel_id"]) == (row["guild_id"], row["channel_id"])
        assert line["requester_id"] == int(named.user.id)
    assert PROMPT not in rig.bot.log


async def test_prompts_stand_in_the_log_where_the_operator_asks_for_it(rig: Rig) -> None:
    await rig.start(LOG_PROMPTS="true")
    await ordered(rig, PROMPT)
    assert {line["prompt"] for line in job_lines(rig)} == {PROMPT}
    assert "LOG_PROMPTS is on" in rig.bot.log


@pytest.mark.parametrize(
    ("trouble", "state", "told"),
    [
        (failing(400), "failed", ["job_settled failed", *POSTED]),
        (failing(503), "running", ["job_requeued queued", *SUBMITTED[1:]]),
    ],
    ids=["refused", "put back"],
)
async def test_other_ways_leave_one_line_for_each_state_too(
    rig: Rig, trouble: Any, state: str, told: list[str]
) -> None:
    rig.whisul.script("submit", trouble)
    await rig.start()
    await rig.compose(PROMPT)
    delivery = "delivered" if state == "failed" else "none"
    await rig.settled(state, delivery=delivery)
    await rig.bot.stop()
    assert changes(rig) == [*SUBMITTED[:2], *told]
    assert {line["level"] for line in job_lines(rig)} <= {"debug", "info"}


async def test_a_song_possibly_paid_for_in_vain_is_a_warning_with_a_remedy(rig: Rig) -> None:
    rig.whisul.script("submit", Silence(when="after"))
    await rig.start()
    await rig.compose()
    await rig.until_stored(lambda row: row["state"] == "submitting")
    await until_logged(rig, "job_submitting")  # which follows the row
    await rig.bot.kill()
    await rig.bot.start()
    await rig.settled("unknown")
    await rig.bot.stop()
    assert changes(rig) == [*SUBMITTED[:2], "job_settled unknown", *POSTED]
    (warning,) = [line for line in job_lines(rig) if line["level"] == "warning"]
    assert (warning["event"], warning["reason"]) == ("job_settled", "no_answer")
    assert "Whisul's own list" in warning["remedy"]


async def test_a_request_that_is_taken_back_leaves_one_line(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    assert order.asked.answer
    await press(rig, "stop", order.asked.answer)
    await rig.until_stored(lambda row: row["state"] == "detached")
    rig.whisul.finish(order.job_id)
    await rig.settled("completed", delivery="none")
    await rig.bot.stop()
    assert changes(rig) == [*SUBMITTED, "job_stopped detached", "job_settled completed"]
