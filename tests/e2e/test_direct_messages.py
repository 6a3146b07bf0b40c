"""Songs requested in direct messages: they are posted there, for the requester alone, under the operator's limits."""

import pytest

from sandbox.discord import Fault, Refused
from sandbox.discord.application.interactions import TOKEN_LIFE_S
from sandbox.discord.world.model import Channel, Message
from tests.e2e.actions import (
    assert_no_traceback,
    killed_at,
    nothing_happened,
    ordered,
    private_answer,
    until_card,
)
from tests.e2e.press_actions import buttons, press
from tests.e2e.rig import Rig, fields, words
from tests.e2e.test_restart import killed_at_discord
from tests.e2e.test_security import forge
from tests.e2e.whisul_actions import row_of

PROMPT = "a song nobody else may read"


def dm(rig: Rig, user: str = "ada") -> Channel:
    return rig.discord.world.open_dm(user)


async def answered(
    rig: Rig, name: str, *, channel: Channel | str, user: str = "ada", **options: str
) -> Message:
    asked = await rig.discord.command(user=user, channel=channel, name=name, options=options)
    return await rig.until(lambda: asked.answer)


async def delivered(rig: Rig, prompt: str = PROMPT) -> Message:
    """A song that ada has requested and got in her direct messages."""
    order = await ordered(rig, prompt, channel=dm(rig))
    number = len(rig.posts(dm(rig)))
    rig.whisul.finish(order.job_id)
    post = await rig.post(dm(rig), number + 1)
    await rig.until_stored(lambda row: row["job_id"] == order.job_id and row["delivery"] == "delivered")
    return post


async def test_a_song_requested_in_a_direct_message_is_posted_there(ready: Rig) -> None:
    order = await ordered(ready, channel=dm(ready))
    ready.whisul.finish(order.job_id)
    row = await ready.settled("completed")
    (post,) = ready.posts(dm(ready))
    assert (row["guild_id"], row["rung"], row["post_message_id"]) == (None, "channel", post.id)
    assert post.content == "Your song is ready!"
    assert post.pinged_user_ids == []
    assert post.attachments
    link = f"https://discord.com/channels/@me/{dm(ready).id}/{post.id}"
    assert link in await until_card(ready, order.asked, "is ready")
    assert ready.discord.requests_of("dm.create") == []
    order = await ordered(ready, channel=dm(ready))
    ready.whisul.finish(order.job_id, status="failed", error="The drummer left")
    post = await ready.post(dm(ready), number=2)
    assert (post.content, list(buttons(post))) == ("Your song couldn't be made.", ["retry", "edit", "delete"])
    assert "The drummer left" in words(post)
    ready.discord.world.set_locale("dana", "de")
    order = await ordered(ready, user="dana", channel=dm(ready, "dana"))
    ready.whisul.finish(order.job_id)
    post = await ready.post(dm(ready, "dana"))
    assert post.content == "Dein Song ist fertig!"
    assert ready.rows()[-1]["guild_locale"] == "de"


async def test_the_form_and_the_buttons_work_in_a_direct_message(ready: Rig) -> None:
    asked = await ready.discord.command(
        user="ada", channel=dm(ready), name="compose", options={"private": True}
    )
    sent = (
        await ready.discord.submit_modal(asked, {"prompt": PROMPT})
        if await ready.until(lambda: asked.modal)
        else asked
    )
    await ready.until_whisul(lambda: len(ready.whisul.jobs) == 1)
    card = await ready.until(lambda: sent.answer)
    assert not card.ephemeral
    assert asked.modal is not None
    assert asked.modal["title"] == "Compose a song"
    await press(ready, "stop", card)
    await until_card(ready, sent, "Stopped")
    ready.whisul.finish(next(iter(ready.whisul.jobs)))
    await ready.until_stored(lambda row: row["state"] == "completed")

    post = await delivered(ready)
    assert list(buttons(post)) == ["again", "like", "edit", "delete"]
    await press(ready, "like", post)
    await ready.until(lambda: buttons(post)["like"].endswith("1"))
    again = await press(ready, "again", post)
    await ready.until_whisul(lambda: len(ready.whisul.jobs) == 3)
    await until_card(ready, again, PROMPT)
    ready.whisul.finish(list(ready.whisul.jobs)[2])
    answer = await ready.post(dm(ready), 2)
    assert answer.reference is not None
    assert answer.reference["message_id"] == str(post.id)
    await press(ready, "delete", post)
    await ready.until(lambda: post.deleted)
    assert_no_traceback(ready)


async def test_only_the_requester_finds_the_song_of_a_direct_message(ready: Rig) -> None:
    await delivered(ready)
    job_id = ready.row()["job_id"]
    for place in (dm(ready), "general"):
        status = words(await answered(ready, "job status", channel=place, job_id=job_id))
        assert "I sent it to you as a direct message." in status
        assert job_id[:8] in words(await answered(ready, "songs list", channel=place))
    for place in (dm(ready, "dana"), "general"):
        assert "can't find" in words(
            await answered(ready, "job status", channel=place, user="dana", job_id=job_id)
        )
        listed = words(await answered(ready, "songs list", channel=place, user="dana"))
        assert job_id[:8] not in listed
    listed = words(await answered(ready, "songs list", channel="general", user="dana", scope="server"))
    assert job_id[:8] not in listed


async def test_one_song_at_a_time_and_so_many_a_day_in_direct_messages(rig: Rig) -> None:
    await rig.start(MAX_SONGS_PER_DAY_PER_USER="2")
    order = await ordered(rig, channel=dm(rig))
    refusal = words(await private_answer(rig, await rig.compose(channel=dm(rig))))
    assert "Operator limit: 1 song at a time for each person outside my servers" in refusal
    assert "Try again when one of your songs is done" in refusal
    # Neither her songs in servers nor the direct messages of others are limited by that.
    await ordered(rig)
    await ordered(rig, user="dana", channel=dm(rig, "dana"))
    rig.whisul.finish(order.job_id)
    await rig.post(dm(rig))

    shown = await answered(rig, "limits", channel=dm(rig))
    usage = fields(shown)
    assert shown.embeds[0]["title"] == "Your limits in direct messages"
    assert usage["1 song at a time for each person outside my servers (operator limit)"].startswith(
        "**1** left"
    )
    assert usage["2 songs per 24 hours for each person outside my servers (operator limit)"].startswith(
        "**1** left"
    )
    await delivered(rig)
    refusal = words(await private_answer(rig, await rig.compose(channel=dm(rig))))
    assert "Operator limit: 2 songs per 24 hours for each person outside my servers" in refusal


async def test_a_kill_at_the_post_leaves_one_post_in_the_direct_messages(rig: Rig) -> None:
    await killed_at_discord(rig, "dm.message", "handled", channel=dm(rig), prompt=PROMPT)
    await rig.start()
    row = await rig.settled("completed")
    assert [post.id for post in rig.posts(dm(rig))] == [row["post_message_id"]]
    assert len(rig.whisul.submits) == 1


async def test_a_kill_at_the_submit_in_a_direct_message_is_told_there(rig: Rig) -> None:
    ended = killed_at(rig, "submit", "handled")
    await rig.start()
    await rig.compose(channel=dm(rig))
    await ended()
    await rig.start()
    await rig.settled("unknown")
    (post,) = rig.posts(dm(rig))
    assert "No answer from Whisul" in words(post)
    assert len(rig.whisul.submits) == 1


async def test_an_erasure_in_direct_messages_leaves_no_prompt_and_a_button(ready: Rig) -> None:
    post = await delivered(ready)
    order = await ordered(ready, PROMPT, channel=dm(ready))
    question = await answered(ready, "privacy delete", channel=dm(ready))
    await press(ready, "erase", question)
    await ready.until(lambda: "until you do" in question.content)
    assert post.id == int(question.content.rpartition("/")[2].split()[0])
    card = await until_card(ready, order.asked, "erased this request")
    assert PROMPT not in card
    ready.whisul.finish(order.job_id)
    await ready.until_all(lambda row: row["state"] == "completed", number=2)
    row = ready.rows()[-1]
    assert (row["channel_id"], row["root_channel_id"], row["requester_id"], row["prompt"]) == (0, 0, 0, "")
    assert ready.posts(dm(ready)) == [post]
    # They still count, under a pseudonym.
    usage = fields(await answered(ready, "limits", channel=dm(ready)))
    assert usage["10 songs per 24 hours for each person outside my servers (operator limit)"].startswith(
        "**8** left"
    )
    await press(ready, "delete", post)
    await ready.until(lambda: post.deleted)


def refused(rig: Rig) -> None:
    rig.discord.fault_script.hold("dm.message", Fault.documented(20009))


def closed_by_the_person(rig: Rig) -> None:
    rig.discord.fault_script.release("dm.message")
    rig.discord.world.close_dms("ada")


def without_a_server_in_common(rig: Rig) -> None:
    for guild in rig.discord.world.bot_guilds():
        rig.discord.world.remove_bot(guild)


CLOSED = {
    refused: "because Discord didn't accept my message",
    closed_by_the_person: "because you don't accept direct messages from me",
    without_a_server_in_common: "because we're not in any server together",
}


async def test_a_song_that_cannot_be_sent_is_kept_and_says_why(ready: Rig) -> None:
    for close, reason in CLOSED.items():
        order = await ordered(ready, channel=dm(ready))
        close(ready)
        ready.whisul.finish(order.job_id)
        await row_of(ready, order.job_id, "completed", delivery="undeliverable")
        status = words(await answered(ready, "job status", channel=dm(ready), job_id=order.job_id))
        assert reason in status
        assert "I kept the result here" in status, reason
        await row_of(ready, order.job_id, "completed")
    assert ready.posts(dm(ready)) == []
    assert ready.discord.requests_of("dm.create") == []


async def test_after_15_minutes_the_song_is_posted_and_its_card_still_closed(ready: Rig) -> None:
    order = await ordered(ready, channel=dm(ready))
    ready.discord.jump(TOKEN_LIFE_S + 1)
    ready.whisul.finish(order.job_id)
    assert (await ready.settled("completed"))["rung"] == "channel"
    (post,) = ready.posts(dm(ready))
    assert str(post.id) in await until_card(ready, order.asked, "is ready")
    assert_no_traceback(ready)


async def test_a_song_cannot_be_ordered_in_direct_messages_that_are_switched_off(rig: Rig) -> None:
    await rig.start(ALLOW_DM="false")
    contexts = {
        command["name"]: command["contexts"] for command in rig.discord.command_registry.usable_in(None)
    }
    here = [contexts[name] for name in ("compose", "limits", "Compose from this message")]
    assert here == [[0], [0], [0]]
    assert contexts["songs"] == contexts["help"] == [0, 1]
    with pytest.raises(Refused):
        await rig.compose(channel=dm(rig))
    asked = forge(rig, "compose", [{"type": 3, "name": "prompt", "value": "a song"}], dm(rig))
    answer = words(await private_answer(rig, asked))
    assert "channels of a server" in answer
    assert "Nothing was spent" in answer
    assert nothing_happened(rig, dm(rig))
    assert_no_traceback(rig)
