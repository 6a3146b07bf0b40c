"""*Stop* cancels a request that has cost nothing, and detaches one that has."""

import asyncio

from sandbox.discord import Fault, Permission
from sandbox.whisul import Silence
from tests.e2e.actions import Hold, assert_no_traceback, ordered
from tests.e2e.press_actions import buttons, forged, posted, press, restarted, told
from tests.e2e.rig import Rig, fields, words


async def test_a_queued_request_is_truly_cancelled(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "one")
    queued = {prompt: await rig.compose(prompt) for prompt in ("two", "three")}
    cards = {prompt: await rig.until(lambda asked=asked: asked.answer) for prompt, asked in queued.items()}
    await rig.until_all(lambda row: row["card_message_id"] is not None, number=3)
    for number, (prompt, card) in enumerate(cards.items()):
        if number:
            await restarted(rig)
        await press(rig, "stop", card)
        await rig.until(lambda card=card: card.content.startswith("🚫"))
        assert card.content == f"🚫 Canceled: **{prompt}**. Nothing was spent."
        assert (card.embeds, card.components) == ([], []), prompt
    rig.whisul.finish(first.job_id)
    last = await ordered(rig, "four")
    assert [submit.prompt for submit in rig.whisul.submits] == ["one", "four"]
    assert [row["state"] for row in rig.rows()[1:3]] == ["cancelled"] * 2
    assert last.job_id == rig.rows()[3]["job_id"]
    for number in ("#2", "#3"):
        assert "Nothing was spent" in words(await rig.status(number))


async def test_nobody_waits_for_a_stopped_song_and_it_is_found_later(ready: Rig) -> None:
    orders = {prompt: await ordered(ready, prompt) for prompt in ("one", "two")}
    cards = {prompt: order.asked.answer for prompt, order in orders.items()}
    for number, (prompt, card) in enumerate(cards.items()):
        assert card
        if number:
            await restarted(ready)
        await press(ready, "stop", card)
        await ready.until(lambda card=card: card.content)
        assert card.content.startswith(f"⏹️ Stopped: **{prompt}**.")
        assert "may still be charged" in card.content
        assert (card.embeds, card.components) == ([], []), prompt
    for prompt, order in orders.items():
        assert "Somebody stopped this song" in words(await ready.status(order.short_id)), prompt
        ready.whisul.finish(order.job_id)
    await ready.until_all(lambda row: (row["state"], row["delivery"]) == ("completed", "none"), number=2)
    for prompt, order in orders.items():
        card = cards[prompt]
        await ready.until(lambda card=card: card and "Whisul finished it anyway" in card.content)
        found = await ready.status(order.short_id)
        assert order.job.song.title in words(found)
        assert fields(found)["Delivery"] == "I didn't post it because somebody stopped it.", prompt
    assert ready.posts() == ready.direct_messages() == []
    assert_no_traceback(ready)


async def test_a_stop_during_the_submit_waits_for_its_answer_but_not_for_ever(ready: Rig) -> None:
    submit = Hold("submit", "handled")
    ready.whisul.on_request = submit
    asked = await ready.compose()
    card = await ready.until(lambda: asked.answer)
    await submit.arrived.wait()
    await press(ready, "stop", card)
    assert ready.row()["state"] == "submitting"
    submit.release()
    await ready.until_stored(lambda row: row["state"] == "detached")
    await ready.until(lambda: card.content.startswith("⏹️ Stopped"))
    ready.whisul.on_request = None
    ready.whisul.script("submit", Silence("before"))
    asked = await ready.compose()
    unanswered = await ready.until(lambda: asked.answer)
    await ready.until_stored(lambda row: row["state"] == "submitting")
    assert "Sending to Whisul" in words(await ready.status(f"#{ready.rows()[-1]['key']}"))
    answer = await told(ready, "stop", unanswered)
    assert "is on its way to Whisul" in answer
    assert "Press the button again in a few seconds." in answer
    assert buttons(unanswered) == {"stop": "Stop"}
    assert ready.rows()[-1]["state"] == "submitting"


async def test_a_song_that_finished_meanwhile_is_not_stopped(ready: Rig) -> None:
    order = await ordered(ready)
    card = order.asked.answer
    assert card
    edit = Hold("message.edit", "before")
    ready.discord.on_request(edit)
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    for _ in range(2):
        answer = await told(ready, "stop", card)
        assert not card.deleted
        assert answer.startswith("**Midnight Grid** is already finished, so there's nothing to stop. See ")
        ready.discord.script("callback", Fault.connection_reset(handled=True))
    edit.release()
    await ready.settled("completed")
    assert ready.posts() == [post]


async def test_others_may_not_stop_a_song_but_moderators_may(ready: Rig) -> None:
    order, another = await ordered(ready, user="ada"), await ordered(ready, user="ada")
    card, card_of_another = order.asked.answer, another.asked.answer
    assert card
    assert card_of_another
    answer = await told(ready, "stop", card, user="dana")
    assert answer.startswith(f"{ready.discord.world.user('ada').mention} requested this song. Only they ")
    assert [row["state"] for row in ready.rows()] == ["running"] * 2
    ready.discord.world.allow("music", "dana", Permission.MANAGE_MESSAGES)
    await press(ready, "stop", card, user="dana")
    # Two who press it at once are both answered.
    pressed = await asyncio.gather(
        *(press(ready, "stop", card_of_another, user=user) for user in ("ada", "dana"))
    )
    await ready.until_all(lambda row: row["state"] == "detached", number=2)
    await ready.until(lambda: card_of_another.content)
    assert [each.failed for each in pressed] == [None, None]


async def test_a_forged_stop_reaches_no_other_job(ready: Rig) -> None:
    await ordered(ready, "one")
    order, post = await posted(ready, "two", user="dana")
    ready.discord.world.allow("music", "dana", Permission.MANAGE_MESSAGES)
    for made_up_id in ("stop:1", "stop:77", "delete:1", "again:1", "like:1", "edit:1", "retry:1"):
        answer = await forged(ready, made_up_id, post, user="dana")
        assert answer.startswith("I no longer have the song"), made_up_id
    assert [row["state"] for row in ready.rows()] == ["running", "completed"]
    assert ready.rows()[1]["job_id"] == order.job_id
    assert_no_traceback(ready)
