"""Each of Discord's faults at each step of a song's way: it costs nobody the song, and nobody reads anything twice."""

import pytest

from sandbox.discord import Fault, Permission
from sandbox.whisul import Respond, failing
from tests.e2e.pressing import press
from tests.e2e.rig import Rig, words
from tests.e2e.steps import (
    Order,
    assert_no_traceback,
    forbid,
    nothing_happened,
    ordered,
    private_answer,
)
from tests.e2e.test_privacy import erased as erased_all
from tests.e2e.whisul_days import post_of, row_of, submits

CLOUDFLARES_RATE_LIMIT = Fault.rate_limit(1, via=False)
FAULTS = {
    "429": Fault.rate_limit(0.2),
    "429 without Via": CLOUDFLARES_RATE_LIMIT,
    "500": Fault.error(500),
    "500 after its effect": Fault.error(500, handled=True),
    "503": Fault.error(503),
    "503 after its effect": Fault.error(503, handled=True),
    "reset": Fault.connection_reset(),
    "reset after its effect": Fault.connection_reset(handled=True),
}
LONG_SONG = b"ID3" + bytes(9 * 2**20)
"""More than fits between the two ends of a connection, so that it is still being sent when that breaks."""


async def shown_while_it_works(rig: Rig, prompt: str) -> Order:
    """Ask for a song that has to wait a little, so that its card is drawn by an edit of either kind."""
    rig.whisul.script("submit", failing(503))
    return await ordered(rig, prompt)


async def posted_once(rig: Rig, order: Order) -> None:
    """Finish the song: there is one post, it is the stored one, and the card links to it."""
    rig.whisul.finish(order.job_id)
    post = await post_of(rig, order.job_id)
    row = await row_of(rig, order.job_id, "completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    await rig.until(lambda: order.asked.answer and order.asked.answer.content.endswith(f"/{post.id}"))
    assert rig.posts() == [post]
    assert rig.direct_messages() == []


async def written_once(rig: Rig, order: Order) -> None:
    """Finish the song where the bot may post no more: there is one direct message, and it is the stored one."""
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(order.job_id)
    row = await row_of(rig, order.job_id, "completed")
    (message,) = rig.direct_messages()
    assert order.job_id in words(message)
    assert (row["rung"], row["post_message_id"]) == ("direct_message", message.id)
    await rig.until(lambda: order.asked.answer and "direct message" in order.asked.answer.content)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_of_discord_at_every_step_costs_nobody_the_song(rig: Rig, fault: Fault) -> None:
    # Discord asks for patience there that the 3 seconds of an acknowledgement do not leave.
    may_fail = ["callback"] if fault is not CLOUDFLARES_RATE_LIMIT else []
    await rig.start()
    for kind in (*may_fail, "original.edit", "message.edit"):
        rig.discord.script(kind, fault)
    order = await shown_while_it_works(rig, "a song for the channel")
    for kind in ("message.create", "message.edit"):
        rig.discord.script(kind, fault)
    await posted_once(rig, order)
    order = await ordered(rig, "a song for its requester alone")
    for kind in ("dm.create", "dm.message", "message.edit"):
        rig.discord.script(kind, fault)
    await written_once(rig, order)
    assert len(rig.posts()) == 1
    assert len(submits(rig)) == 3
    assert_no_traceback(rig)


async def test_a_post_that_is_cut_off_while_its_files_are_sent_is_made_once(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("audio", Respond(body=LONG_SONG), times=None)
    order = await ordered(rig, "a song for the channel")
    rig.discord.script("message.create", Fault.cut_off())
    await posted_once(rig, order)
    order = await ordered(rig, "a song for its requester alone")
    rig.discord.script("dm.message", Fault.cut_off())
    await written_once(rig, order)
    (message,), (post,) = rig.direct_messages(), rig.posts()
    assert {len(file.content) for each in (message, post) for file in each.files} >= {len(LONG_SONG)}
    assert [len(rig.discord.requests_of(kind)) for kind in ("message.create", "dm.message")] == [2, 2]


@pytest.mark.parametrize("kind", ["original.delete", "followup"])
async def test_a_refusal_that_meets_a_rate_limit_without_via_is_told_once(rig: Rig, kind: str) -> None:
    await rig.start()
    rig.whisul.script("submit", failing(400, message="No trap here"))
    rig.discord.script(kind, CLOUDFLARES_RATE_LIMIT)
    asked = await rig.compose()
    await rig.settled("failed")
    (answer,) = asked.followups
    assert "No trap here" in words(answer)
    assert rig.posts() == rig.direct_messages() == []


@pytest.mark.parametrize("kind", ["original.delete", "followup"])
@pytest.mark.parametrize("name", ["429 without Via", "reset"])
async def test_whoever_is_refused_after_the_acknowledgement_is_told_though_discord_fails(
    rig: Rig, kind: str, name: str
) -> None:
    await rig.start(MAX_SONGS_PER_DAY="1")
    await ordered(rig)
    rig.discord.script(kind, FAULTS[name])
    asked = await rig.compose("a song too many", user="bela")
    assert "Nothing was spent" in words(await private_answer(rig, asked))
    assert asked.response is not None
    assert asked.response.deleted
    assert_no_traceback(rig)


async def test_a_deletion_of_which_the_answer_was_lost_does_not_cost_the_refusal(rig: Rig) -> None:
    await rig.start(MAX_SONGS_PER_DAY="1")
    await ordered(rig)
    rig.discord.script("original.delete", Fault.connection_reset(handled=True))
    asked = await rig.compose("a song too many", user="bela")
    assert "Nothing was spent" in words(await private_answer(rig, asked))


async def test_cards_say_their_last_words_though_discord_does_not_take_them_at_first(rig: Rig) -> None:
    await rig.start()
    stopped, erased = await ordered(rig, "a song to stop"), await ordered(rig, "a song to erase", user="bela")
    (card, other) = (stopped.asked.answer, erased.asked.answer)
    assert card is not None
    assert other is not None
    rig.discord.script("message.edit", Fault.error(503))
    await press(rig, "stop", card)
    await rig.until(lambda: "Nobody waits for" in card.content)
    rig.discord.script("message.edit", Fault.error(503))
    await erased_all(rig, user="bela")
    await rig.until(lambda: "was erased by the person who made it" in other.content)
    assert "to erase" not in words(other)
    assert_no_traceback(rig)


async def test_a_rate_limit_without_via_at_the_acknowledgement_costs_nothing(rig: Rig) -> None:
    await rig.start()
    rig.discord.script("callback", CLOUDFLARES_RATE_LIMIT)
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "unheard"}
    )
    await rig.until(lambda: rig.discord.requests_of("callback"))
    rig.discord.jump(4)
    assert await asked.wait_failed()
    await rig.bot.stop()
    assert nothing_happened(rig)
    assert_no_traceback(rig)
