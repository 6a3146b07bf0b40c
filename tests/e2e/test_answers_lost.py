"""Responses that Discord does not accept at once are sent again; if never accepted, the user gets a notice."""

from sandbox.discord import Fault
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import ADMIN, used
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import log_lines

FAULTS = {
    "reset": Fault.connection_reset(),
    "reset after its effect": Fault.connection_reset(handled=True),
}
COMMANDS = ("limits", "songs list", "privacy show", "privacy export", "config export", "config show")


async def answered_at_last(rig: Rig, name: str) -> Message:
    """An admin's command, and what they read in the end."""
    asked = await rig.discord.command(user=ADMIN, channel="music", name=name)
    return await private_answer(rig, asked)


async def test_a_lost_answer_is_sent_again_whole(ready: Rig) -> None:
    for name in COMMANDS:
        plain = await answered_at_last(ready, name)
        for case, fault in FAULTS.items():
            ready.discord.script("original.edit", fault)
            again = await answered_at_last(ready, name)
            assert words(again) == words(plain) != "", (name, case)
            assert [(file.filename, len(file.content) > 2) for file in again.attachments] == [
                (file.filename, True) for file in plain.attachments
            ], (name, case)
    assert not log_lines(ready, "command_failed")
    assert_no_traceback(ready)


async def test_a_status_or_an_erasure_with_a_lost_response_is_answered(ready: Rig) -> None:
    order = await ordered(ready)
    ready.discord.script("original.edit", Fault.connection_reset(), times=2)
    assert order.job_id[:8] in words(await ready.status(order.job_id))
    asked = await ready.discord.command(user="ada", channel="music", name="privacy delete")
    question = await private_answer(ready, asked)
    ready.discord.script("original.edit", Fault.connection_reset())
    pressed = await ready.discord.press(user="ada", message=question, label="Erase my data")
    told = await ready.until(lambda: pressed.updated and question)
    assert "erased" in words(told).casefold()
    assert ready.row()["prompt"] == ""
    assert_no_traceback(ready)


async def test_an_answer_that_discord_never_takes_is_logged_without_an_error(ready: Rig) -> None:
    ready.discord.script("original.edit", Fault.connection_reset(), times=3)
    asked = await ready.discord.command(user=ADMIN, channel="music", name="limits")
    (answer,) = await ready.until(lambda: asked.followups)
    assert "Discord didn't accept my answer" in words(answer)
    assert answer.ephemeral_for == asked.user.id
    assert len(log_lines(ready, "answer_not_taken")) == 1
    assert not log_lines(ready, "command_failed")
    assert_no_traceback(ready)
    assert "limit" in words(await used(ready, "limits")).casefold()
