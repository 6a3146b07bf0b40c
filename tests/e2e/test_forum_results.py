"""A forum as the channel for results: each song is a post with a title and tags, made once."""

import pytest

from sandbox.discord import Fault, Permission
from sandbox.discord.rest import content_filters
from sandbox.discord.world.model import Channel, ChannelType, Message
from tests.e2e.actions import Order, assert_no_traceback, killed_at, ordered
from tests.e2e.config_actions import results_in, used
from tests.e2e.factories import press
from tests.e2e.rig import Rig, fields, words

OWLS = "Night Owls"


@pytest.fixture
def board(rig: Rig) -> Channel:
    return rig.discord.world.add_channel(OWLS, "board", kind=ChannelType.FORUM)


def made_in(rig: Rig, forum: Channel) -> list[tuple[Channel, list[Message]]]:
    """The posts of a forum, each with its messages."""
    posts = [each for each in rig.discord.world.channels.values() if each.parent_id == forum.id]
    return [(thread, rig.posts(thread)) for thread in posts]


async def finished(rig: Rig, order: Order) -> dict[str, object]:
    rig.whisul.finish(order.job_id)
    await rig.until_stored(lambda row: (row["job_id"], row["delivery"]) == (order.job_id, "delivered"))
    (row,) = [row for row in rig.rows() if row["job_id"] == order.job_id]
    return row


@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.MEDIA])
async def test_each_song_is_a_post_with_its_title_and_the_tags_that_fit(rig: Rig, kind: ChannelType) -> None:
    world = rig.discord.world
    forum = world.add_channel(OWLS, "board", kind=kind)
    world.require_tag(forum)
    world.add_tag(forum, "official", moderated=True)
    tags = [world.add_tag(forum, name) for name in ("songs", "Trap")]
    await rig.start()
    assert "Saved" in words(await results_in(rig, "board"))
    assert "each is a new post in" in fields(await used(rig, "config show"))["Finished songs"]
    assert "Everything works" in words(await used(rig, "config doctor"))
    order = await ordered(rig)
    row = await finished(rig, order)
    ((thread, (message,)),) = made_in(rig, forum)
    assert (thread.name, thread.applied_tag_ids) == ("Midnight Grid", [tags[1].id])
    assert (
        (row["post_channel_id"], row["post_message_id"]) == (thread.id, message.id) == (thread.id, thread.id)
    )
    assert f"You requested it in <#{rig.channel('music').id}>" in message.content
    assert len(message.files) == 2
    card = order.asked.answer
    assert card is not None
    await rig.until(lambda: f"/{thread.id}/{message.id}" in card.content)
    assert rig.posts() == []
    assert_no_traceback(rig)


async def test_a_forum_without_a_tag_that_the_bot_may_give_is_not_used(board: Channel, ready: Rig) -> None:
    world = ready.discord.world
    world.add_tag(board, "official", moderated=True)
    await results_in(ready, "board")
    world.require_tag(board)
    await finished(ready, await ordered(ready))
    assert len(ready.posts()) == 1
    assert ready.discord.requests_of("thread.create") == []
    assert "needs a tag" in fields(await used(ready, "config doctor"))["Finished songs"]
    refusal = words(await results_in(ready, "board"))
    assert "needs a tag" in refusal
    assert "Nothing was changed" in refusal
    world.allow(board, world.bot, Permission.MANAGE_THREADS)
    assert "Everything works" in words(await used(ready, "config doctor"))


async def test_a_title_that_automod_blocks_is_replaced_once(board: Channel, ready: Rig) -> None:
    await results_in(ready, "board")
    ready.discord.rest.content_filter = content_filters.words("Midnight", "trap song")
    order = await ordered(ready)
    await finished(ready, order)
    ((thread, (message,)),) = made_in(ready, board)
    assert thread.name == f"Song {order.short_id}"
    assert "AutoMod" in words(message)
    ready.discord.rest.content_filter = None
    tried = len(ready.discord.requests_of("thread.create"))
    ready.discord.fault_script.hold("thread.create", Fault.documented(200001))
    await finished(ready, await ordered(ready, "another"))
    assert len(ready.discord.requests_of("thread.create")) == tried + 2
    assert len(made_in(ready, board)) == 1
    (post,) = ready.posts()
    assert f"It belongs in <#{board.id}>" in post.content
    assert_no_traceback(ready)


@pytest.mark.parametrize("fault", [Fault.error(502, handled=True), Fault.connection_reset(handled=True)])
async def test_a_forum_post_whose_answer_was_lost_is_not_made_twice(
    board: Channel, ready: Rig, fault: Fault
) -> None:
    await results_in(ready, "board")
    ready.discord.script("thread.create", fault)
    row = await finished(ready, await ordered(ready))
    ((thread, messages),) = made_in(ready, board)
    assert row["post_message_id"] == thread.id
    assert len(messages) == 1
    assert ready.posts() == []


async def test_an_archived_post_from_before_a_crash_is_found(board: Channel, ready: Rig) -> None:
    await results_in(ready, "board")
    order = await ordered(ready)
    ended = killed_at(ready, "thread.create", "handled")
    ready.whisul.finish(order.job_id)
    await ended()
    ready.discord.world.set_thread(made_in(ready, board)[0][0], archived=True)
    await ready.start()
    await ready.settled("completed")
    assert len(made_in(ready, board)) == 1
    assert ready.posts() == []


async def test_without_a_way_to_search_a_forum_no_second_post_is_made(board: Channel, ready: Rig) -> None:
    await results_in(ready, "board")
    world = ready.discord.world
    world.deny(board, world.bot, Permission.READ_MESSAGE_HISTORY)
    ready.discord.script("thread.create", Fault.connection_reset(handled=True))
    row = await finished(ready, await ordered(ready))
    assert len(made_in(ready, board)) == 1
    assert row["rung"] == "direct_message"


async def test_deleting_a_song_takes_its_forum_post_or_the_title(board: Channel, ready: Rig) -> None:
    await results_in(ready, "board")
    await finished(ready, await ordered(ready))
    ((thread, (message,)),) = made_in(ready, board)
    await press(ready, message, "Delete post")
    await ready.until(lambda: thread.name == "Deleted song")
    assert ready.posts(thread) == []
    world = ready.discord.world
    world.allow(board, world.bot, Permission.MANAGE_THREADS)
    await finished(ready, await ordered(ready, "another"))
    (_, (other, (message,))) = made_in(ready, board)
    await press(ready, message, "Delete post")
    await ready.until(lambda: other.id not in world.channels)
    assert_no_traceback(ready)
