"""POST_FORMAT=components: songs as messages of components, whose cover has a description for screen readers."""

import asyncio

from sandbox.discord.application.bot_messages import NONCE_WINDOW_S
from sandbox.discord.json_types import Json
from sandbox.discord.rest import content_filters
from sandbox.discord.world.model import ChannelType, Message, MessageFlag
from tests.e2e.actions import Hold, assert_no_traceback, killed_at, ordered, started_again, until_card
from tests.e2e.config_actions import results_in
from tests.e2e.factories import listed
from tests.e2e.press_actions import buttons, posted, press
from tests.e2e.rig import Rig, embed, walk, words
from tests.e2e.test_private_songs import ordered_privately
from tests.e2e.test_restart import finish_the_song
from tests.e2e.whisul_actions import row_of

TEXT, GALLERY, FILE, CONTAINER, ROW = 10, 12, 13, 17, 1
COMPONENTS = {"POST_FORMAT": "components"}


def is_layout(message: Message) -> bool:
    return bool(message.flags & MessageFlag.COMPONENTS_V2)


def gallery_item(message: Message) -> Json:
    """The only picture of a message's galleries."""
    ((item,),) = [each["items"] for each in walk(message.components) if each["type"] == GALLERY]
    return dict(item)


async def test_a_post_of_components_has_everything_and_a_cover_that_is_described(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    order, post = await posted(rig)
    assert is_layout(post)
    assert (post.content, post.embeds) == ("", [])
    text, container, *rows = post.components
    assert text["content"] == f"<@{order.asked.user.id}>, your song is ready!"
    assert post.pinged_user_ids == [order.asked.user.id]
    kinds = [part["type"] for part in container["components"]]
    assert kinds == [TEXT, TEXT, GALLERY, FILE, TEXT]
    said = words(post)
    for part in ("**Midnight Grid**", "> a trap song", "[Listen](", "**BPM** 140", "**Duration** 2:47"):
        assert part in said
    assert "**Tags** `trap`" in said
    assert said.endswith(f"-# Job {order.job_id}")
    item = gallery_item(post)
    assert item["description"].startswith("Cover of Midnight Grid (trap")
    assert item["media"]["url"].endswith("cover-midnight-grid.jpg")
    assert [row["type"] for row in rows] == [ROW] * len(rows)
    assert list(buttons(post)) == ["again", "like", "edit", "delete"]
    row = rig.row()
    assert (row["audio_note"], row["post_cover_url"]) == (None, item["media"]["url"])
    assert embed(await listed(rig))["thumbnail"]["url"] == item["media"]["url"]
    assert_no_traceback(rig)


async def test_the_buttons_of_a_post_of_components_work(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    _, post = await posted(rig)
    before = [each for each in walk(post.components) if each["type"] in (TEXT, GALLERY, FILE)]
    for count in ("1", "2"):
        await press(rig, "like", post, user="ada" if count == "1" else "dana")
        await rig.until(lambda count=count: buttons(post)["like"].endswith(count))
    after = [each for each in walk(post.components) if each["type"] in (TEXT, GALLERY, FILE)]
    assert [each["type"] for each in after] == [each["type"] for each in before]
    assert gallery_item(post)["description"].startswith("Cover of")
    assert len(post.files) == 2
    form = await press(rig, "edit", post)
    assert form.modal is not None
    asked = await rig.discord.command(
        user="dana", channel="music", name="Compose from this message", target_message=post
    )
    assert "your song is ready!" in str(await rig.until(lambda: asked.modal))
    again = await press(rig, "again", post, user="dana")
    await until_card(rig, again, "a trap song")
    rig.whisul.finish(list(rig.whisul.jobs)[-1])
    reply = await rig.post(number=2)
    assert reply.reference is not None
    assert reply.reference["message_id"] == str(post.id)
    await press(rig, "delete", post)
    await rig.until(lambda: post.deleted)
    assert_no_traceback(rig)


async def test_where_discord_refuses_components_the_post_has_an_embed(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    rig.discord.rest.content_filter = content_filters.layouts
    _, post = await posted(rig)
    assert not is_layout(post)
    assert embed(post)["title"] == "Midnight Grid"
    assert len(post.files) == 2
    private = await ordered_privately(rig)
    rig.whisul.finish(private.job_id)
    await private.asked.wait_followup()
    assert private.asked.answer is not None
    assert embed(private.asked.answer)["title"] == "Paper Avenue"
    assert_no_traceback(rig)


async def test_automod_takes_the_quote_from_components_and_a_large_file_goes(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    order = await ordered(rig)
    rig.discord.rest.content_filter = content_filters.each_of(
        content_filters.words("a trap song"), content_filters.files
    )
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    assert is_layout(post)
    assert "AutoMod blocks words in the prompt" in words(post)
    assert "too large to attach" in words(post)
    assert gallery_item(post)["description"].startswith("Cover of Midnight Grid")


async def test_a_post_of_components_is_found_again_after_a_kill(rig: Rig) -> None:
    killed = killed_at(rig, "message.create", "handled")
    await rig.start(**COMPONENTS)
    await rig.compose()
    finishing = asyncio.create_task(finish_the_song(rig))
    await killed()
    finishing.cancel()
    rig.discord.jump(NONCE_WINDOW_S + 1)
    await rig.start(**COMPONENTS)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert is_layout(post)
    assert (row["post_message_id"], row["post_cover_url"]) == (
        post.id,
        gallery_item(post)["media"]["url"],
    )


async def test_a_private_answer_of_components_is_repeated_after_a_kill_whatever_is_set_then(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    for number, later in enumerate(("components", "embed"), start=1):
        order = await ordered_privately(rig)
        killed = killed_at(rig, "original.edit", "handled")
        rig.whisul.finish(order.job_id)
        await killed()
        await started_again(rig, POST_FORMAT=later)
        assert (await row_of(rig, order.job_id, "completed"))["rung"] == "interaction", later
        song = order.asked.answer
        assert song is not None
        assert is_layout(song), later
        assert "Only you can see it." in words(song)
        assert gallery_item(song)["description"].startswith("Cover of")
        assert rig.direct_messages() == []
        await press(rig, "share", song)
        assert is_layout(await rig.post(number=number)) is (later == "components")
    assert_no_traceback(rig)


async def test_an_erasure_wipes_an_answer_that_became_components_unrecorded(rig: Rig) -> None:
    await rig.start(**COMPONENTS)
    order = await ordered_privately(rig)
    killed = killed_at(rig, "original.edit", "handled")
    rig.whisul.finish(order.job_id)
    await killed()
    outcome = Hold("audio", "before")
    rig.whisul.on_request = outcome
    await started_again(rig, **COMPONENTS)
    asked = await rig.discord.command(user="ada", channel="general", name="privacy delete", options={})
    question = await rig.until(lambda: asked.answer)
    await press(rig, "erase", question)
    await rig.until(lambda: "**Erased:**" in question.content)
    answer = order.asked.answer
    assert answer is not None
    await rig.until(lambda: "erased this request" in words(answer))
    outcome.release()
    assert "a trap song" not in words(answer)
    assert answer.files == []


async def test_components_go_to_direct_messages_and_not_to_forums(rig: Rig) -> None:
    world = rig.discord.world
    board = world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)
    await rig.start(**COMPONENTS)
    await results_in(rig, "board")
    for where, is_direct in ((world.channel("music"), False), (world.open_dm("ada"), True)):
        order = await ordered(rig, channel=where)
        rig.whisul.finish(order.job_id)
        row = await row_of(rig, order.job_id, "completed")
        message = world.message(row["post_channel_id"], row["post_message_id"])
        assert message is not None
        assert is_layout(message) is is_direct
        assert world.channel(row["post_channel_id"]).parent_id == (None if is_direct else board.id)
    assert rig.bot.log.count("message_simplified") == 0
    assert_no_traceback(rig)
