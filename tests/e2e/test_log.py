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


async def test_a_song_logs_one_line_for_each_state_and_all_name_the_song(ready: Rig) -> None:
    await until_logged(ready, "discord_ready")
    order = await ordered(ready, PROMPT)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    await ready.bot.stop()
    events = [line["event"] for line in all_lines(ready)]
    meanwhile = all_lines(ready)[events.index("job_queued") : events.index("stopping")]
    assert [line for line in meanwhile if "job" not in line] == []
    assert changes(ready) == [*SUBMITTED, "job_settled completed", *POSTED]
    row, named = ready.row(), order.asked
    assert [line["job"] for line in job_lines(ready)].count("#1") >= 2
    assert {line["job"] for line in job_lines(ready)} == {"#1", order.short_id}
    for line in job_lines(ready):
        assert line["job_key"] == row["key"]
        assert (line["guild_id"], line["channel_id"]) == (row["guild_id"], row["channel_id"])
        assert line["requester_id"] == int(named.user.id)
    assert PROMPT not in ready.bot.log


async def test_prompts_stand_in_the_log_where_the_operator_asks_for_it(rig: Rig) -> None:
    await rig.start(LOG_PROMPTS="true")
    await ordered(rig, PROMPT)
    assert {line["prompt"] for line in job_lines(rig)} == {PROMPT}
    assert "LOG_PROMPTS is on" in rig.bot.log


async def test_a_refused_and_a_requeued_job_leave_one_line_for_each_state(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400))
    await ready.compose(PROMPT)
    await ready.settled("failed")
    await until_logged(ready, "job_delivered")  # which follows the row
    refused = [*SUBMITTED[:2], "job_settled failed", *POSTED]
    assert changes(ready) == refused
    ready.whisul.script("submit", failing(503))
    order = await ordered(ready, PROMPT)
    assert order.asked.answer
    await press(ready, "stop", order.asked.answer)
    await ready.until_stored(lambda row: row["state"] == "detached")
    ready.whisul.finish(order.job_id)
    await ready.until_stored(lambda row: row["state"] == "completed")
    await ready.bot.stop()
    stopped = ["job_stopped detached", "job_settled completed"]
    assert changes(ready) == [*refused, *SUBMITTED[:2], "job_requeued queued", *SUBMITTED[1:], *stopped]
    assert {line["level"] for line in job_lines(ready)} <= {"debug", "info"}


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
