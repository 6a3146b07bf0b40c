"""A machine whose clock differs from Discord's by minutes, constantly or after a step."""

import pytest

from sandbox.discord import Fault
from sandbox.whisul import failing
from tests.e2e.actions import Order, assert_no_traceback, killed_at, ordered, private_answer
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import Rig, embed, words
from tests.e2e.test_private_songs import ordered_privately, own_answer
from tests.e2e.whisul_actions import completes, row_of

SKEW_S = 20 * 60.0
RIGHT_ENOUGH_S = 30.0


@pytest.mark.parametrize("skew_s", [SKEW_S, -SKEW_S], ids=["ahead", "behind"])
async def test_a_bot_whose_clock_is_off_works_and_says_so_once(
    rig: Rig, wall_clock: WallClock, skew_s: float
) -> None:
    rig.discord.bot_messages.nonce_window_s = -1
    wall_clock.step(skew_s)
    await rig.start(**wall_clock.settings)
    await is_posted_once_though_the_answer_is_lost(rig)
    await is_refused_in_private(rig)
    await comes_as_its_answer(rig, await ordered_privately(rig, user="dana", channel="general"))
    in_the_making = await ordered_privately(rig, user="dana", channel="general")
    wall_clock.step(-skew_s)
    await comes_as_its_answer(rig, in_the_making)
    assert rig.bot.log.count("clock_is_off") == 1
    assert "ahead" in rig.bot.log if skew_s > 0 else "behind" in rig.bot.log
    assert_no_traceback(rig)


async def is_posted_once_though_the_answer_is_lost(rig: Rig) -> None:
    song = await ordered(rig)
    rig.discord.script("message.create", Fault.error(503, handled=True))
    await completes(rig, song.job_id)
    assert len(rig.posts()) == 1


async def is_refused_in_private(rig: Rig) -> None:
    rig.whisul.script("submit", failing(400, message="No trap here"))
    asked = await rig.compose("a prompt that nobody else may read", channel="general")
    assert "No trap here" in words(await private_answer(rig, asked))
    await rig.until_stored(lambda row: (row["state"], row["rung"]) == ("failed", "interaction"))
    assert rig.posts("general") == []


async def comes_as_its_answer(rig: Rig, order: Order) -> None:
    rig.whisul.finish(order.job_id)
    assert (await row_of(rig, order.job_id, "completed"))["rung"] == "interaction"
    assert embed(own_answer(order.asked))["title"] == order.job.song.title
    assert [message for message in rig.discord.messages("general") if not message.ephemeral] == []


async def test_tokens_outlive_a_restart_of_a_bot_whose_clock_is_ahead(
    rig: Rig, wall_clock: WallClock
) -> None:
    wall_clock.step(RIGHT_ENOUGH_S)
    await rig.start(**wall_clock.settings)
    await ordered(rig)
    assert "clock_is_off" not in rig.bot.log
    wall_clock.step(SKEW_S)
    order = await ordered_privately(rig, user="dana", channel="general")
    ended = killed_at(rig, "callback", "handled")
    promised = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "a trap song"}
    )
    await ended()
    await rig.start()
    await comes_as_its_answer(rig, order)
    answer = await rig.until(lambda: promised.answer)
    assert "Nothing was spent" in words(answer)
