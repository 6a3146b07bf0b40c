"""A thread whose channel the bot was never told of: what it may do there, only Discord knows, so it is tried."""

import pytest

from sandbox.discord import Fault, Permission
from tests.e2e.config_steps import results_in, used
from tests.e2e.rig import Rig, words
from tests.e2e.steps import assert_no_traceback, forbid, ordered
from tests.e2e.test_private_songs import ordered_privately

THREAD = "open jam"


@pytest.fixture
async def rig(rig: Rig) -> Rig:
    """A bot that is told of the thread, and not of its channel."""
    rig.discord.gateway.untold.add(rig.channel("music").id)
    await rig.start()
    return rig


async def test_a_song_is_posted_in_a_thread_whose_channel_is_unknown(rig: Rig) -> None:
    order = await ordered(rig, channel=THREAD)
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts(THREAD)
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert_no_traceback(rig)


async def test_where_discord_refuses_such_a_thread_the_next_way_is_taken(rig: Rig) -> None:
    order = await ordered(rig, channel=THREAD)
    forbid(rig, Permission.SEND_MESSAGES_IN_THREADS, "music")
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    assert (row["rung"], len(rig.direct_messages())) == ("direct_message", 1)


async def test_a_post_in_such_a_thread_is_found_again(rig: Rig) -> None:
    order = await ordered(rig, channel=THREAD)
    rig.discord.posts.nonce_window_s = 0
    rig.discord.script("message.create", Fault.connection_reset(handled=True))
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts(THREAD)
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)


async def test_such_a_thread_can_hold_the_results(rig: Rig) -> None:
    assert "Saved" in words(await results_in(rig, THREAD))
    assert words(await used(rig, "config doctor", {"where": "all"}, channel="general"))
    order = await ordered(rig, channel="general")
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    assert [len(rig.posts(THREAD)), len(rig.posts("general"))] == [1, 0]
    assert_no_traceback(rig)


async def test_a_private_song_is_shared_in_such_a_thread(rig: Rig) -> None:
    order = await ordered_privately(rig, channel=THREAD)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    assert order.asked.answer is not None
    await rig.discord.press(user="ada", message=order.asked.answer, label="Share to #open jam")
    await rig.post(THREAD)
    assert_no_traceback(rig)
