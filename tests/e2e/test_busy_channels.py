"""A post of unknown outcome in a busy channel is found, or nothing is posted there again."""

from bot.delivery.sending import MAX_SEARCHED
from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Channel
from tests.e2e.actions import forbid, killed_at, ordered
from tests.e2e.outside_world import WallClock
from tests.e2e.rig import Rig
from tests.e2e.test_private_songs import own_answer
from tests.e2e.test_restart import killed_at_discord
from tests.e2e.test_sharing import SHARE, a_private_song, pressed
from tests.e2e.whisul_actions import row_of

LOST = Fault.error(503, handled=True)
A_PAGE = 100
"""Messages that Discord returns for one request."""


def chatter(rig: Rig, messages: int, channel: str | Channel = "music") -> None:
    """So much is said in a channel by others."""
    for number in range(messages):
        rig.discord.world.say("dana", channel, f"message {number}")


async def test_a_post_is_found_after_many_later_messages(rig: Rig) -> None:
    rig.discord.bot_messages.nonce_window_s = -1
    await rig.start()
    order, direct = await ordered(rig), await ordered(rig, user="dana", channel="general")
    chatter(rig, A_PAGE + 20)
    forbid(rig, Permission.SEND_MESSAGES, "general")
    chatter(rig, A_PAGE + 20, rig.discord.world.open_dm("dana"))
    for kind in ("message.create", "dm.message"):
        rig.discord.script(kind, LOST)
    for each in (order, direct):
        rig.whisul.finish(each.job_id)
    rows = [await row_of(rig, each.job_id, "completed") for each in (order, direct)]
    assert [each.id for each in (*rig.posts(), *rig.direct_messages("dana"))] == [
        row["post_message_id"] for row in rows
    ]


async def test_a_post_is_found_after_many_messages_before_the_restart(rig: Rig) -> None:
    await killed_at_discord(rig, "message.create", "handled")
    chatter(rig, 2 * A_PAGE + 20)
    rig.discord.jump(3600)
    await rig.start()
    row = await rig.settled("completed")
    assert [post.id for post in rig.posts()] == [row["post_message_id"]]


async def test_a_share_is_found_after_many_messages(ready: Rig) -> None:
    order = await a_private_song(ready)
    ready.discord.bot_messages.nonce_window_s = -1
    chatter(ready, A_PAGE + 20)
    ready.discord.script("message.create", LOST)
    await pressed(ready, own_answer(order.asked), SHARE)
    assert len(ready.posts()) == 1
    assert not ready.row()["is_private"]


async def test_a_history_too_long_to_search_prevents_a_second_post(rig: Rig) -> None:
    await killed_at_discord(rig, "message.create", "before")
    chatter(rig, MAX_SEARCHED + 1)
    rig.discord.jump(3600)
    await rig.start()
    row = await rig.settled("completed")
    assert (row["rung"], rig.posts()) == ("direct_message", [])


async def test_a_clock_that_steps_back_does_not_extend_the_nonce_window(
    rig: Rig, wall_clock: WallClock
) -> None:
    await rig.start(**wall_clock.settings)
    order = await ordered(rig)
    ended = killed_at(rig, "message.create", "handled")
    rig.whisul.finish(order.job_id)
    await ended()
    rig.discord.jump(3600)
    wall_clock.step(-7200)
    forbid(rig, Permission.READ_MESSAGE_HISTORY)
    await rig.start(**wall_clock.settings)
    row = await rig.settled("completed")
    assert (len(rig.posts()), row["rung"]) == (1, "direct_message")
