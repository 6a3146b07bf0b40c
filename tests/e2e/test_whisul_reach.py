"""A Whisul that is hard to reach: no such host, no answer at all, an answer by drops, and a job that vanishes late."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.whisul import Behaviour, Drip, Silence, failing, rate_limited
from tests.e2e.rig import Rig, fields, words
from tests.e2e.whisul_days import (
    completes,
    compose_all,
    polls,
    post_of,
    row_of,
    start_and_compose,
    submits,
    until_logged,
)

NO_SUCH_HOST = "https://whisul.invalid/api"
LONGEST_SILENCE_S = 30.0
"""So long the bot waits for a word from Whisul within one request."""


async def test_a_host_name_that_nobody_knows_keeps_the_request_until_it_is_known(rig: Rig) -> None:
    await rig.start(WHISUL_API_URL=NO_SUCH_HOST)
    asked = await rig.compose("a song")
    await rig.until(lambda: asked.answer and "out of reach" in words(asked.answer))
    assert asked.answer is not None
    assert "Nothing has been spent yet." in words(asked.answer)
    assert rig.row()["state"] == "queued"
    assert await rig.bot.stop() == 0
    await rig.start(WHISUL_API_URL=rig.whisul.url)
    await rig.until_whisul(lambda: rig.whisul.submits)
    await completes(rig, rig.whisul.submits[0].job_id)
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_a_job_is_kept_while_nobody_knows_the_host_name(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    assert await rig.bot.stop() == 0
    await rig.bot.start(WHISUL_API_URL=NO_SUCH_HOST)
    await until_logged(rig, "look_failed")
    assert rig.row()["state"] == "running"
    assert await rig.bot.stop() == 0
    await rig.start(WHISUL_API_URL=rig.whisul.url)
    await completes(rig, job_id)
    assert len(submits(rig)) == 1


async def test_a_job_is_kept_while_whisul_refuses_connections(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    port = int(rig.whisul.media_host.rpartition(":")[2])
    await rig.whisul.stop()
    await until_logged(rig, "look_failed")
    assert rig.row()["state"] == "running"
    await rig.whisul.start(port=port)
    await completes(rig, job_id)
    assert len(submits(rig)) == 1


async def test_a_submit_and_a_look_that_are_never_answered_hold_nobody_up(rig: Rig) -> None:
    await rig.start()
    jobs = await compose_all(rig, ["a song that nobody speaks of", "another song"])
    silent = jobs["a song that nobody speaks of"]
    rig.whisul.script("poll", Silence(), job_id=silent)
    rig.whisul.script("submit", Silence())
    await rig.compose("a song without an answer", user="bela")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 3)
    await completes(rig, jobs["another song"])
    rig.whisul.finish(silent)
    await rig.discord.wait_for(lambda: len(rig.posts()) == 3, timeout_s=2 * LONGEST_SILENCE_S)
    await row_of(rig, silent, "completed")
    await rig.until_stored(lambda row: row["state"] == "unknown" and row["delivery"] == "delivered")
    assert len([post for post in rig.posts() if "No answer" in words(post)]) == 1
    assert len(submits(rig)) == 3


async def test_an_acceptance_that_drips_is_still_an_acceptance(rig: Rig) -> None:
    rig.whisul.script("submit", Drip(chunk_bytes=16, pause_s=0.02))
    _, job_id = await start_and_compose(rig)
    await completes(rig, job_id)
    assert len(submits(rig)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda: failing(408), id="408"),
        pytest.param(lambda: failing(425), id="425"),
        pytest.param(lambda: rate_limited(datetime.now(UTC) + timedelta(seconds=2)), id="429 with a date"),
        pytest.param(rate_limited, id="429 alone"),
    ],
)
async def test_a_look_that_is_put_off_costs_nobody_the_song(rig: Rig, fault: Callable[[], Behaviour]) -> None:
    _, job_id = await start_and_compose(rig)
    rule = rig.whisul.script("poll", fault())
    await rig.until_whisul(lambda: rule.is_over)
    await completes(rig, job_id)
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_a_job_that_vanishes_late_is_given_up_after_the_grace_and_not_before(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, JOB_NOT_FOUND_GRACE_S="1")
    await rig.until_whisul(lambda: len(polls(rig)) >= 10)
    vanished_at = polls(rig)[-1].at
    rig.whisul.expire(job_id)
    post = await rig.post()
    row = await rig.settled("expired")
    assert row["reason"] == "vanished"
    assert polls(rig)[-1].at - vanished_at >= 1.0
    assert fields(post)["Cost"]
    assert await post_of(rig, job_id) == post
