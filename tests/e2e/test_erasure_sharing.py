"""A song erased while it is shared is not posted, or its post is deleted."""

import asyncio
from itertools import product

from sandbox.discord import Fault, Permission, SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.actions import Hold, assert_no_traceback, forbid, private_answer
from tests.e2e.factories import press
from tests.e2e.rig import PATIENCE_S, Rig, words
from tests.e2e.test_privacy import CONFIRM, asked_for, nothing_personal
from tests.e2e.test_private_songs import own_answer
from tests.e2e.test_sharing import POST_HERE, SHARE, a_private_song, a_song, of_job

WAYS = [SHARE, POST_HERE]


async def asked_to_post(rig: Rig, way: str) -> tuple[Message, Message]:
    """A finished song; returns the message with the button, and the question before the erasure."""
    if way == SHARE:
        source = own_answer((await a_private_song(rig)).asked)
    else:
        source = await rig.status((await a_song(rig)).short_id, channel="general")
    return source, await asked_for(rig, "delete")


async def erase_now(rig: Rig, question: Message) -> None:
    await press(rig, question, CONFIRM)
    await rig.until(lambda: "**Erased:**" in question.content)


async def pressed(rig: Rig, source: Message, way: str) -> SeenInteraction:
    return await rig.discord.press(user="ada", message=source, custom_id=of_job(rig, way))


def standing(rig: Rig, way: str) -> list[Message]:
    return rig.posts("music" if way == SHARE else "general")


def erase_at_send(rig: Rig, question: Message) -> None:
    """The song is erased when Discord has taken the post, before the bot hears of it."""

    async def erase_meanwhile(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.create", "handled"):
            rig.discord.on_request(None)
            await erase_now(rig, question)

    rig.discord.on_request(erase_meanwhile)


def assert_bare(rig: Rig) -> None:
    row = rig.rows()[-1]
    assert (row["requester_id"], row["post_message_id"], row["post_channel_id"]) == (0, None, None)
    assert nothing_personal(rig)
    assert_no_traceback(rig)


async def test_a_song_erased_while_its_files_are_fetched_is_not_posted(ready: Rig) -> None:
    for way in WAYS:
        await is_not_posted(ready, way)


async def is_not_posted(rig: Rig, way: str) -> None:
    source, question = await asked_to_post(rig, way)
    sent = len(rig.discord.requests_of("message.create"))
    fetch = Hold("audio", "before")
    rig.whisul.on_request = fetch
    press_of_post = await pressed(rig, source, way)
    await asyncio.wait_for(fetch.arrived.wait(), PATIENCE_S)
    await erase_now(rig, question)
    fetch.release()
    told = words(await private_answer(rig, press_of_post))
    assert "was erased" in told, way
    assert "I didn't post" in told, way
    assert len(rig.discord.requests_of("message.create")) == sent, way
    assert standing(rig, way) == [], way
    assert_bare(rig)


async def test_a_post_of_the_moment_of_the_erasure_is_found_and_deleted(ready: Rig) -> None:
    for way, answer_is_lost in product(WAYS, (False, True)):
        source, question = await asked_to_post(ready, way)
        erase_at_send(ready, question)
        if answer_is_lost:
            ready.discord.script("message.create", Fault.error(503, handled=True))
        told = await private_answer(ready, await pressed(ready, source, way))
        assert "was erased" in words(told), (way, answer_is_lost)
        assert standing(ready, way) == [], (way, answer_is_lost)
        assert_bare(ready)


async def test_a_post_that_cannot_be_found_or_deleted_is_reported(ready: Rig) -> None:
    source, question = await asked_to_post(ready, SHARE)
    erase_at_send(ready, question)
    ready.discord.script("message.delete", Fault.error(403), times=99)
    told = words(await private_answer(ready, await pressed(ready, source, SHARE)))
    (post,) = ready.posts()
    assert str(post.id) in told
    assert "moderators" in told
    assert_bare(ready)


async def test_an_erased_song_is_not_shared_by_a_second_press(ready: Rig) -> None:
    source, question = await asked_to_post(ready, SHARE)
    forbid(ready, Permission.SEND_MESSAGES)
    assert "**Send Messages**" in words(await private_answer(ready, await pressed(ready, source, SHARE)))
    await erase_now(ready, question)
    ready.discord.world.allow("music", ready.discord.world.bot, Permission.SEND_MESSAGES)
    assert "isn't a finished song" in words(await private_answer(ready, await pressed(ready, source, SHARE)))
    assert ready.posts() == []
    assert_bare(ready)
