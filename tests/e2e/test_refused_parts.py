"""Discord refuses a part of a message: the rest arrives all the same, and says what is missing."""

import pytest

from sandbox.discord import Fault, SeenRequest, objections
from sandbox.discord.errors import DiscordError
from sandbox.discord.json_types import is_object
from sandbox.discord.model import Message
from sandbox.discord.objections import Objection
from tests.e2e.rig import Rig, embed, words
from tests.e2e.steps import assert_no_traceback, ordered

PROMPT = "a trap song"


def everything_but_plain_text(seen: SeenRequest) -> DiscordError | None:
    """A refusal that names nothing, of whatever is more than a few words."""
    if seen.kind not in objections.INTO_CHANNELS or not is_object(seen.json):
        return None
    is_more = seen.json.get("embeds") or seen.json.get("components") or seen.files
    return DiscordError(400, 50035, "Invalid Form Body") if is_more else None


def has_link_button(message: Message) -> bool:
    return any(each.get("style") == 5 for row in message.components for each in row["components"])


async def told_in_the_channel(rig: Rig, objection: Objection) -> Message:
    """Have a song finished of which Discord refuses something; it is posted where it was asked for all the same."""
    await rig.start()
    order = await ordered(rig, PROMPT)
    rig.discord.rest.objection = objection
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert rig.direct_messages() == []
    assert post.pinged_user_ids == [order.asked.user.id]
    assert_no_traceback(rig)
    return post


async def test_a_refused_link_button_is_left_out(rig: Rig) -> None:
    post = await told_in_the_channel(rig, objections.link_buttons)
    assert not has_link_button(post)
    assert len(post.files) == 2
    assert "Open the audio" in words(post)


async def test_a_refused_picture_is_left_out(rig: Rig) -> None:
    await rig.start(ATTACH_MEDIA="false")
    order = await ordered(rig)
    rig.discord.rest.objection = objections.embed_pictures
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    await rig.settled("completed")
    assert "image" not in embed(post)
    assert "Midnight Grid" in words(post)


async def test_refused_files_are_linked(rig: Rig) -> None:
    post = await told_in_the_channel(rig, objections.files)
    assert post.files == []
    assert has_link_button(post)


async def test_a_refused_reply_stands_alone(rig: Rig) -> None:
    post = await told_in_the_channel(rig, objections.replies)
    assert post.reference is None


async def test_a_prompt_that_automod_blocks_is_not_quoted_and_the_post_says_so(rig: Rig) -> None:
    post = await told_in_the_channel(rig, objections.words("trap song"))
    assert "trap song" not in words(post)
    assert "AutoMod" in words(post)
    assert len(post.files) == 2
    (card,) = rig.cards()
    assert card.content.endswith(f"/{post.id}")


async def test_a_title_that_automod_blocks_leaves_word_of_the_song(rig: Rig) -> None:
    post = await told_in_the_channel(rig, objections.words("trap song", "Midnight"))
    assert "AutoMod" in post.content
    assert "/job status" in post.content


async def test_a_refusal_that_names_nothing_leaves_plain_text(rig: Rig) -> None:
    post = await told_in_the_channel(rig, everything_but_plain_text)
    assert (post.embeds, post.components, post.files) == ([], [], [])
    assert "Midnight Grid" in post.content
    assert "/audio/81fa5ff7.mp3" in post.content


async def test_a_plain_post_is_found_after_its_answer_was_lost(rig: Rig) -> None:
    rig.discord.posts.nonce_window_s = -1
    await rig.start()
    order = await ordered(rig)
    rig.discord.rest.objection = everything_but_plain_text
    refused = 4  # addresses, files, quotes, links: then the plain text is taken
    rig.discord.script("message.create", Fault.error(503, handled=True), skip=refused + 1)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    assert len(rig.posts()) == 1


async def test_a_failure_with_a_blocked_prompt_is_told_in_the_channel(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, PROMPT)
    rig.discord.rest.objection = objections.words("trap song")
    rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    await rig.settled("failed")
    (post,) = rig.posts()
    assert "trap song" not in words(post)
    assert "Whisul could not make this song" in words(post)


@pytest.mark.parametrize("command", ["job status", "songs"])
async def test_look_ups_do_without_a_refused_link(rig: Rig, command: str) -> None:
    await rig.start()
    order = await ordered(rig, PROMPT)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    rig.discord.rest.objection = objections.each_of(objections.link_buttons, objections.embed_pictures)
    options = {"job_id": order.short_id} if command == "job status" else {}
    asked = await rig.discord.command(user="ada", channel="music", name=command, options=options)
    answer = await rig.until(lambda: asked.answer)
    assert "Midnight Grid" in words(answer)
    assert_no_traceback(rig)


async def test_files_whose_upload_keeps_breaking_are_linked(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.fault_script.add("message.create", Fault.cut_off(), times=3)
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    await rig.settled("completed")
    assert post.files == []
    assert "Discord did not take the file" in words(post)
