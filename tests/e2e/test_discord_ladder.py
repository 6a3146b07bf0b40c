"""The delivery ladder: wherever a song can't be posted any more, its requester is told on the next rung."""

import pytest

from sandbox.discord import Fault, Permission
from sandbox.discord.model import Message
from tests.e2e.rig import Rig, embed, words
from tests.e2e.steps import forbid, ordered


async def told_in_a_direct_message(rig: Rig, *, user: str = "ada", state: str = "completed") -> Message:
    """Wait until the only job is told in a direct message alone, and check what is stored of that."""
    row = await rig.settled(state)
    (message,) = rig.direct_messages(user)
    assert row["rung"] == "direct_message"
    assert (row["post_channel_id"], row["post_message_id"]) == (message.channel_id, message.id)
    assert f"<#{row['channel_id']}>" in message.content
    return message


@pytest.mark.parametrize(
    ("permission", "note"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.EMBED_LINKS, "Embed Links"),
    ],
)
async def test_without_a_permission_to_post_the_song_comes_as_a_direct_message(
    rig: Rig, permission: Permission, note: str
) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, permission)
    rig.whisul.finish(order.job_id)
    message = await told_in_a_direct_message(rig)
    assert embed(message)["title"] == "Midnight Grid"
    assert [file.filename for file in message.attachments] == ["midnight-grid.mp3"]
    assert rig.posts() == []
    assert note in rig.row()["delivery_note"]


async def test_a_failure_that_cannot_be_posted_comes_as_a_direct_message_too(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    message = await told_in_a_direct_message(rig, state="failed")
    assert "The drummer left" in words(message)


async def test_a_permission_of_whose_loss_only_discords_refusal_tells_leads_to_a_direct_message(
    rig: Rig,
) -> None:
    await rig.start()
    order = await ordered(rig)
    refusal = Fault.error(403, body={"message": "Missing Access", "code": 50001})
    rig.discord.script("message.create", refusal)
    rig.whisul.finish(order.job_id)
    await told_in_a_direct_message(rig)
    assert "50001" in rig.row()["delivery_note"]


async def test_without_attach_files_the_post_links_what_it_cannot_attach(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, Permission.ATTACH_FILES)
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    assert post.files == []
    assert embed(post)["url"].endswith("/audio/81fa5ff7.mp3")
    assert embed(post)["image"]["url"].endswith("/covers/81fa5ff7.jpg")
    assert post.components
    assert post.reference is not None
    row = await rig.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)


async def test_without_read_message_history_the_post_stands_alone(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, Permission.READ_MESSAGE_HISTORY)
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert post.reference is None
    assert [file.filename for file in post.attachments] == ["midnight-grid.mp3"]
    assert post.pinged_user_ids == [order.asked.user.id]
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)


async def test_without_history_and_files_the_post_still_comes(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    forbid(rig, Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES)
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    (post,) = rig.posts()
    assert (post.reference, post.files) == (None, [])
    assert row["rung"] == "channel"


async def test_a_deleted_channel_leads_to_a_direct_message(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.world.delete_channel("music")
    rig.whisul.finish(order.job_id)
    await told_in_a_direct_message(rig)
    assert "10003" in rig.row()["delivery_note"]


async def test_a_bot_that_was_removed_from_the_server_writes_a_direct_message(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    rig.discord.world.remove_bot("Night Owls")
    rig.whisul.finish(order.job_id)
    await told_in_a_direct_message(rig)
    assert "no longer in the server" in rig.row()["delivery_note"]


@pytest.mark.parametrize("removed", [False, True], ids=["no permission", "removed"])
async def test_a_channel_that_closes_in_a_failing_post_leads_to_a_direct_message(
    rig: Rig, *, removed: bool
) -> None:
    await rig.start()
    order = await ordered(rig)

    async def close_the_channel(kind: str, phase: str) -> None:
        if (kind, phase) != ("message.create", "before"):
            return
        if removed:
            rig.discord.world.remove_bot("Night Owls")
        else:
            forbid(rig, Permission.SEND_MESSAGES)
        raise ConnectionError

    rig.discord.on_request(close_the_channel)
    rig.whisul.finish(order.job_id)
    await told_in_a_direct_message(rig)
    assert rig.posts() == []


async def test_without_a_server_in_common_the_outcome_is_kept(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="bela")
    rig.discord.world.remove_bot("Night Owls")
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed", delivery="undeliverable")
    assert (row["rung"], row["post_message_id"], row["delivered_at"]) == ("kept", None, None)
    assert row["delivery_note"]
    assert rig.direct_messages("bela") == []


async def test_what_could_not_be_told_anywhere_is_told_by_job_status_and_then_counts_as_told(
    rig: Rig,
) -> None:
    await rig.start()
    order = await ordered(rig, user="chidi")
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed", delivery="undeliverable")
    assert row["rung"] == "kept"
    assert "50007" in row["delivery_note"]
    answer = await rig.status(order.short_id, user="chidi", channel="lobby")
    assert answer.ephemeral
    assert "Midnight Grid" in words(answer)
    row = await rig.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("kept", None)
    assert row["delivered_at"] is not None


async def test_somebody_elses_look_up_does_not_count_as_told(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="chidi")
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed", delivery="undeliverable")
    assert "Midnight Grid" in words(await rig.status(order.short_id, user="dana", channel="general"))
    assert "Midnight Grid" in words(await rig.status(order.short_id, user="dana", channel="general"))
    assert rig.row()["delivery"] == "undeliverable"


async def test_a_card_that_somebody_deleted_does_not_keep_the_post_away(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig)
    assert order.asked.answer is not None
    rig.discord.world.delete_message(order.asked.answer)
    rig.whisul.finish(order.job_id)
    post = await rig.post()
    row = await rig.settled("completed")
    assert (row["rung"], row["post_message_id"]) == ("channel", post.id)
    assert rig.cards() == []


async def test_an_archived_thread_is_opened_by_the_post(rig: Rig) -> None:
    await rig.start()
    thread = rig.channel("open jam")
    order = await ordered(rig, channel=thread)
    rig.discord.world.set_thread(thread, archived=True)
    rig.whisul.finish(order.job_id)
    post = await rig.post(thread)
    row = await rig.settled("completed")
    assert (row["rung"], row["post_message_id"], thread.archived) == ("channel", post.id, False)


async def test_a_locked_thread_leads_to_a_direct_message(rig: Rig) -> None:
    await rig.start()
    thread = rig.channel("open jam")
    order = await ordered(rig, channel=thread)
    rig.discord.world.set_thread(thread, archived=True, locked=True)
    rig.whisul.finish(order.job_id)
    await told_in_a_direct_message(rig)
    assert rig.posts(thread) == []
    assert thread.archived
    assert rig.row()["delivery_note"]


async def test_the_card_of_what_is_kept_says_where_to_find_it(rig: Rig) -> None:
    await rig.start()
    order = await ordered(rig, user="chidi")
    forbid(rig, Permission.SEND_MESSAGES)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed", delivery="undeliverable")
    (card,) = rig.cards()
    assert card.embeds == []
    assert f"`/job status {order.short_id}` shows it" in card.content
