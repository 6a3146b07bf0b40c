"""Whatever happens to the send of a post, there is one post, and it is the stored one."""

from collections.abc import Mapping

import pytest

from sandbox.discord import Fault, Permission
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.world.model import Channel
from sandbox.whisul import failing
from tests.e2e.actions import Order, assert_no_traceback, forbid, killed_at, ordered, places, side_by_side
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import row_of

MAYBE_POSTED = {
    "500": Fault.error(500, handled=True),
    "502": Fault.error(502, handled=True),
    "503": Fault.error(503, handled=True),
    "reset": Fault.connection_reset(handled=True),
}
NOT_POSTED = {
    "503": Fault.error(503),
    "reset": Fault.connection_reset(),
    "rate limit": Fault.rate_limit(0.2),
    "Cloudflare's rate limit": Fault.rate_limit(1, via=False),
}
BEYOND_DISCORD_PY = {name: MAYBE_POSTED[name] for name in ("503", "reset")}
"""Those that discord.py hands on at once instead of sending again by itself, under the same nonce."""


async def posted_once(rig: Rig, order: Order) -> None:
    """Finish the song; it is posted once, and that post is known."""
    rig.whisul.finish(order.job_id)
    row = await row_of(rig, order.job_id, "completed")
    (post,) = rig.posts(order.asked.channel)
    assert (row["rung"], row["post_message_id"], row["post_channel_id"]) == (
        "channel",
        post.id,
        post.channel_id,
    )
    assert post.pinged_user_ids == [order.asked.user.id]
    assert rig.direct_messages() == []
    card = order.asked.answer
    assert card is not None
    assert card.content.endswith(f"/{post.channel_id}/{post.id}")


async def each_posted_once(rig: Rig, faults: Mapping[str, Fault]) -> dict[str, Channel]:
    """A song for each fault, in a channel of its own, whose first post meets it; returns the channels."""
    channels = places(rig, faults)
    orders = {case: await ordered(rig, channel=channel) for case, channel in channels.items()}
    for case, fault in faults.items():
        rig.discord.script("message.create", fault, channel=channels[case])
    await side_by_side(orders, lambda order: posted_once(rig, order))
    return channels


async def test_a_post_is_made_once_whether_or_not_discord_has_taken_it(ready: Rig) -> None:
    maybe = {f"{name}, perhaps posted": fault for name, fault in MAYBE_POSTED.items()}
    await each_posted_once(ready, maybe | NOT_POSTED)


async def test_the_history_alone_prevents_a_second_post(ready: Rig) -> None:
    ready.discord.bot_messages.nonce_window_s = -1
    ready.discord.script(
        "history", Fault.error(503)
    )  # a search that can't be made for a moment is made again
    for channel in (await each_posted_once(ready, BEYOND_DISCORD_PY)).values():
        assert len(requests_in(ready, "message.create", channel)) == 1
        assert requests_in(ready, "history", channel)


async def test_the_nonce_alone_prevents_a_second_post(ready: Rig) -> None:
    order = await ordered(ready)
    forbid(ready, Permission.READ_MESSAGE_HISTORY)
    # The first try ends with the refusal to reply to the card, the second one is the post.
    ready.discord.script("message.create", Fault.error(503, handled=True), skip=1)
    await posted_once(ready, order)
    assert len({sent["nonce"] for sent in creates(ready)}) == 1


async def test_a_search_does_not_take_another_jobs_post_for_this_one(ready: Rig) -> None:
    ready.discord.bot_messages.nonce_window_s = -1
    first, second = await ordered(ready, "one"), await ordered(ready, "two")
    ready.whisul.finish(first.job_id)
    await ready.post()
    ready.discord.script("message.create", Fault.error(503))
    ready.whisul.finish(second.job_id)
    await ready.post(number=2)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    assert [row["post_message_id"] for row in ready.rows()] == [post.id for post in ready.posts()]


async def test_a_direct_message_of_which_the_answer_was_lost_is_not_made_twice(ready: Rig) -> None:
    ready.discord.bot_messages.nonce_window_s = -1
    order = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.discord.script("dm.message", Fault.error(503, handled=True))
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    (message,) = ready.direct_messages()
    assert (row["rung"], row["post_message_id"]) == ("direct_message", message.id)
    assert "Send Messages" in row["delivery_note"]


async def test_a_post_that_was_never_answered_is_found_by_the_next_start(rig: Rig) -> None:
    rig.discord.bot_messages.nonce_window_s = -1
    await rig.start()
    order = await ordered(rig)
    rig.discord.script("message.create", Fault.never(handled=True))
    rig.whisul.finish(order.job_id)
    await rig.post()
    assert rig.row()["delivery"] == "posting"
    await rig.bot.kill()
    await rig.start()
    await posted_once_already(rig)


async def posted_once_already(rig: Rig) -> None:
    """The same for a song that was finished before."""
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)


async def test_a_private_refusal_with_a_lost_response_is_sent_once(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="No trap here"), times=len(MAYBE_POSTED))

    async def is_told_once(channel: Channel) -> None:
        asked = await ready.compose(channel.name, channel=channel)
        await ready.until(lambda: asked.followups and asked.answer and "No trap here" in words(asked.answer))
        await ready.until_stored(
            lambda row: (row["channel_id"], row["delivery"]) == (channel.id, "delivered")
        )
        (row,) = [row for row in ready.rows() if row["channel_id"] == channel.id]
        (answer,) = asked.followups
        assert "No trap here" in words(answer)
        assert answer.ephemeral_for == asked.user.id
        # The card can't be taken away before it is certain that the answer was given, so it tells it too.
        assert asked.answer is not None
        assert "No trap here" in words(asked.answer)
        assert (row["state"], row["rung"], row["post_message_id"]) == (
            "failed",
            "interaction",
            asked.answer.id,
        )
        assert ready.posts(channel) == ready.direct_messages() == []

    for fault in MAYBE_POSTED.values():
        ready.discord.script("followup", fault)
    await side_by_side(places(ready, MAYBE_POSTED), is_told_once)


@pytest.mark.parametrize("phase", ["before", "handled"])
async def test_a_refusal_before_its_card_is_sent_once_across_a_crash(rig: Rig, phase: str) -> None:
    rig.whisul.script("submit", failing(400, message="No trap here"))
    rig.discord.script("original.edit", Fault.connection_reset())
    ended = killed_at(rig, "followup", phase)
    await rig.start()
    asked = await rig.compose()
    await ended()
    await rig.start()
    await rig.settled("failed")
    assert len(asked.followups) == (phase == "handled")
    assert asked.answer is not None
    assert [
        words(each) for each in (asked.answer, *asked.followups) if "No trap here" not in words(each)
    ] == []
    assert rig.posts() == rig.direct_messages() == []


async def test_a_refusal_before_its_card_with_a_lost_response_is_sent_once(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="No trap here"))
    ready.discord.script("original.edit", Fault.connection_reset())
    ready.discord.script("followup", Fault.connection_reset(handled=True))
    asked = await ready.compose()
    await ready.settled("failed")
    (answer,) = asked.followups
    assert "No trap here" in words(answer)
    assert asked.answer is not None
    assert "No trap here" in words(asked.answer)
    assert ready.posts() == ready.direct_messages() == []


async def test_a_song_finished_while_discord_is_away_is_posted_when_it_is_back(ready: Rig) -> None:
    order = await ordered(ready)
    await ready.discord.go_down()
    ready.whisul.finish(order.job_id)
    await ready.until_stored(lambda row: row["state"] == "completed" and row["delivery"] != "none")
    await ready.discord.come_back()
    await posted_once_already(ready)
    await ready.until(lambda: ready.discord.bot_online)
    assert_no_traceback(ready)


async def test_a_song_in_mid_post_when_discord_goes_away_is_posted_once(rig: Rig) -> None:
    rig.discord.bot_messages.nonce_window_s = -1
    await rig.start()
    order = await ordered(rig)
    rig.discord.script("message.create", Fault.never(handled=True))
    rig.whisul.finish(order.job_id)
    await rig.post()
    await rig.discord.go_down()
    await rig.discord.come_back()
    await posted_once_already(rig)


def requests_in(rig: Rig, kind: str, channel: Channel) -> list[SeenRequest]:
    """The bot's requests of this kind for a channel."""
    return [request for request in rig.discord.requests_of(kind) if f"/{channel.id}/" in request.path]


def creates(rig: Rig) -> list[dict[str, object]]:
    """What the bot sent to make messages."""
    return [
        request.json
        for request in rig.discord.requests_of("message.create")
        if isinstance(request.json, dict)
    ]
