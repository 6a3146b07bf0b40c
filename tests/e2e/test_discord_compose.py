"""/compose: which requests are refused, with what answer, and that a refusal costs nothing."""

from sandbox.discord import Fault, Permission
from sandbox.discord.application.interaction import ResponseType
from sandbox.whisul import Delay
from tests.e2e.actions import assert_no_traceback, forbid, nothing_happened, ordered, places, private_answer
from tests.e2e.rig import PATIENCE_S, Rig, words
from tests.e2e.whisul_actions import post_of, row_of

UNSEEN_PROMPTS = (" ", "\n\t\r\n", "\u200b", "\u200d\ufeff\u2060", "\x00\x07", "\u3000\u00a0")


async def test_prompts_in_which_nothing_can_be_seen_are_refused_once_privately(ready: Rig) -> None:
    for prompt in UNSEEN_PROMPTS:
        answer = await private_answer(ready, await ready.compose(prompt))
        assert "empty" in words(answer)
        assert "Nothing was spent" in words(answer)
    asked = await ready.compose("")
    assert "empty" in words(await private_answer(ready, asked))
    assert asked.modal is None  # it is not taken for no prompt at all
    acknowledged = len(callbacks(ready))
    ready.discord.script("callback", Fault.error(502, handled=True))
    asked = await ready.compose(" ")
    await ready.until(lambda: len(callbacks(ready)) == acknowledged + 2)
    await ready.bot.stop()
    assert "empty" in words(await private_answer(ready, asked))
    assert nothing_happened(ready)
    assert_no_traceback(ready)


async def test_a_permission_that_the_bot_lacks_is_named_privately_and_no_other(ready: Rig) -> None:
    names = {
        "View Channel": Permission.VIEW_CHANNEL,
        "Send Messages": Permission.SEND_MESSAGES,
        "Embed Links": Permission.EMBED_LINKS,
        "Read Message History": Permission.READ_MESSAGE_HISTORY,
    }
    for name, channel in places(ready, names).items():
        forbid(ready, names[name], channel)
        text = words(await private_answer(ready, await ready.compose(channel=channel)))
        assert f"**{name}**" in text
        assert f"<#{channel.id}>" in text, name
        named = [each for each in names if f"**{each}**" in text]
        # Discord takes others away with those that come before it.
        assert name != "Read Message History" or named == [name]
        assert nothing_happened(ready, channel), name


async def test_in_a_thread_it_is_the_permission_for_threads_that_counts(ready: Rig) -> None:
    thread = ready.channel("open jam")
    forbid(ready, Permission.SEND_MESSAGES_IN_THREADS)
    answer = await private_answer(ready, await ready.compose(channel=thread))
    assert "**Send Messages in Threads**" in words(answer)
    assert nothing_happened(ready, thread)
    ready.discord.world.allow("music", ready.discord.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    forbid(ready, Permission.SEND_MESSAGES)
    order = await ordered(ready, channel=thread)
    ready.whisul.finish(order.job_id)
    post = await ready.post(thread)
    row = await ready.settled("completed")
    assert (row["rung"], row["channel_id"], row["post_channel_id"]) == ("channel", thread.id, thread.id)
    assert row["post_message_id"] == post.id


async def test_acknowledging_does_not_wait_for_whisul(ready: Rig) -> None:
    ready.whisul.script("submit", Delay(30, when="before"))
    asked = await ready.compose()
    assert asked.response_type is ResponseType.DEFERRED
    await ready.until(lambda: asked.answer)
    assert ready.row()["state"] in ("queued", "submitting")
    assert ready.whisul.submits == []


def callbacks(rig: Rig) -> list[int | None]:
    """The error code of each acknowledgement."""
    return [request.code for request in rig.discord.requests_of("callback")]


async def test_a_command_that_could_not_be_acknowledged_in_time_costs_nothing(ready: Rig) -> None:
    ready.discord.interactions.acknowledge_limit_s = 0.3
    ready.discord.script("callback", Fault.late(0.6))
    asked = await ready.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "too late"}
    )
    assert await ready.until(lambda: asked.failed) == "The application did not respond"
    await ready.until(lambda: callbacks(ready) == [10062])
    ready.discord.interactions.acknowledge_limit_s = PATIENCE_S
    asked = await ready.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "too late on its way"}
    )
    ready.discord.jump(PATIENCE_S + 1)
    await ready.until(lambda: callbacks(ready) == [10062, 10062])
    assert not asked.acknowledged
    ready.discord.script("callback", Fault.connection_reset(), times=2)
    await ready.discord.command(user="ada", channel="music", name="compose", options={"prompt": "unheard"})
    await ready.until(lambda: len(callbacks(ready)) == 4)
    await ready.bot.stop()
    assert nothing_happened(ready)
    assert_no_traceback(ready)


async def test_an_acknowledgement_whose_answer_was_lost_still_makes_the_song(ready: Rig) -> None:
    faults = {
        "502": Fault.error(502, handled=True),
        "503": Fault.error(503, handled=True),
        "reset": Fault.connection_reset(handled=True),
    }
    for case, channel in places(ready, faults).items():
        ready.discord.script("callback", faults[case])
        order = await ordered(ready, channel=channel)
        ready.whisul.finish(order.job_id)
        assert await post_of(ready, order.job_id, channel), case
        await row_of(ready, order.job_id, "completed")
