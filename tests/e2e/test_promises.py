"""Between the acknowledgement of a command and the row of its job: nobody is left with "is thinking"."""

import asyncio
import sqlite3
from contextlib import closing

from sandbox.discord import Fault
from tests.e2e.rig import Rig, words

INTERRUPTED = "I was restarted before I had taken this request. Nothing was spent."


async def killed_at_the_acknowledgement(rig: Rig, phase: str) -> None:
    killed = asyncio.Event()

    async def kill(kind: str, seen_phase: str) -> None:
        if killed.is_set() or (kind, seen_phase) != ("callback", phase):
            return
        killed.set()
        await rig.bot.kill()
        if phase == "before":
            raise ConnectionResetError("the request dies with the bot")

    rig.discord.on_request(kill)
    await rig.start()
    await rig.discord.command(user="ada", channel="music", name="compose", options={"prompt": "a trap song"})
    await killed.wait()
    await rig.bot.process.wait()


async def test_whoever_was_acknowledged_and_not_written_down_is_told_after_the_restart(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "handled")
    (asked,) = rig.discord.interactions.seen
    assert asked.acknowledged
    assert asked.answer is None
    await rig.start()
    assert INTERRUPTED in words(await rig.until(lambda: asked.answer))
    assert rig.rows() == []
    assert rig.whisul.requests == []


async def test_it_is_told_although_discord_fails_at_first(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "handled")
    rig.discord.script("original.edit", Fault.error(500))
    await rig.start()
    (asked,) = rig.discord.interactions.seen
    assert INTERRUPTED in words(await rig.until(lambda: asked.answer))


async def test_nothing_is_told_to_whom_discord_has_told_itself_that_the_bot_did_not_respond(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "before")
    await rig.start()
    await rig.until(lambda: rig.discord.requests_of("original.edit"))
    (asked,) = rig.discord.interactions.seen
    await asked.wait_failed()
    assert asked.response is None
    assert rig.rows() == []


async def test_whoever_asks_again_gets_a_song(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "handled")
    await rig.start()
    await rig.until(lambda: len(rig.discord.identifies) == 2)
    await rig.compose("a waltz")
    await rig.until_whisul(lambda: rig.whisul.jobs)
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    await rig.post()
    assert [submit.prompt for submit in rig.whisul.submits] == ["a waltz"]


async def test_a_database_that_is_slow_does_not_cost_the_acknowledgement(rig: Rig) -> None:
    await rig.start()
    with closing(sqlite3.connect(rig.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        await rig.compose()
        assert rig.rows() == []
        other.rollback()
    await rig.until_stored(lambda row: row["state"] == "running")
    assert "promise_late" in rig.bot.log
