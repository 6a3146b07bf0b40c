"""Cards after an erasure: no public card keeps a prompt, whatever fails between the erasure and the edit."""

import json

from sandbox.discord import Fault, Permission
from sandbox.discord.rules import errors
from sandbox.discord.world.model import Message
from tests.e2e.actions import Order, assert_no_traceback, forbid, killed_at, ordered, places, until_true
from tests.e2e.database import change, stored
from tests.e2e.factories import press
from tests.e2e.press_actions import press as press_control
from tests.e2e.press_actions import restarted
from tests.e2e.rig import Rig, words
from tests.e2e.test_privacy import CONFIRM, PROMPT, asked_for, erased, nothing_personal
from tests.e2e.whisul_actions import row_of

ERASED = "The requester erased this request"


def card_of(order: Order) -> Message:
    assert order.asked.answer is not None
    return order.asked.answer


def wipes_due(rig: Rig) -> int:
    return len(stored(rig, "SELECT * FROM card_wipes"))


async def all_wiped(rig: Rig) -> None:
    await until_true(rig, lambda: wipes_due(rig) == 0)


async def killed_in_erasure(rig: Rig, kind: str) -> None:
    """Press the button of an erasure; the bot is killed at its first request of that kind afterwards."""
    question = await asked_for(rig, "delete")
    # Not by a repeated edit from before the erasure.
    ended = killed_at(rig, kind, "before", when=lambda: wipes_due(rig))
    await press(rig, question, CONFIRM)
    await ended()


async def test_a_dismissed_answer_leaves_no_prompt_on_the_card(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    question = await asked_for(ready, "delete")
    ready.discord.script("original.edit", Fault.refusal(errors.unknown_message()), times=9)
    pressed = await press(ready, question, CONFIRM)
    await ready.until(lambda: ERASED in card_of(order).content)
    assert PROMPT not in words(card_of(order))
    await all_wiped(ready)
    (told,) = await ready.until(lambda: pressed.followups)
    assert told.ephemeral_for == pressed.user.id
    assert "erased" in words(told).casefold()
    assert_no_traceback(ready)


async def test_cards_are_wiped_before_the_answer_and_stay_so_over_a_restart(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    shown: list[str] = []

    async def look(kind: str, phase: str) -> None:
        if (kind, phase) == ("original.edit", "before"):
            shown.append(words(card_of(order)))

    question = await asked_for(ready, "delete")
    ready.discord.on_request(look)
    await press(ready, question, CONFIRM)
    await ready.until(lambda: "**Erased:**" in question.content)
    assert [ERASED in text for text in shown] == [True]
    await restarted(ready)
    ready.whisul.finish(order.job_id)
    await ready.until_stored(lambda row: row["state"] == "completed")
    assert PROMPT not in words(card_of(order))


async def test_a_kill_between_erasure_and_card_edit_leaves_no_prompt(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    await killed_in_erasure(ready, "message.edit")
    assert ready.row()["requester_id"] == 0
    assert PROMPT in words(card_of(order))
    await ready.start()
    await ready.until(lambda: ERASED in card_of(order).content)
    await all_wiped(ready)
    assert nothing_personal(ready)
    assert_no_traceback(ready)


async def test_a_card_without_a_known_message_is_wiped_by_its_token(ready: Rig) -> None:
    ready.discord.script("original.edit", Fault.error(503, handled=True), times=99)
    asked = await ready.compose(PROMPT)
    await ready.until(lambda: asked.answer and PROMPT in words(asked.answer))
    await ready.until_stored(lambda row: row["state"] == "running")
    await killed_in_erasure(ready, "original.edit")
    ready.discord.fault_script.clear()
    assert ready.row()["card_message_id"] is None
    await ready.start()
    await ready.until(lambda: asked.answer and ERASED in asked.answer.content)
    await all_wiped(ready)


async def test_a_card_is_wiped_once_discord_takes_edits_again(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    ready.discord.script("message.edit", Fault.error(503), times=99)
    question = await erased(ready)
    assert "still show" in question.content
    assert PROMPT in words(card_of(order))
    ready.discord.fault_script.clear()
    await ready.until(lambda: ERASED in card_of(order).content)
    await all_wiped(ready)


async def test_a_card_that_cannot_be_wiped_is_given_up(ready: Rig) -> None:
    (order, *_) = [await ordered(ready, PROMPT, channel=place) for place in ("general", "music", "lobby")]
    await killed_in_erasure(ready, "message.edit")
    assert wipes_due(ready) == 3
    ready.discord.world.delete_message(card_of(order))
    forbid(ready, Permission.VIEW_CHANNEL, "music")
    ready.discord.world.remove_bot("Basement Tapes")
    await ready.start()
    await all_wiped(ready)
    assert nothing_personal(ready)


async def test_the_last_line_of_a_card_keeps_no_prompt_either(ready: Rig) -> None:
    ends = ("stopped", "failed", "told directly", "deleted")
    orders = {end: await ordered(ready, PROMPT, channel=place) for end, place in places(ready, ends).items()}
    cards = [card_of(order) for order in orders.values()]
    await press_control(ready, "stop", cards[0])
    await ready.until(lambda: cards[0].content.startswith("⏹️"))
    forbid(ready, Permission.SEND_MESSAGES, "told directly")
    for end, order in orders.items():
        state = "failed" if end in ends[:2] else "completed"
        ready.whisul.finish(order.job_id, status=state)
        await row_of(ready, order.job_id, state, delivery="none" if end == "stopped" else "delivered")
    await press_control(ready, "delete", await ready.post("deleted"))
    await ready.until(lambda: ready.posts("deleted") == [])
    await ready.until_stored(lambda row: row["state"] == "completed" and row["post_message_id"] is None)
    personal = (PROMPT, str(ready.rows()[-1]["title"]), "<@")
    for card in cards:
        assert any(part in card.content for part in personal)
    await erased(ready)
    await ready.until(lambda: all(ERASED in card.content for card in cards))
    assert not any(part in words(card) for part in personal for card in cards)


async def test_a_line_that_only_links_to_a_standing_post_stays(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    await ready.settled("completed")
    await erased(ready)
    await all_wiped(ready)
    assert str(post.id) in card_of(order).content
    assert PROMPT not in words(card_of(order))


async def test_retention_wipes_a_card_that_still_shows_a_prompt(ready: Rig) -> None:
    order = await ordered(ready, PROMPT)
    ready.discord.script("message.edit", Fault.error(503), times=99)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    await ready.bot.kill()
    ready.discord.fault_script.clear()
    assert PROMPT in words(card_of(order))
    kept_for = (ready.row()["guild_id"], json.dumps({"retention_days": 3}))
    change(ready, "INSERT INTO policies VALUES (?, ?)", values=kept_for)
    change(ready, "UPDATE jobs SET created_at = '2020-01-01 00:00:00.000000'")
    await ready.start()
    await ready.until(lambda: "no longer store" in card_of(order).content)
    assert PROMPT not in words(card_of(order))
    await all_wiped(ready)


async def test_a_left_server_is_wiped_while_its_tokens_live(rig: Rig) -> None:
    await rig.start(ERASE_LEFT_GUILDS_AFTER_DAYS="0")
    order = await ordered(rig, PROMPT)
    rig.discord.world.remove_bot("Night Owls")
    await rig.until(lambda: "no longer store" in card_of(order).content)
    await all_wiped(rig)
    assert nothing_personal(rig)
