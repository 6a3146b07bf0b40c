"""Private songs reach their requester once, by whatever route, and nobody else."""

import asyncio

from sandbox.discord import Fault, Permission
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Message
from sandbox.whisul import failing
from tests.e2e.actions import Order, assert_no_traceback, forbid, killed_at, started_again
from tests.e2e.database import change
from tests.e2e.rig import PATIENCE_S, Rig, embed, fields, words
from tests.e2e.whisul_actions import row_of

TOKEN_LIFE_S = 15 * 60


async def ordered_privately(rig: Rig, *, user: str = "ada", channel: str = "music") -> Order:
    """Ask for a private song, and wait until its card says that Whisul works on it."""
    number = len(rig.whisul.jobs)
    asked = await rig.discord.command(
        user=user, channel=channel, name="compose", options={"prompt": "a trap song", "private": True}
    )
    await rig.until_whisul(lambda: len(rig.whisul.jobs) > number)
    order = Order(asked, list(rig.whisul.jobs.values())[number])
    await rig.until(lambda: asked.answer and order.short_id in words(asked.answer))
    return order


def own_answer(asked: SeenInteraction) -> Message:
    """The private answer to the command itself."""
    assert asked.answer is not None
    assert asked.answer.ephemeral_for == asked.user.id
    return asked.answer


def assert_nobody_else_saw(rig: Rig) -> None:
    """In no channel of a server stands anything of the bot that others can read."""
    places = [channel for channel in rig.discord.world.channels.values() if not channel.is_dm]
    assert [m for channel in places for m in rig.discord.messages(channel) if not m.ephemeral] == []


async def test_a_private_song_replaces_its_card_for_its_requester_alone(ready: Rig) -> None:
    order = await ordered_privately(ready)
    assert "Only you can see this" in words(own_answer(order.asked))
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    answer = own_answer(order.asked)
    assert embed(answer)["title"] == "Midnight Grid"
    assert [file.filename for file in answer.attachments] == ["midnight-grid.mp3"]
    assert (row["rung"], row["post_channel_id"], row["post_message_id"]) == ("interaction", None, None)
    assert (row["card_message_id"], row["interaction_token"]) == (None, None)
    (ping,) = await ready.until(lambda: order.asked.followups)
    assert ping.ephemeral_for == order.asked.user.id
    assert ping.pinged_user_ids == [order.asked.user.id]
    assert_nobody_else_saw(ready)
    assert ready.direct_messages() == []
    await _is_for_its_requester_alone(ready, order)


async def _is_for_its_requester_alone(rig: Rig, order: Order) -> None:
    unknown = words(await rig.status("ffffffff", user="dana"))
    for reference in (order.job_id, order.short_id, "#1"):
        answer = await rig.status(reference, user="dana")
        assert words(answer).replace(reference, "ffffffff") == unknown
        assert answer.components == []
    own = fields(await rig.status(order.short_id))
    assert own["Visible to"] == "only you"
    assert own["Delivery"] == "I sent it in my private answer to the command."
    assert_no_traceback(rig)


async def test_a_failed_private_job_is_reported_privately(ready: Rig) -> None:
    ready.whisul.script("submit", failing(400, message="The drummer left"))
    options = {"prompt": "a trap song", "private": True}
    refused = await ready.discord.command(user="ada", channel="music", name="compose", options=options)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=1)
    failed = await ordered_privately(ready)
    ready.whisul.finish(failed.job_id, status="failed", error="The drummer left")
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=2)
    for asked, row in zip((refused, failed.asked), ready.rows(), strict=True):
        assert "The drummer left" in words(own_answer(asked))
        assert (row["state"], row["rung"], asked.followups) == ("failed", "interaction", [])
    assert_nobody_else_saw(ready)


async def test_a_kill_at_the_private_delivery_leaves_one_private_answer(ready: Rig) -> None:
    for phase in ("before", "handled", "answered"):
        await _is_delivered_once(ready, phase)
    assert ready.direct_messages() == []
    assert_nobody_else_saw(ready)


async def _is_delivered_once(rig: Rig, phase: str) -> None:
    order = await ordered_privately(rig)
    delivering, killed = asyncio.Event(), asyncio.Event()

    async def kill(kind: str, seen_phase: str) -> None:
        # Asked before the request is handled: once it is answered, the bot may already have recorded it.
        if (kind, seen_phase) == ("original.edit", "before") and rig.rows()[-1]["delivery"] == "posting":
            delivering.set()
        if delivering.is_set() and not killed.is_set() and (kind, seen_phase) == ("original.edit", phase):
            await rig.bot.kill()
            killed.set()
            if phase == "before":
                raise ConnectionError

    rig.discord.on_request(kill)
    rig.whisul.finish(order.job_id)
    await asyncio.wait_for(killed.wait(), PATIENCE_S)
    await rig.bot.process.wait()
    await started_again(rig)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=len(rig.rows()))
    assert rig.rows()[-1]["rung"] == "interaction", phase
    answer = own_answer(order.asked)
    assert embed(answer)["title"] == order.job.song.title, phase
    assert [file.filename.endswith(".mp3") for file in answer.attachments] == [True], phase


async def test_a_private_delivery_needs_no_permission_and_is_repeated_in_place(ready: Rig) -> None:
    forbid(ready, Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL | Permission.EMBED_LINKS)
    order = await ordered_privately(ready)
    ready.discord.script("original.edit", Fault.error(503, handled=True), times=2)
    ready.whisul.finish(order.job_id)
    assert (await ready.settled("completed"))["rung"] == "interaction"
    assert embed(own_answer(order.asked))["title"] == "Midnight Grid"
    assert_nobody_else_saw(ready)


async def test_past_its_card_a_private_song_comes_as_a_direct_message(ready: Rig) -> None:
    order = await ordered_privately(ready)
    ready.discord.world.delete_message(own_answer(order.asked))
    ready.whisul.finish(order.job_id)
    assert (await row_of(ready, order.job_id, "completed"))["rung"] == "direct_message"
    assert len(ready.direct_messages()) == 1
    order = await ordered_privately(ready)
    ready.discord.jump(TOKEN_LIFE_S + 1)
    ready.whisul.finish(order.job_id)
    row = await row_of(ready, order.job_id, "completed")
    _, message = ready.direct_messages()
    assert (row["rung"], row["post_message_id"]) == ("direct_message", message.id)
    assert "50027" in row["delivery_note"]
    assert embed(message)["title"] == order.job.song.title
    assert "15 minutes" in message.content
    assert_nobody_else_saw(ready)
    status = await ready.status(order.short_id)
    assert "could no longer update" in fields(status)["Delivery"]


async def test_with_closed_direct_messages_a_private_song_is_kept(ready: Rig) -> None:
    order = await ordered_privately(ready, user="chidi")
    ready.discord.jump(TOKEN_LIFE_S + 1)
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed", delivery="undeliverable")
    assert row["rung"] == "kept"
    assert_nobody_else_saw(ready)
    answer = await ready.status(order.short_id, user="chidi")
    assert "Midnight Grid" in words(answer)
    assert "I couldn't update my private answer" in fields(answer)["Delivery"]
    await ready.settled("completed")


async def test_a_restart_after_the_token_died_never_falls_back_on_the_channel(ready: Rig) -> None:
    for known_to_the_bot in (False, True):
        order = await ordered_privately(ready)
        ended = killed_at(ready, "original.edit", "before")
        ready.whisul.finish(order.job_id)
        await ended()
        ready.discord.jump(TOKEN_LIFE_S + 1)
        if known_to_the_bot:
            change(ready, "UPDATE jobs SET interaction_expires_at = '2026-01-01 00:00:00.000000'")
        await started_again(ready)
        assert (await row_of(ready, order.job_id, "completed"))["rung"] == "direct_message", known_to_the_bot
        assert_nobody_else_saw(ready)
