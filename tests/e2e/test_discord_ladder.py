"""Delivery routes in order: if a song cannot be posted, the next route is taken."""

import asyncio
from collections.abc import Callable

from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Channel, Message
from tests.e2e.actions import Order, forbid, ordered, places
from tests.e2e.rig import Rig, embed, listen_url, words
from tests.e2e.whisul_actions import row_of


async def told_in_a_direct_message(
    rig: Rig, order: Order, *, state: str = "completed"
) -> tuple[Message, str]:
    """Wait until a job is delivered by direct message only; returns the message and the stored note."""
    row = await row_of(rig, order.job_id, state)
    (message,) = [
        message
        for message in rig.direct_messages(order.asked.user.username)
        if f"Job {order.job_id}" in words(message)
    ]
    assert row["rung"] == "direct_message"
    assert (row["post_channel_id"], row["post_message_id"]) == (message.channel_id, message.id)
    assert f"<#{row['channel_id']}>" in message.content
    return message, row["delivery_note"]


UNPOSTABLE: dict[str, tuple[Callable[[Rig, Channel], None], str]] = {
    "no View Channel": (lambda rig, at: forbid(rig, Permission.VIEW_CHANNEL, at), "View Channel"),
    "no Send Messages": (lambda rig, at: forbid(rig, Permission.SEND_MESSAGES, at), "Send Messages"),
    "no Embed Links": (lambda rig, at: forbid(rig, Permission.EMBED_LINKS, at), "Embed Links"),
    "refused": (
        lambda rig, at: rig.discord.script(
            "message.create", Fault.error(403, body={"message": "Missing Access", "code": 50001}), channel=at
        ),
        "50001",
    ),
    "deleted": (lambda rig, at: rig.discord.world.delete_channel(at), "10003"),
}


async def test_where_a_song_can_not_be_posted_it_comes_as_a_direct_message(ready: Rig) -> None:
    for case, channel in places(ready, UNPOSTABLE).items():
        take_away, why = UNPOSTABLE[case]
        order = await ordered(ready, channel=channel)
        take_away(ready, channel)
        ready.whisul.finish(order.job_id)
        message, note = await told_in_a_direct_message(ready, order)
        assert embed(message)["title"] == order.job.song.title, case
        assert [file.filename.endswith(".mp3") for file in message.attachments] == [True], case
        assert why in note, case
        if case != "deleted":
            assert ready.posts(channel) == [], case
    order = await ordered(ready)
    forbid(ready, Permission.SEND_MESSAGES)
    ready.whisul.finish(order.job_id, status="failed", error="The drummer left")
    message, _ = await told_in_a_direct_message(ready, order, state="failed")
    assert "The drummer left" in words(message)


async def test_without_attach_files_the_post_links_what_it_cannot_attach(ready: Rig) -> None:
    order = await ordered(ready)
    forbid(ready, Permission.ATTACH_FILES)
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    assert post.files == []
    assert listen_url(post).endswith("/audio/81fa5ff7.mp3")
    assert embed(post)["thumbnail"]["url"].endswith("/covers/81fa5ff7.jpg")
    assert post.components
    assert post.reference is not None
    row = await ready.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)


async def test_without_read_message_history_the_post_stands_alone(ready: Rig) -> None:
    lacking = {
        "history": (Permission.READ_MESSAGE_HISTORY, 1),
        "history and files": (Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES, 0),
    }
    for case, channel in places(ready, lacking).items():
        order = await ordered(ready, channel=channel)
        permissions, attached = lacking[case]
        forbid(ready, permissions, channel)
        ready.whisul.finish(order.job_id)
        row = await row_of(ready, order.job_id, "completed")
        (post,) = ready.posts(channel)
        assert post.reference is None, case
        assert (len(post.attachments), bool(post.files)) == (attached, bool(attached)), case
        assert post.pinged_user_ids == [order.asked.user.id], case
        assert (row["rung"], row["post_message_id"]) == ("channel", post.id), case


async def test_a_channel_that_closes_in_a_failing_post_leads_to_a_direct_message(ready: Rig) -> None:
    orders = {name: await ordered(ready, channel=name) for name in ("music", "lobby")}
    arrived: list[str] = []
    both = asyncio.Event()

    async def close_the_channels(kind: str, phase: str) -> None:
        if (kind, phase) != ("message.create", "before"):
            return
        arrived.append(kind)
        if len(arrived) == len(orders):
            forbid(ready, Permission.SEND_MESSAGES, "music")
            ready.discord.world.remove_bot("Basement Tapes")
            both.set()
        await both.wait()
        raise ConnectionError

    ready.discord.on_request(close_the_channels)
    for order in orders.values():
        ready.whisul.finish(order.job_id)
    for name, order in orders.items():
        await told_in_a_direct_message(ready, order)
        assert ready.posts(name) == []


async def test_a_removed_bot_writes_a_direct_message_or_keeps_the_outcome(ready: Rig) -> None:
    with_another, without = await ordered(ready), await ordered(ready, user="bela")
    ready.discord.world.remove_bot("Night Owls")
    for order in (with_another, without):
        ready.whisul.finish(order.job_id)
    _, note = await told_in_a_direct_message(ready, with_another)
    assert "no longer in the server" in note
    row = await row_of(ready, without.job_id, "completed", delivery="undeliverable")
    assert (row["rung"], row["post_message_id"], row["delivered_at"]) == ("kept", None, None)
    assert row["delivery_note"]
    assert ready.direct_messages("bela") == []


async def test_what_no_route_delivered_is_delivered_by_job_status(ready: Rig) -> None:
    order = await ordered(ready, user="chidi")
    forbid(ready, Permission.SEND_MESSAGES)
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed", delivery="undeliverable")
    assert row["rung"] == "kept"
    assert "50007" in row["delivery_note"]
    (card,) = ready.cards()
    assert card.embeds == []
    assert f"See `/job status {order.short_id}`." in card.content
    for _ in range(2):  # somebody else's look does not count
        assert "Midnight Grid" in words(await ready.status(order.short_id, user="dana", channel="general"))
    assert ready.row()["delivery"] == "undeliverable"
    answer = await ready.status(order.short_id, user="chidi", channel="lobby")
    assert answer.ephemeral
    assert "Midnight Grid" in words(answer)
    row = await ready.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("kept", None)
    assert row["delivered_at"] is not None


async def test_a_card_that_somebody_deleted_does_not_keep_the_post_away(ready: Rig) -> None:
    order = await ordered(ready)
    assert order.asked.answer is not None
    ready.discord.world.delete_message(order.asked.answer)
    ready.whisul.finish(order.job_id)
    post = await ready.post()
    row = await ready.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert ready.cards() == []


async def test_a_post_opens_an_archived_thread_and_leaves_a_locked_one_alone(ready: Rig) -> None:
    thread = ready.channel("open jam")
    order = await ordered(ready, channel=thread)
    ready.discord.world.set_thread(thread, archived=True)
    ready.whisul.finish(order.job_id)
    post = await ready.post(thread)
    row = await row_of(ready, order.job_id, "completed")
    assert (row["rung"], row["post_message_id"], thread.archived) == ("channel", post.id, False)
    order = await ordered(ready, channel=thread)
    ready.discord.world.set_thread(thread, archived=True, locked=True)
    ready.whisul.finish(order.job_id)
    _, note = await told_in_a_direct_message(ready, order)
    assert note
    assert ready.posts(thread) == [post]
    assert thread.archived
