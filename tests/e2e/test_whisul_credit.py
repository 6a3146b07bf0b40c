"""An account at Whisul without credit, later topped up."""

from functools import partial

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.whisul import failing
from tests.e2e.config_actions import used
from tests.e2e.ops import Ops
from tests.e2e.rig import Rig, fields, words
from tests.e2e.whisul_actions import (
    completes,
    log_lines,
    no_credit,
    polls,
    start_and_compose,
    submits,
    until_logged,
)

WAITS = "out of credit"


def _says_that_it_waits(asked: SeenInteraction) -> bool:
    shown = words(asked.answer) if asked.answer else ""
    return WAITS in shown and "Nothing has been spent yet." in shown


def assert_told_to_the_operator_once(rig: Rig) -> None:
    (line,) = log_lines(rig, "whisul_no_credit")
    assert line["level"] == "error"
    assert line["remedy"]
    assert len(log_lines(rig, "whisul_credit_restored")) == 1


async def test_requests_wait_for_credit_and_go_out_by_themselves(rig: Rig, ops: Ops) -> None:
    _, job_id = await start_and_compose(rig, "a song before", OPS_PORT=ops.port)
    rule = rig.whisul.script("submit", no_credit(), times=None)
    asked = [await rig.compose(f"song {number}", user=user) for number, user in enumerate(("ada", "bela"))]
    for each in asked:
        await rig.until(partial(_says_that_it_waits, each))
    # A try is on its way now and then.
    assert any([WAITS in words(await rig.status("#2")) for _ in range(5)])
    assert "out of credit" in fields(await used(rig, "config doctor"))["Whisul"]
    whys = await ops.until_not_ready_for("credit")
    assert "no credit" in whys["credit"]
    assert (await ops.figures())["whisul_no_credit"] == 1
    await completes(rig, job_id)
    await rig.until_whisul(lambda: rule.used >= 3)
    # Each is tried now and then, and back in the queue after that.
    await rig.until_stored(
        lambda _: [row["state"] for row in rig.rows()] == ["completed", "queued", "queued"]
    )
    rig.whisul.clear_script()
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 3)
    for submit in rig.whisul.submits:
        await completes(rig, submit.job_id)
    assert len(rig.posts()) == 3
    await ops.until_not_ready_for()
    assert (await ops.figures())["whisul_no_credit"] == 0
    assert_told_to_the_operator_once(rig)


async def test_while_there_is_no_credit_only_one_request_in_a_while_is_sent(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="60")
    rig.whisul.script("submit", no_credit(), times=None)
    await rig.compose("one")
    await until_logged(rig, "whisul_no_credit")
    for number in range(3):
        asked = await rig.compose(f"more {number}", user="bela")
        await rig.until(partial(_says_that_it_waits, asked))
    assert len(submits(rig)) == 1


async def test_missing_credit_at_a_poll_holds_the_queue_and_loses_no_song(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, JOB_DEADLINE_S="1")
    rig.whisul.script("poll", no_credit(), times=None)
    await until_logged(rig, "whisul_no_credit")
    deadline = polls(rig)[0].at + 1.5
    await rig.until_whisul(lambda: polls(rig)[-1].at > deadline)
    assert rig.row()["state"] == "running"
    rig.whisul.clear_script()
    await completes(rig, job_id)
    assert len(log_lines(rig, "whisul_no_credit")) == 1


async def test_a_refused_prompt_does_not_restore_credit(ready: Rig) -> None:
    ready.whisul.script("submit", no_credit(), times=1)
    ready.whisul.script("submit", failing(400), times=1)
    first = await ready.compose("one")
    await until_logged(ready, "whisul_no_credit")
    second = await ready.compose("two", user="bela")
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 1)
    await ready.until(lambda: len(first.followups) + len(second.followups) == 1)
    await completes(ready, ready.whisul.submits[0].job_id)
    assert_told_to_the_operator_once(ready)
