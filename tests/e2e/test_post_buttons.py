"""The buttons under a post: compose again, try again, edit the prompt, delete."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from sandbox.discord import Permission
from sandbox.whisul import failing
from tests.e2e.pressing import buttons, custom_id, failed, posted, press, restarted, told
from tests.e2e.rig import Rig, fields, words
from tests.e2e.steps import assert_no_traceback, forbid, private_answer

SONG_BUTTONS = {"again": "Compose again", "edit": "Edit prompt", "like": "Like", "delete": "Delete post"}


async def parents(rig: Rig, *, number: int) -> list[int | None]:
    """Wait for so many jobs; returns what each was composed again from."""
    await rig.until_all(lambda row: row["card_message_id"] is not None, number=number)
    return [row["parent_key"] for row in rig.rows()]


async def test_a_post_has_its_buttons_whichever_way_it_was_sent(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    assert buttons(post) == SONG_BUTTONS
    assert len(post.components) == 1


async def test_a_failure_has_its_buttons(rig: Rig) -> None:
    await rig.start()
    _, post = await failed(rig)
    assert buttons(post) == {"retry": "Try again", "edit": "Edit prompt", "delete": "Delete post"}


async def test_a_direct_message_has_the_buttons_that_make_sense_there(rig: Rig) -> None:
    await rig.start()
    await rig.compose()
    await rig.until_whisul(lambda: rig.whisul.jobs)
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    await rig.settled("completed")
    (message,) = rig.direct_messages()
    assert buttons(message) == {"like": "Like", "delete": "Delete post"}
    await press(rig, "like", message)
    await rig.until(lambda: buttons(message)["like"] == "1")
    assert (await told(rig, "delete", message)).startswith("The post is deleted.")
    assert message.deleted
    row = rig.row()
    assert (row["rung"], row["post_message_id"]) == ("direct_message", None)


@pytest.mark.parametrize("user", ["ada", "dana"])
async def test_compose_again_makes_a_song_of_the_pressers_own(rig: Rig, user: str) -> None:
    await rig.start()
    await posted(rig, "a trap song", user="ada")
    (post,) = rig.posts()
    await restarted(rig)
    pressed = await press(rig, "again", post, user=user)
    assert await parents(rig, number=2) == [None, 1]
    child = rig.rows()[1]
    assert child["prompt"] == "a trap song"
    assert child["requester_id"] == rig.discord.world.user(user).id
    assert pressed.answer
    assert child["card_message_id"] == pressed.answer.id
    assert pressed.answer.reference
    assert pressed.answer.reference["message_id"] == str(post.id)


async def test_try_again_makes_a_song_of_the_pressers_own(rig: Rig) -> None:
    await rig.start()
    _, post = await failed(rig)
    await press(rig, "retry", post, user="dana")
    assert await parents(rig, number=2) == [None, 1]
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    assert [submit.prompt for submit in rig.whisul.submits] == ["a trap song"] * 2


async def test_a_double_click_is_one_press_and_two_presses_are_two(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    button = custom_id(post, "again")
    first, second = [await rig.discord.press(user="ada", message=post, custom_id=button) for _ in range(2)]
    other = await rig.discord.press(user="dana", message=post, custom_id=button)
    answer = await private_answer(rig, second)
    assert answer.content.startswith("You pressed this button twice within a moment")
    await rig.until(lambda: first.answer and other.answer)
    assert await parents(rig, number=3) == [None, 1, 1]
    rig.discord.jump(3)
    await press(rig, "again", post)
    assert await parents(rig, number=4) == [None, 1, 1, 1]


async def test_a_press_that_failed_does_not_count_as_the_first_of_two(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    forbid(rig, Permission.EMBED_LINKS)
    assert "I lack these permissions" in await told(rig, "again", post)
    assert "I lack these permissions" in await told(rig, "again", post)
    assert len(rig.rows()) == 1


@pytest.mark.parametrize("user", ["ada", "dana"])
async def test_edit_prompt_opens_the_prompt_and_makes_a_child_of_what_is_sent(rig: Rig, user: str) -> None:
    await rig.start()
    _, post = await posted(rig, "a trap song")
    await restarted(rig)
    opened = await press(rig, "edit", post, user=user)
    assert opened.modal
    (label,) = opened.modal["components"]
    assert label["component"]["value"] == "a trap song"
    await restarted(rig)
    await rig.discord.submit_modal(opened, {"prompt": "a slow trap song"})
    assert await parents(rig, number=2) == [None, 1]
    child = rig.rows()[1]
    assert (child["prompt"], child["requester_id"]) == ("a slow trap song", rig.discord.world.user(user).id)


async def test_an_edited_prompt_that_is_empty_costs_nothing(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    opened = await press(rig, "edit", post)
    sent = await rig.discord.submit_modal(opened, {"prompt": "   "})
    assert "Your prompt is empty" in (await private_answer(rig, sent)).content
    assert len(rig.rows()) == 1


async def test_a_refused_prompt_can_be_edited_where_it_was_refused(rig: Rig) -> None:
    rig.whisul.script("submit", failing(400, message="No trap here"))
    await rig.start()
    asked = await rig.compose()
    refusal = await private_answer(rig, asked)
    assert buttons(refusal) == {"edit": "Edit prompt"}
    opened = await press(rig, "edit", refusal)
    await rig.discord.submit_modal(opened, {"prompt": "a waltz"})
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 1)
    await rig.until_stored(lambda row: row["key"] == 2 and row["parent_key"] == 1)


@pytest.mark.parametrize("who", ["requester", "moderator"])
async def test_a_deleted_post_is_gone_and_no_link_leads_to_it(rig: Rig, who: str) -> None:
    await rig.start()
    order, post = await posted(rig, user="ada")
    await restarted(rig)
    user = "ada" if who == "requester" else "dana"
    if who == "moderator":
        rig.discord.world.allow("music", user, Permission.MANAGE_MESSAGES)
    answer = await told(rig, "delete", post, user=user)
    assert answer == (
        f"The post is deleted. The song itself is kept: `/job status {order.short_id}` shows it."
    )
    assert post.deleted
    assert rig.row()["post_message_id"] is None
    (card,) = [message for message in rig.cards() if not message.ephemeral]
    assert str(post.id) not in card.content
    assert card.content == f"✅ **Midnight Grid** is ready. `/job status {order.short_id}` shows it."
    status = await rig.status(order.short_id)
    assert fields(status)["Delivery"].endswith("The post has been deleted since.")
    assert str(post.id) not in str(status.components)
    assert "Midnight Grid" in words(status)


async def test_a_stranger_cannot_delete_a_post(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig, user="ada")
    answer = await told(rig, "delete", post, user="dana")
    assert "can delete the post. Nothing was changed." in answer
    assert not post.deleted
    assert rig.row()["post_message_id"] == post.id


async def test_two_who_delete_a_post_at_once_are_both_answered(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    button = custom_id(post, "delete")
    pressed = [await rig.discord.press(user="ada", message=post, custom_id=button) for _ in range(2)]
    answers = sorted([(await private_answer(rig, each)).content for each in pressed])
    assert answers[0].startswith("The post is deleted.")
    assert answers[1] == "This post has been deleted already."
    assert_no_traceback(rig)


async def test_a_bot_killed_in_mid_delete_leaves_a_button_that_ends_it(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    killed = asyncio.Event()

    async def kill(kind: str, phase: str) -> None:
        if (kind, phase) == ("original.delete", "before") and not killed.is_set():
            killed.set()
            await rig.bot.kill()
            raise ConnectionError

    rig.discord.on_request(kill)
    await press(rig, "delete", post)
    await killed.wait()
    assert not post.deleted
    await restarted(rig)
    assert (await told(rig, "delete", post)).startswith("The post is deleted.")
    assert post.deleted
    (card,) = [message for message in rig.cards() if not message.ephemeral]
    assert str(post.id) not in card.content


async def test_a_post_that_may_still_be_sent_again_is_not_deleted(rig: Rig) -> None:
    await rig.start()
    await rig.compose()
    await rig.until_whisul(lambda: rig.whisul.jobs)
    go_on = asyncio.Event()

    async def hold(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.create", "handled"):
            await go_on.wait()

    rig.discord.on_request(hold)
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    post = await rig.post()
    answer = await told(rig, "delete", post)
    assert answer.startswith("This post is not finished yet")
    go_on.set()
    await rig.settled("completed")
    assert not post.deleted
    assert (await told(rig, "delete", post)).startswith("The post is deleted.")


async def test_buttons_of_a_job_that_is_gone_are_answered(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    assert await rig.bot.stop() == 0
    with closing(sqlite3.connect(rig.database)) as connection:
        connection.execute("DELETE FROM jobs")
        connection.commit()
    await rig.start()
    for name in SONG_BUTTONS:
        assert (await told(rig, name, post)).startswith("I no longer have the song"), name
    assert_no_traceback(rig)
