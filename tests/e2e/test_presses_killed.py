"""A kill in the middle of a press: what was pressed is done or not done, never half, and the next press ends it."""

import asyncio
from collections.abc import Awaitable

import pytest

from sandbox.discord import SeenInteraction
from tests.e2e.config_steps import ADMIN, pressed, used
from tests.e2e.pressing import custom_id, posted, press
from tests.e2e.rig import Rig, words
from tests.e2e.steps import assert_no_traceback, ordered
from tests.e2e.test_restart import killing

INTERRUPTED = "I was restarted before I had taken this request. Nothing was spent."


async def killed_and_back(rig: Rig, kind: str, phase: str, press_it: Awaitable[SeenInteraction]) -> None:
    """Have the bot killed by what it asks of Discord about a press, and start it again."""
    sessions = len(rig.discord.identifies)
    hook, killed = killing(rig, kind, phase)
    rig.discord.on_request(hook)
    await press_it
    await asyncio.wait_for(killed.wait(), 20)
    await rig.bot.process.wait()
    await rig.start()
    await rig.until(lambda: len(rig.discord.identifies) > sessions)


@pytest.mark.parametrize(("kind", "phase"), [("callback", "handled"), ("message.edit", "before")])
async def test_a_stop_that_was_killed_is_ended_by_the_next_press(rig: Rig, kind: str, phase: str) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "one")
    second = await rig.compose("two")
    card = await rig.until(lambda: second.answer)
    await rig.until_stored(lambda row: row["key"] == 2 and row["card_message_id"] is not None)
    stop = rig.discord.press(user="ada", message=card, custom_id=custom_id(card, "stop"))
    await killed_and_back(rig, kind, phase, stop)
    await press(rig, "stop", card)
    await rig.until(lambda: card.content.startswith("🚫"))
    rig.whisul.finish(first.job_id)
    await rig.post()
    assert [row["state"] for row in rig.rows()][1] == "cancelled"
    assert [submit.prompt for submit in rig.whisul.submits] == ["one"]
    assert_no_traceback(rig)


async def test_a_compose_again_that_was_killed_is_told_and_makes_no_song(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    again = rig.discord.press(user="dana", message=post, custom_id=custom_id(post, "again"))
    await killed_and_back(rig, "callback", "handled", again)
    (asked,) = [each for each in rig.discord.interactions.seen if each.user.username == "dana"]
    assert INTERRUPTED in words(await rig.until(lambda: asked.answer))
    await press(rig, "again", post, user="dana")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    rig.whisul.finish(rig.whisul.submits[1].job_id)
    await rig.post(number=2)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=2)
    assert len(rig.posts()) == len(rig.whisul.submits) == 2
    assert_no_traceback(rig)


async def test_a_like_that_was_killed_counts_once_at_the_next_press(rig: Rig) -> None:
    await rig.start()
    _, post = await posted(rig)
    like = rig.discord.press(user="dana", message=post, custom_id=custom_id(post, "like"))
    await killed_and_back(rig, "callback", "handled", like)
    await press(rig, "like", post, user="dana")
    await rig.until(lambda: "1" in str(post.components))
    assert_no_traceback(rig)


@pytest.mark.parametrize(
    ("kind", "phase", "then"),
    [("callback", "handled", "Saved"), ("original.edit", "before", "has been saved or cancelled already")],
)
async def test_a_change_of_settings_that_was_killed_is_saved_once(
    rig: Rig, kind: str, phase: str, then: str
) -> None:
    await rig.start()
    draft = await used(rig, "config limit", {"scope": "server", "songs": "3", "per": "day"})
    await killed_and_back(rig, kind, phase, rig.discord.press(user=ADMIN, message=draft, label="Save"))
    assert then in words(await pressed(rig, draft, "Save"))
    assert words(await used(rig, "config log")).count("changed the limit") == 1
    assert_no_traceback(rig)
