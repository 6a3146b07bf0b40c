"""Between a command's acknowledgement and its job's row: "is thinking" never remains."""

from sandbox.discord import Fault
from tests.e2e.actions import killed_at
from tests.e2e.database import locked
from tests.e2e.rig import PATIENCE_S, Rig, words

INTERRUPTED = "I restarted before I could take this request. Nothing was spent."


async def killed_at_the_acknowledgement(rig: Rig, phase: str) -> None:
    ended = killed_at(rig, "callback", phase)
    await rig.start()
    await rig.discord.command(user="ada", channel="music", name="compose", options={"prompt": "a trap song"})
    await ended()


async def test_an_acknowledged_unstored_request_is_answered_after_a_restart(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "handled")
    (asked,) = rig.discord.interactions.seen
    assert asked.acknowledged
    assert asked.answer is None
    rig.discord.script("original.edit", Fault.error(500))
    await rig.start()
    assert INTERRUPTED in words(await rig.until(lambda: asked.answer)), "told although Discord fails at first"
    assert rig.rows() == []
    assert rig.whisul.requests == []
    await rig.until(lambda: len(rig.discord.identifies) == 2)
    await rig.compose("a waltz")
    await rig.until_whisul(lambda: rig.whisul.jobs)
    rig.whisul.finish(rig.whisul.submits[0].job_id)
    await rig.post()
    assert [submit.prompt for submit in rig.whisul.submits] == ["a waltz"], "asked for again"


async def test_an_unacknowledged_request_gets_no_message_after_the_restart(rig: Rig) -> None:
    await killed_at_the_acknowledgement(rig, "before")
    await rig.start()
    await rig.until(lambda: rig.discord.requests_of("original.edit"))
    (asked,) = rig.discord.interactions.seen
    rig.discord.jump(PATIENCE_S + 1)
    await asked.wait_failed()
    assert asked.response is None
    assert rig.rows() == []


async def test_a_database_that_is_slow_does_not_cost_the_acknowledgement(ready: Rig) -> None:
    with locked(ready):
        await ready.compose()
        assert ready.rows() == []
    await ready.until_stored(lambda row: row["state"] == "running")
    assert "pending_ack_slow" in ready.bot.log
