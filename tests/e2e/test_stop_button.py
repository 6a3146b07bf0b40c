"""*Stop* cancels a request that has cost nothing, and detaches one that has."""

import asyncio

from sandbox.discord import Fault, Permission
from sandbox.whisul import Silence
from tests.e2e.actions import assert_no_traceback, ordered
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


async def test_nobody_waits_for_a_stopped_song_and_it_is_found_later(rig: Rig) -> None:
    await rig.start()
    orders = {prompt: await ordered(rig, prompt) for prompt in ("one", "two")}
    cards = {prompt: order.asked.answer for prompt, order in orders.items()}
    for number, (prompt, card) in enumerate(cards.items()):
        assert card
        if number:
            await restarted(rig)
        await press(rig, "stop", card)
        await rig.until(lambda card=card: card.content)
        assert card.content.startswith(f"⏹️ Stopped: **{prompt}**.")
        assert "may still be charged" in card.content
        assert (card.embeds, card.components) == ([], []), prompt
    for prompt, order in orders.items():
        assert "Somebody stopped this song" in words(await rig.status(order.short_id)), prompt
        rig.whisul.finish(order.job_id)
    await rig.until_all(lambda row: (row["state"], row["delivery"]) == ("completed", "none"), number=2)
    for prompt, order in orders.items():
        card = cards[prompt]
        await rig.until(lambda card=card: card and "Whisul finished it anyway" in card.content)
        found = await rig.status(order.short_id)
        assert order.job.song.title in words(found)
        assert fields(found)["Delivery"] == "I didn't post it because somebody stopped it.", prompt
    assert rig.posts() == rig.direct_messages() == []
    assert_no_traceback(rig)


async def test_a_stop_while_the_prompt_is_being_submitted_waits_for_the_answer(rig: Rig) -> None:
    await rig.start()
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(kind: str, phase: str) -> None:
        if (kind, phase) == ("submit", "handled"):
            arrived.set()
            await go_on.wait()

    rig.whisul.on_request = hold
    asked = await rig.compose()
    card = await rig.until(lambda: asked.answer)
    await arrived.wait()
    await press(rig, "stop", card)
    assert rig.row()["state"] == "submitting"
    go_on.set()
    await rig.until_stored(lambda row: row["state"] == "detached")
    await rig.until(lambda: card.content.startswith("⏹️ Stopped"))


async def test_a_stop_without_an_answer_to_the_submit_says_to_press_again(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", Silence("before"))
    asked = await rig.compose()
    card = await rig.until(lambda: asked.answer)
    await rig.until_stored(lambda row: row["state"] == "submitting")
    assert "Sending to Whisul" in words(await rig.status(f"#{rig.row()['key']}"))
    answer = await told(rig, "stop", card)
    assert "is on its way to Whisul" in answer
    assert "Press the button again in a few seconds." in answer
    assert buttons(card) == {"stop": "Stop"}
    assert rig.row()["state"] == "submitting"


async def test_a_song_that_finished_meanwhile_is_not_stopped(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    card = order.asked.answer
    assert card
    held = asyncio.Event()

    async def hold(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.edit", "before"):
            await held.wait()

    rig.discord.on_request(hold)
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    for _ in range(2):
        answer = await told(rig, "stop", card)
        assert not card.deleted
        assert answer.startswith("**Midnight Grid** is already finished, so there's nothing to stop. See ")
        rig.discord.script("callback", Fault.connection_reset(handled=True))
    held.set()
    await rig.settled("completed")
    assert rig.posts() == [post]


async def test_others_may_not_stop_a_song_but_moderators_may(rig: Rig) -> None:
    await rig.start()
    order, another = await ordered(rig, user="ada"), await ordered(rig, user="ada")
    card, card_of_another = order.asked.answer, another.asked.answer
    assert card
    assert card_of_another
    answer = await told(rig, "stop", card, user="dana")
    assert answer.startswith(f"{rig.discord.world.user('ada').mention} requested this song. Only they ")
    assert [row["state"] for row in rig.rows()] == ["running"] * 2
    rig.discord.world.allow("music", "dana", Permission.MANAGE_MESSAGES)
    await press(rig, "stop", card, user="dana")
    # Two who press it at once are both answered.
    pressed = await asyncio.gather(
        *(press(rig, "stop", card_of_another, user=user) for user in ("ada", "dana"))
    )
    await rig.until_all(lambda row: row["state"] == "detached", number=2)
    await rig.until(lambda: card_of_another.content)
    assert [each.failed for each in pressed] == [None, None]


async def test_a_forged_stop_reaches_no_other_job(rig: Rig) -> None:
    await rig.start()
    await ordered(rig, "one")
    order, post = await posted(rig, "two", user="dana")
    rig.discord.world.allow("music", "dana", Permission.MANAGE_MESSAGES)
    for made_up_id in ("stop:1", "stop:77", "delete:1", "again:1", "like:1", "edit:1", "retry:1"):
        answer = await forged(rig, made_up_id, post, user="dana")
        assert answer.startswith("I no longer have the song"), made_up_id
    assert [row["state"] for row in rig.rows()] == ["running", "completed"]
    assert rig.rows()[1]["job_id"] == order.job_id
    assert_no_traceback(rig)
