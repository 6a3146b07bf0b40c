"""/compose: which requests are refused, with what answer, and that a refusal costs nothing."""

from sandbox.discord import Fault, Permission
from sandbox.discord.application.interaction import ResponseType
from sandbox.whisul import Delay
from tests.e2e.actions import assert_no_traceback, forbid, nothing_happened, ordered, places, private_answer
from tests.e2e.rig import PATIENCE_S, Rig, words
from tests.e2e.whisul_actions import post_of, row_of

UNSEEN_PROMPTS = (" ", "\n\t\r\n", "\u200b", "\u200d\ufeff\u2060", "\x00\x07", "\u3000\u00a0")


async def test_prompts_in_which_nothing_can_be_seen_are_refused_privately(rig: Rig) -> None:
    await rig.start()
    for prompt in UNSEEN_PROMPTS:
        answer = await private_answer(rig, await rig.compose(prompt))
        assert "empty" in words(answer)
        assert "Nothing was spent" in words(answer)
    asked = await rig.compose("")
    assert "empty" in words(await private_answer(rig, asked))
    assert asked.modal is None  # it is not taken for no prompt at all
    assert nothing_happened(rig)


async def test_a_prompt_that_is_too_long_is_refused_with_both_figures(rig: Rig) -> None:
    await rig.start(MAX_PROMPT_CHARS="20")
    answer = await private_answer(rig, await rig.compose("x" * 21))
    assert "21 characters" in words(answer)
    assert "the limit is 20" in words(answer)
    assert nothing_happened(rig)
    await ordered(rig, "y" * 20)


async def test_a_permission_that_the_bot_lacks_is_named_privately_and_no_other(rig: Rig) -> None:
    await rig.start()
    names = {
        "View Channel": Permission.VIEW_CHANNEL,
        "Send Messages": Permission.SEND_MESSAGES,
        "Embed Links": Permission.EMBED_LINKS,
        "Read Message History": Permission.READ_MESSAGE_HISTORY,
    }
    for name, channel in places(rig, names).items():
        forbid(rig, names[name], channel)
        text = words(await private_answer(rig, await rig.compose(channel=channel)))
        assert f"**{name}**" in text
        assert f"<#{channel.id}>" in text, name
        named = [each for each in names if f"**{each}**" in text]
        # Discord takes others away with those that come before it.
        assert name != "Read Message History" or named == [name]
        assert nothing_happened(rig, channel), name


async def test_in_a_thread_it_is_the_permission_for_threads_that_counts(rig: Rig) -> None:
    await rig.start()
    thread = rig.channel("open jam")
    forbid(rig, Permission.SEND_MESSAGES_IN_THREADS)
    answer = await private_answer(rig, await rig.compose(channel=thread))
    assert "**Send Messages in Threads**" in words(answer)
    assert nothing_happened(rig, thread)
    rig.discord.world.allow("music", rig.discord.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    forbid(rig, Permission.SEND_MESSAGES)
    order = await ordered(rig, channel=thread)
    rig.whisul.finish(order.job_id)
    post = await rig.post(thread)
    row = await rig.settled("completed")
    assert (row["rung"], row["channel_id"], row["post_channel_id"]) == ("channel", thread.id, thread.id)
    assert row["post_message_id"] == post.id


async def test_acknowledging_does_not_wait_for_whisul(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", Delay(30, when="before"))
    asked = await rig.compose()
    assert asked.response_type is ResponseType.DEFERRED
    await rig.until(lambda: asked.answer)
    assert rig.row()["state"] in ("queued", "submitting")
    assert rig.whisul.submits == []


def callbacks(rig: Rig) -> list[int | None]:
    """The error code of each acknowledgement."""
    return [request.code for request in rig.discord.requests_of("callback")]


async def test_a_command_that_could_not_be_acknowledged_in_time_costs_nothing(rig: Rig) -> None:
    await rig.start()
    rig.discord.interactions.acknowledge_limit_s = 0.3
    rig.discord.script("callback", Fault.late(0.6))
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "too late"}
    )
    assert await rig.until(lambda: asked.failed) == "The application did not respond"
    await rig.until(lambda: callbacks(rig) == [10062])
    rig.discord.interactions.acknowledge_limit_s = PATIENCE_S
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "too late on its way"}
    )
    rig.discord.jump(PATIENCE_S + 1)
    await rig.until(lambda: callbacks(rig) == [10062, 10062])
    assert not asked.acknowledged
    rig.discord.script("callback", Fault.connection_reset(), times=2)
    await rig.discord.command(user="ada", channel="music", name="compose", options={"prompt": "unheard"})
    await rig.until(lambda: len(callbacks(rig)) == 4)
    await rig.bot.stop()
    assert nothing_happened(rig)
    assert_no_traceback(rig)


async def test_an_acknowledgement_whose_answer_was_lost_still_makes_the_song(rig: Rig) -> None:
    await rig.start()
    faults = {
        "502": Fault.error(502, handled=True),
        "503": Fault.error(503, handled=True),
        "reset": Fault.connection_reset(handled=True),
    }
    for case, channel in places(rig, faults).items():
        rig.discord.script("callback", faults[case])
        order = await ordered(rig, channel=channel)
        rig.whisul.finish(order.job_id)
        assert await post_of(rig, order.job_id, channel), case
        await row_of(rig, order.job_id, "completed")


async def test_a_refusal_whose_callback_response_is_lost_is_sent_once(rig: Rig) -> None:
    await rig.start()
    rig.discord.script("callback", Fault.error(502, handled=True))
    asked = await rig.compose(" ")
    await rig.until(lambda: len(rig.discord.requests_of("callback")) == 2)
    await rig.bot.stop()
    assert "empty" in words(await private_answer(rig, asked))
    assert nothing_happened(rig)
    assert_no_traceback(rig)
