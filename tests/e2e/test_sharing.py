"""Requesters share their songs: one post per intended press, and only by them."""

import asyncio

from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Message
from tests.e2e.actions import (
    Order,
    assert_no_traceback,
    forbid,
    killed_at,
    ordered,
    private_answer,
    started_again,
)
from tests.e2e.press_actions import buttons, forge
from tests.e2e.rig import Rig, embed, words
from tests.e2e.test_private_songs import ordered_privately, own_answer
from tests.e2e.whisul_actions import row_of

SHARE = "share"
POST_HERE = "post-here"
DETAILS = {"details": "Details"}


async def a_private_song(rig: Rig) -> Order:
    order = await ordered_privately(rig)
    rig.whisul.finish(order.job_id)
    await row_of(rig, order.job_id, "completed")
    return order


async def a_song(rig: Rig) -> Order:
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await row_of(rig, order.job_id, "completed")
    return order


async def pressed(rig: Rig, message: Message, control: str, *, user: str = "ada") -> Message:
    """Press a button of the newest job; returns what was answered."""
    press = await rig.discord.press(user=user, message=message, custom_id=of_job(rig, control))
    return await private_answer(rig, press)


def of_job(rig: Rig, control: str) -> str:
    """The custom ID of a button that is about the newest job."""
    return f"{control}:{rig.rows()[-1]['key']}"


def link_to(rig: Rig, post: Message) -> str:
    guild_id = rig.discord.world.channels[post.channel_id].guild_id
    return f"https://discord.com/channels/{guild_id}/{post.channel_id}/{post.id}"


async def test_a_private_song_is_shared_once_however_often_it_is_pressed(ready: Rig) -> None:
    order = await a_private_song(ready)
    answer = own_answer(order.asked)
    assert buttons(answer)[SHARE] == "Share in #music"
    told = await asyncio.gather(*(pressed(ready, answer, SHARE) for _ in range(2)))
    told.append(await pressed(ready, answer, SHARE))
    (post,) = ready.posts()
    assert [link_to(ready, post) in words(each) for each in told] == [True] * 3
    assert len(ready.discord.requests_of("message.create")) == 1
    assert embed(post)["title"] == "Midnight Grid"
    assert [file.filename for file in post.attachments] == ["midnight-grid.mp3"]
    assert post.pinged_user_ids == []
    row = ready.row()
    assert (row["is_private"], row["rung"]) == (0, "channel")
    assert (row["post_channel_id"], row["post_message_id"]) == (post.channel_id, post.id)
    assert "Midnight Grid" in words(await ready.status(order.short_id, user="dana"))


async def test_job_status_offers_the_requester_to_share_anywhere_in_the_server(ready: Rig) -> None:
    order = await a_private_song(ready)
    elsewhere = await ready.status(order.short_id, channel="lobby")
    assert SHARE not in buttons(elsewhere)
    answer = await ready.status(order.short_id, channel="general")
    assert buttons(answer) == {SHARE: "Share in #music"} | DETAILS
    await pressed(ready, answer, SHARE)
    assert len(ready.posts("music")) == 1
    assert ready.posts("general") == []


async def test_a_share_that_was_killed_is_completed_once_by_the_next_press(ready: Rig) -> None:
    ready.discord.bot_messages.nonce_window_s = -1
    for number, phase in enumerate(("before", "handled"), start=1):
        answer = own_answer((await a_private_song(ready)).asked)
        ended = killed_at(ready, "message.create", phase)
        await ready.discord.press(user="ada", message=answer, custom_id=of_job(ready, SHARE))
        await ended()
        assert len(ready.posts()) == (number if phase == "handled" else number - 1)
        assert ready.rows()[-1]["is_private"] == 1, phase
        await started_again(ready)
        told = await pressed(ready, answer, SHARE)
        *_, post = ready.posts()
        assert len(ready.posts()) == number, phase
        assert link_to(ready, post) in words(told), phase
        assert (ready.rows()[-1]["is_private"], ready.rows()[-1]["post_message_id"]) == (0, post.id), phase


async def test_a_share_that_cannot_be_made_or_looked_for_is_made_once_it_can(ready: Rig) -> None:
    order = await a_private_song(ready)
    answer = own_answer(order.asked)
    forbid(ready, Permission.SEND_MESSAGES)
    assert "**Send Messages**" in words(await pressed(ready, answer, SHARE))
    assert (ready.posts(), ready.row()["is_private"]) == ([], 1)
    ready.discord.world.allow("music", ready.discord.world.bot, Permission.SEND_MESSAGES)
    ready.discord.script("message.create", Fault.error(503, handled=True))
    ready.discord.script("history", Fault.error(503))
    assert "I don't know whether Discord posted the song" in words(await pressed(ready, answer, SHARE))
    assert ready.row()["is_private"] == 1
    await pressed(ready, answer, SHARE)
    assert len(ready.posts()) == 1
    assert ready.row()["is_private"] == 0


async def test_who_may_not_write_in_the_channel_cannot_have_the_bot_write_there(ready: Rig) -> None:
    order = await ordered_privately(ready, user="dana")
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    ready.discord.world.deny("music", "dana", Permission.SEND_MESSAGES)
    here = await pressed(ready, own_answer(order.asked), SHARE, user="dana")
    answer = await ready.status(order.short_id, user="dana", channel="general")
    elsewhere = await pressed(ready, answer, SHARE, user="dana")
    for told in (here, elsewhere):
        assert "you don't seem to have permission to write" in words(told)
    assert (ready.posts(), ready.row()["is_private"]) == ([], 1)


async def test_forged_presses_post_nothing_and_tell_strangers_nothing(ready: Rig) -> None:
    await a_private_song(ready)
    unknown = words(await private_answer(ready, forge(ready, "share:999999", user="dana", channel="music")))
    for custom_id in (of_job(ready, SHARE), of_job(ready, POST_HERE), "post-here:999999"):
        press = forge(ready, custom_id, user="dana", channel="music")
        assert words(await private_answer(ready, press)) == unknown
    # Neither can the requester's own forged press post what is private.
    press = forge(ready, of_job(ready, POST_HERE), user="ada", channel="general")
    assert "isn't a finished song" in words(await private_answer(ready, press))
    elsewhere = forge(ready, of_job(ready, SHARE), user="ada", channel="lobby")
    assert "don't seem to have permission to write" in words(await private_answer(ready, elsewhere))
    assert ready.posts("general") == ready.posts("lobby") == ready.posts("music") == []
    assert ready.row()["is_private"] == 1
    assert_no_traceback(ready)


async def test_an_own_finished_song_alone_is_posted_once_where_it_is_looked_up(ready: Rig) -> None:
    order = await ordered(ready)
    assert buttons(await ready.status(order.short_id)) == DETAILS
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    private = ready.discord.world.open_dm("ada")
    assert buttons(await ready.status(order.short_id, channel=private)) == DETAILS
    press = forge(ready, of_job(ready, POST_HERE), user="ada", channel=private)
    assert "in the channels of a server" in words(await private_answer(ready, press))
    answer = await ready.status(order.short_id, user="dana", channel="general")
    assert "Midnight Grid" in words(answer)
    assert buttons(answer) == DETAILS
    press = forge(ready, of_job(ready, POST_HERE), user="dana", channel="general")
    assert "isn't a finished song of yours" in words(await private_answer(ready, press))
    assert ready.posts("general") == []

    answer = await ready.status(order.short_id, channel="general")
    assert buttons(answer) == {POST_HERE: "Post here"} | DETAILS
    told = await asyncio.gather(*(pressed(ready, answer, POST_HERE) for _ in range(2)))
    await ready.bot.stop()
    await ready.start()
    told.append(await pressed(ready, answer, POST_HERE))
    (post,) = ready.posts("general")
    assert [link_to(ready, post) in words(each) for each in told] == [True] * 3
    assert [file.filename for file in post.attachments] == ["midnight-grid.mp3"]
    assert post.pinged_user_ids == []
    assert ready.row()["post_channel_id"] == ready.channel("music").id


async def test_post_here_asks_for_the_permissions_of_the_bot_and_of_who_presses(ready: Rig) -> None:
    order = await ordered(ready, user="dana")
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    answer = await ready.status(order.short_id, user="dana", channel="general")
    ready.discord.world.deny("general", "dana", Permission.SEND_MESSAGES)
    assert "you don't seem to have permission to write" in words(
        await pressed(ready, answer, POST_HERE, user="dana")
    )
    forbid(ready, Permission.EMBED_LINKS, "general")
    assert "**Embed Links**" in words(await pressed(ready, answer, POST_HERE, user="dana"))
    assert ready.posts("general") == []
