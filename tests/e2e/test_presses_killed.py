"""A kill during a press: its effect is complete or absent, and the next press completes it."""

from collections.abc import Awaitable

from sandbox.discord import SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, killed_at, ordered, started_again
from tests.e2e.config_actions import ADMIN, pressed, used
from tests.e2e.press_actions import buttons, custom_id, posted, press
from tests.e2e.rig import Rig, words
from tests.e2e.test_likes import likes

INTERRUPTED = "I restarted before I could take this request. Nothing was spent."


async def killed_and_back(rig: Rig, kind: str, phase: str, press_it: Awaitable[SeenInteraction]) -> None:
    """Kill the bot at its request to Discord for a press, and restart it."""
    ended = killed_at(rig, kind, phase)
    await press_it
    await ended()
    await started_again(rig)


async def test_a_stop_that_was_killed_is_ended_by_the_next_press(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    first = await ordered(rig, "one")
    for key, (kind, phase) in enumerate((("callback", "handled"), ("message.edit", "before")), start=2):
        second = await rig.compose("two")
        card = await rig.until(lambda second=second: second.answer)
        await rig.until_stored(lambda row, key=key: row["key"] == key and row["card_message_id"] is not None)
        stop = rig.discord.press(user="ada", message=card, custom_id=custom_id(card, "stop"))
        await killed_and_back(rig, kind, phase, stop)
        await press(rig, "stop", card)
        await rig.until(lambda card=card: card.content.startswith("🚫"))
        assert rig.rows()[-1]["state"] == "cancelled", kind
    rig.whisul.finish(first.job_id)
    await rig.post()
    assert [submit.prompt for submit in rig.whisul.submits] == ["one"]
    assert_no_traceback(rig)


async def _a_compose_again_makes_no_song(rig: Rig, post: Message) -> None:
    seen = len(rig.discord.interactions.seen)
    again = rig.discord.press(user="dana", message=post, custom_id=custom_id(post, "again"))
    await killed_and_back(rig, "callback", "handled", again)
    (asked,) = rig.discord.interactions.seen[seen:]
    assert INTERRUPTED in words(await rig.until(lambda: asked.answer))
    await press(rig, "again", post, user="dana")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    rig.whisul.finish(rig.whisul.submits[1].job_id)
    await rig.post(number=2)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=2)
    assert len(rig.posts()) == len(rig.whisul.submits) == 2
    assert_no_traceback(rig)


async def test_a_press_interrupted_by_a_kill_is_done_or_not_done(ready: Rig) -> None:
    _, post = await posted(ready)
    await _a_like_is_done_whole(ready, post)
    await _a_compose_again_makes_no_song(ready, post)


async def _a_like_is_done_whole(rig: Rig, post: Message) -> None:
    like = rig.discord.press(user="dana", message=post, custom_id=custom_id(post, "like"))
    await killed_and_back(rig, "callback", "handled", like)
    assert likes(rig) == 1, "it was written before it was acknowledged, and not shown any more"
    await press(rig, "like", post, user="dana")
    assert likes(rig) == 0, "and so the next press takes it back"
    await press(rig, "like", post, user="dana")
    await rig.until(lambda: buttons(post)["like"] == "1")
    assert_no_traceback(rig)


async def test_a_change_of_settings_that_was_killed_is_saved_once(ready: Rig) -> None:
    cases = (
        ("callback", "handled", "Saved"),
        ("original.edit", "before", "already saved or canceled"),
    )
    for changes, (kind, phase, then) in enumerate(cases, start=1):
        draft = await used(ready, "config limit", {"scope": "server", "songs": f"{changes}", "per": "day"})
        await killed_and_back(
            ready, kind, phase, ready.discord.press(user=ADMIN, message=draft, label="Save")
        )
        assert then in words(await pressed(ready, draft, "Save")), kind
        assert words(await used(ready, "config log")).count("changed the limit") == changes, kind
    assert_no_traceback(ready)
