"""Long outages of Discord: a minute without it, a silent gateway, expired tokens."""

import asyncio

import pytest

from sandbox.whisul import failing
from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import post_of, row_of

HEARTBEAT_TIMEOUT_S = 60.0
"""After so long without a word discord.py gives a connection up."""

OUTAGE_S = 60.0
TOKEN_LIFE_S = 15 * 60.0


@pytest.mark.timeout(240)
async def test_songs_finished_in_a_minute_without_discord_are_posted_once(rig: Rig) -> None:
    rig.discord.bot_messages.nonce_window_s = OUTAGE_S / 2
    await rig.start()
    orders = [await ordered(rig, f"song {number}") for number in range(3)]
    await rig.discord.go_down()
    for order in orders:
        rig.whisul.finish(order.job_id)
    await rig.until_all(lambda row: row["state"] == "completed", number=3)
    await asyncio.sleep(OUTAGE_S)
    await rig.discord.come_back()
    # The bot asks more and more rarely.
    await rig.discord.wait_for(lambda: len(rig.posts()) == 3, timeout_s=OUTAGE_S)
    for order in orders:
        await post_of(rig, order.job_id)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=3)
    assert len(rig.posts()) == 3
    assert_no_traceback(rig)


@pytest.mark.timeout(240)
async def test_a_silent_gateway_is_left_and_the_session_resumed(rig: Rig) -> None:
    rig.discord.gateway.heartbeat_interval_s = 2.0
    await rig.start()
    song = await ordered(rig)
    rig.discord.gateway.set_silent(silent=True)
    await rig.discord.wait_for(
        lambda: rig.discord.gateway_closes, timeout_s=3 * HEARTBEAT_TIMEOUT_S, what="the bot to hang up"
    )
    rig.discord.gateway.set_silent(silent=False)
    await rig.discord.wait_for(
        lambda: rig.discord.gateway.resumes or len(rig.discord.identifies) > 1, timeout_s=HEARTBEAT_TIMEOUT_S
    )
    rig.whisul.finish(song.job_id)
    await post_of(rig, song.job_id)
    after = await ordered(rig, "a song afterwards")
    rig.whisul.finish(after.job_id)
    await post_of(rig, after.job_id)
    assert len(rig.posts()) == 2


async def test_an_outcome_after_the_token_expired_is_posted_in_the_channel(
    rig: Rig, wall_clock: WallClock
) -> None:
    await rig.start(**wall_clock.settings, JOB_DEADLINE_S="7200")
    song = await ordered(rig)
    rig.whisul.script("submit", failing(503))
    rig.whisul.script("submit", failing(400, message="No trap here"))
    refused = await rig.compose(channel="general")
    await rig.until(lambda: refused.answer and "I kept your request" in words(refused.answer))
    rig.discord.jump(TOKEN_LIFE_S + 1)
    wall_clock.step(TOKEN_LIFE_S + 1)
    rig.whisul.finish(song.job_id)
    post = await post_of(rig, song.job_id)
    await row_of(rig, song.job_id, "completed")
    assert song.asked.answer is not None
    assert song.asked.answer.content.endswith(f"/{post.channel_id}/{post.id}")
    post = await rig.post("general")
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=2)
    row = rig.rows()[1]
    assert "No trap here" in words(post)
    assert post.pinged_user_ids == [refused.user.id]
    assert (row["state"], row["reason"], row["rung"]) == ("failed", "refused", "channel")
    assert refused.followups == []
