"""The buttons under a post: compose again, try again, edit the prompt, delete."""

from sandbox.discord import Permission
from sandbox.whisul import failing
from tests.e2e.actions import Hold, assert_no_traceback, forbid, killed_at, private_answer
from tests.e2e.database import change
from tests.e2e.press_actions import buttons, custom_id, failed, posted, press, restarted, told
from tests.e2e.rig import Rig, fields, words

SONG_BUTTONS = {"again": "Compose again", "edit": "Edit prompt", "like": "Like", "delete": "Delete post"}


async def parents(rig: Rig, *, number: int) -> list[int | None]:
    """Wait for so many jobs; returns what each was composed again from."""
    await rig.until_all(lambda row: row["card_message_id"] is not None, number=number)
    return [row["parent_key"] for row in rig.rows()]


async def test_compose_again_makes_a_song_of_the_user_who_pressed(ready: Rig) -> None:
    _, post = await posted(ready, "a trap song", user="ada")
    assert buttons(post) == SONG_BUTTONS
    assert len(post.components) == 1
    await restarted(ready)
    users = ("ada", "dana")
    pressed = [await press(ready, "again", post, user=user) for user in users]
    opened = [await press(ready, "edit", post, user=user) for user in users]
    assert await parents(ready, number=3) == [None, 1, 1]
    for each in pressed:
        assert each.answer
        assert each.answer.reference
        assert each.answer.reference["message_id"] == str(post.id)
    assert [row["card_message_id"] for row in ready.rows()[1:]] == [
        each.answer.id for each in pressed if each.answer
    ]
    for each in opened:
        assert each.modal
        (label,) = each.modal["components"]
        assert label["component"]["value"] == "a trap song"
    await restarted(ready)
    for number, each in enumerate(opened, start=4):
        await ready.discord.submit_modal(each, {"prompt": "a slow trap song"})
        assert await parents(ready, number=number) == [None] + [1] * (number - 1)
    ids = [ready.discord.world.user(user).id for user in users]
    made = [(row["prompt"], row["requester_id"]) for row in ready.rows()[1:]]
    assert made == [(prompt, each) for prompt in ("a trap song", "a slow trap song") for each in ids]
    empty = await ready.discord.submit_modal(await press(ready, "edit", post), {"prompt": "   "})
    assert "your prompt is empty" in (await private_answer(ready, empty)).content
    assert len(ready.rows()) == 5


async def test_what_failed_can_be_tried_again_and_edited(ready: Rig) -> None:
    _, post = await failed(ready)
    assert buttons(post) == {"retry": "Try again", "edit": "Edit prompt", "delete": "Delete post"}
    await press(ready, "retry", post, user="dana")
    assert await parents(ready, number=2) == [None, ready.rows()[0]["key"]]
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 2)
    ready.whisul.script("submit", failing(400, message="No trap here"))
    refusal = await private_answer(ready, await ready.compose())
    assert buttons(refusal) == {"edit": "Edit prompt"}
    await ready.discord.submit_modal(await press(ready, "edit", refusal), {"prompt": "a waltz"})
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 3)
    made = await parents(ready, number=4)
    assert made[3] == ready.rows()[2]["key"]
    assert [submit.prompt for submit in ready.whisul.submits] == ["a trap song", "a trap song", "a waltz"]


async def test_a_direct_message_has_the_buttons_that_make_sense_there(ready: Rig) -> None:
    await ready.compose()
    await ready.until_whisul(lambda: ready.whisul.jobs)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.whisul.finish(ready.whisul.submits[0].job_id)
    await ready.settled("completed")
    (message,) = ready.direct_messages()
    assert buttons(message) == {"like": "Like", "delete": "Delete post"}
    await press(ready, "like", message)
    await ready.until(lambda: buttons(message)["like"] == "1")
    assert (await told(ready, "delete", message)).startswith("Post deleted.")
    assert message.deleted
    row = ready.row()
    assert (row["rung"], row["post_message_id"]) == ("direct_message", None)


async def test_a_double_click_is_one_press_and_two_presses_are_two(ready: Rig) -> None:
    _, post = await posted(ready)
    button = custom_id(post, "again")
    first, second = [await ready.discord.press(user="ada", message=post, custom_id=button) for _ in range(2)]
    other = await ready.discord.press(user="dana", message=post, custom_id=button)
    answer = await private_answer(ready, second)
    assert answer.content.startswith("You pressed this button twice in a row")
    await ready.until(lambda: first.answer and other.answer)
    assert await parents(ready, number=3) == [None, 1, 1]
    ready.discord.jump(3)
    await press(ready, "again", post)
    assert await parents(ready, number=4) == [None, 1, 1, 1]
    # A press that failed does not count as the first of two.
    ready.discord.jump(3)
    forbid(ready, Permission.EMBED_LINKS)
    for _ in range(2):
        assert "I'm missing these permissions" in await told(ready, "again", post)
    assert len(ready.rows()) == 4


async def test_a_deleted_post_is_gone_and_no_link_leads_to_it(rig: Rig) -> None:
    await rig.start()
    songs = {user: await posted(rig, f"a song that {user} deletes", user="ada") for user in ("ada", "dana")}
    _, post = songs["ada"]
    assert "can delete the post. Nothing was changed." in await told(rig, "delete", post, user="dana")
    assert not post.deleted
    assert [row["post_message_id"] for row in rig.rows()] == [post.id for _, post in songs.values()]
    await restarted(rig)
    rig.discord.world.allow("music", "dana", Permission.MANAGE_MESSAGES)
    for user, (order, post) in songs.items():
        title = order.job.song.title
        kept = f"I kept the song: see `/job status {order.short_id}`."
        assert await told(rig, "delete", post, user=user) == f"Post deleted. {kept}"
        assert post.deleted, user
        assert order.asked.answer
        assert order.asked.answer.content == f"✅ **{title}** is ready. See `/job status {order.short_id}`."
        status = await rig.status(order.short_id)
        assert fields(status)["Delivery"].endswith("The post was deleted later."), user
        assert str(post.id) not in str(status.components), user
        assert title in words(status)
    assert [row["post_message_id"] for row in rig.rows()] == [None, None]
    # Two who delete a post at once are both answered.
    _, post = await posted(rig)
    button = custom_id(post, "delete")
    pressed = [await rig.discord.press(user="ada", message=post, custom_id=button) for _ in range(2)]
    answers = sorted([(await private_answer(rig, each)).content for each in pressed])
    assert answers[0].startswith("Post deleted.")
    assert answers[1] == "Somebody already deleted this post."
    assert_no_traceback(rig)


async def test_a_bot_killed_in_mid_delete_leaves_a_button_that_ends_it(ready: Rig) -> None:
    _, post = await posted(ready)
    ended = killed_at(ready, "original.delete", "before")
    await press(ready, "delete", post)
    await ended()
    assert not post.deleted
    await restarted(ready)
    assert (await told(ready, "delete", post)).startswith("Post deleted.")
    assert post.deleted
    (card,) = [message for message in ready.cards() if not message.ephemeral]
    assert str(post.id) not in card.content


async def test_a_post_that_may_still_be_sent_again_is_not_deleted(ready: Rig) -> None:
    await ready.compose()
    await ready.until_whisul(lambda: ready.whisul.jobs)
    send = Hold("message.create", "handled")
    ready.discord.on_request(send)
    ready.whisul.finish(ready.whisul.submits[0].job_id)
    post = await ready.post()
    answer = await told(ready, "delete", post)
    assert answer.startswith("Discord hasn't confirmed this post yet")
    send.release()
    await ready.settled("completed")
    assert not post.deleted
    assert (await told(ready, "delete", post)).startswith("Post deleted.")


async def test_buttons_of_a_job_that_is_gone_are_answered(ready: Rig) -> None:
    _, post = await posted(ready)
    change(ready, "DELETE FROM jobs")
    for name in SONG_BUTTONS:
        assert (await told(ready, name, post)).startswith("I no longer have the song"), name
    assert_no_traceback(ready)
