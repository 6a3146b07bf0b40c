"""A machine whose clock is not Discord's: minutes ahead of it or behind, from the start or all at once."""

import asyncio

import pytest

from sandbox.whisul import failing
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import PATIENCE_S, Rig, embed, words
from tests.e2e.steps import assert_no_traceback, ordered, private_answer
from tests.e2e.test_private_songs import assert_nobody_else_saw, ordered_privately, own_answer

SKEW_S = 20 * 60.0
SKEWS = pytest.mark.parametrize("skew_s", [SKEW_S, -SKEW_S], ids=["ahead", "behind"])
STEPS = pytest.mark.parametrize("step_s", [SKEW_S, -SKEW_S], ids=["forward", "back"])


async def started_off_by(rig: Rig, wall_clock: WallClock, skew_s: float) -> None:
    wall_clock.step(skew_s)
    await rig.start(**wall_clock.settings)


@SKEWS
async def test_cards_are_drawn_by_a_bot_whose_clock_is_off(
    rig: Rig, wall_clock: WallClock, skew_s: float
) -> None:
    await started_off_by(rig, wall_clock, skew_s)
    song = await ordered(rig)
    rig.whisul.finish(song.job_id)
    await rig.settled("completed")
    assert_no_traceback(rig)


@SKEWS
async def test_a_refusal_stays_private_though_the_clock_is_off(
    rig: Rig, wall_clock: WallClock, skew_s: float
) -> None:
    rig.whisul.script("submit", failing(400, message="No trap here"))
    await started_off_by(rig, wall_clock, skew_s)
    asked = await rig.compose("a prompt that nobody else may read")
    assert "No trap here" in words(await private_answer(rig, asked))
    assert (await rig.settled("failed"))["rung"] == "interaction"
    assert rig.posts() == []


@SKEWS
async def test_a_private_song_comes_as_its_answer_though_the_clock_is_off(
    rig: Rig, wall_clock: WallClock, skew_s: float
) -> None:
    await started_off_by(rig, wall_clock, skew_s)
    order = await ordered_privately(rig)
    rig.whisul.finish(order.job_id)
    assert (await rig.settled("completed"))["rung"] == "interaction"
    assert embed(own_answer(order.asked))["title"] == "Midnight Grid"
    assert_nobody_else_saw(rig)


@STEPS
async def test_a_clock_that_steps_while_a_song_is_made_keeps_its_token(
    rig: Rig, wall_clock: WallClock, step_s: float
) -> None:
    await rig.start(**wall_clock.settings)
    order = await ordered_privately(rig)
    wall_clock.step(step_s)
    rig.whisul.finish(order.job_id)
    assert (await rig.settled("completed"))["rung"] == "interaction"
    assert embed(own_answer(order.asked))["title"] == "Midnight Grid"


async def test_a_token_outlives_a_restart_of_a_bot_whose_clock_is_ahead(
    rig: Rig, wall_clock: WallClock
) -> None:
    await started_off_by(rig, wall_clock, SKEW_S)
    order = await ordered_privately(rig)
    await rig.bot.kill()
    rig.whisul.finish(order.job_id)
    await rig.start()
    assert (await rig.settled("completed"))["rung"] == "interaction"


async def test_a_broken_promise_is_told_though_the_clock_is_ahead(rig: Rig, wall_clock: WallClock) -> None:
    await started_off_by(rig, wall_clock, SKEW_S)
    acknowledged = asyncio.Event()

    async def kill(kind: str, phase: str) -> None:
        if (kind, phase) == ("callback", "handled") and not acknowledged.is_set():
            acknowledged.set()
            await rig.bot.kill()

    rig.discord.on_request(kill)
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "a trap song"}
    )
    await asyncio.wait_for(acknowledged.wait(), PATIENCE_S)
    await rig.bot.process.wait()
    await rig.start()
    answer = await rig.until(lambda: asked.answer)
    assert "Nothing was spent" in words(answer)


@SKEWS
async def test_a_clock_that_is_off_is_told_to_the_operator_once(
    rig: Rig, wall_clock: WallClock, skew_s: float
) -> None:
    await started_off_by(rig, wall_clock, skew_s)
    for _ in range(3):
        await ordered(rig)
    assert rig.bot.log.count("clock_is_off") == 1
    assert "ahead" in rig.bot.log if skew_s > 0 else "behind" in rig.bot.log


async def test_a_clock_that_is_right_is_no_news(rig: Rig, wall_clock: WallClock) -> None:
    await started_off_by(rig, wall_clock, 30)
    await ordered(rig)
    assert "clock_is_off" not in rig.bot.log
