"""The bot is put in a time-out, in which it may only read: everybody reads why, and when it ends."""

from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.config_actions import used
from tests.e2e.rig import Rig, words


async def test_in_a_time_out_songs_come_directly_and_everybody_reads_why(ready: Rig) -> None:
    world = ready.discord.world
    order = await ordered(ready)
    world.time_out("Night Owls", world.bot, 3600)
    ready.whisul.finish(order.job_id)
    await ready.settled("completed")
    (message,) = ready.direct_messages()
    assert "because I'm in a timeout on that server" in message.content
    member = world.member("Night Owls", world.bot)
    assert member is not None
    assert member.timed_out_until is not None
    ends = f"<t:{int(member.timed_out_until.timestamp())}"
    refusal = words(await private_answer(ready, await ready.compose()))
    assert "I'm in a timeout on this server" in refusal
    assert ends in refusal
    for where in ("here", "all"):
        report = words(await used(ready, "config doctor", {"where": where}))
        assert "Something needs fixing" in report
        assert ends in report
        assert "add me or my role" not in report
    world.time_out("Night Owls", world.bot, 0)
    await ordered(ready, "after it")
    assert_no_traceback(ready)
