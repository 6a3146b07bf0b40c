"""A thread whose parent channel is not cached: its permissions are unknown, so posting is tried."""

import pytest_asyncio

from sandbox.discord import Fault, Permission
from tests.e2e.actions import assert_no_traceback, forbid, ordered
from tests.e2e.config_actions import results_in, used
from tests.e2e.rig import Rig, words
from tests.e2e.test_private_songs import ordered_privately
from tests.e2e.whisul_actions import row_of

THREAD = "open jam"


@pytest_asyncio.fixture(loop_scope="session")
async def ready(ready: Rig) -> Rig:
    """A bot that gets the thread from the gateway, but not its parent channel."""
    world = ready.discord.world
    world.remove_bot("Night Owls")
    world.set_system_channel("Night Owls", None)
    ready.discord.gateway.hidden_channel_ids.add(ready.channel("music").id)
    world.add_bot("Night Owls")
    return ready


async def test_songs_are_posted_and_shared_in_a_thread_of_an_unknown_channel(ready: Rig) -> None:
    order = await ordered(ready, channel=THREAD)
    ready.discord.bot_messages.nonce_window_s = 0
    ready.discord.script("message.create", Fault.connection_reset(handled=True))
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    (post,) = ready.posts(THREAD)
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    order = await ordered_privately(ready, channel=THREAD)
    ready.whisul.finish(order.job_id)
    await row_of(ready, order.job_id, "completed")
    assert order.asked.answer is not None
    await ready.discord.press(user="ada", message=order.asked.answer, label="Share in #open jam")
    await ready.post(THREAD, number=2)
    assert "Saved" in words(await results_in(ready, THREAD))
    assert words(await used(ready, "config doctor", {"where": "all"}, channel="general"))
    order = await ordered(ready, channel="general")
    ready.whisul.finish(order.job_id)
    await row_of(ready, order.job_id, "completed")
    assert [len(ready.posts(THREAD)), len(ready.posts("general"))] == [3, 0]
    assert_no_traceback(ready)


async def test_where_discord_refuses_such_a_thread_the_next_route_is_taken(ready: Rig) -> None:
    order = await ordered(ready, channel=THREAD)
    forbid(ready, Permission.SEND_MESSAGES_IN_THREADS, "music")
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    assert (row["rung"], len(ready.direct_messages())) == ("direct_message", 1)
