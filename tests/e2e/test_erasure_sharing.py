"""A song erased while it is shared is not posted, or its post is deleted."""

import asyncio
from itertools import product

from sandbox.discord import Fault, Permission, SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, forbid, private_answer
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


async def test_a_song_erased_while_its_files_are_fetched_is_not_posted(rig: Rig) -> None:
    await rig.start()
    for way in WAYS:
        await is_not_posted(rig, way)


async def is_not_posted(rig: Rig, way: str) -> None:
    source, question = await asked_to_post(rig, way)
    sent = len(rig.discord.requests_of("message.create"))
    fetched, go_on = asyncio.Event(), asyncio.Event()

    async def hold(kind: str, phase: str) -> None:
        if (kind, phase) == ("audio", "before"):
            fetched.set()
            await go_on.wait()

    rig.whisul.on_request = hold
    press_of_post = await pressed(rig, source, way)
    await asyncio.wait_for(fetched.wait(), PATIENCE_S)
    await erase_now(rig, question)
    go_on.set()
    told = words(await private_answer(rig, press_of_post))
    assert "was erased" in told, way
    assert "I didn't post" in told, way
    assert len(rig.discord.requests_of("message.create")) == sent, way
    assert standing(rig, way) == [], way
    assert_bare(rig)


async def test_a_post_of_the_moment_of_the_erasure_is_found_and_deleted(rig: Rig) -> None:
    await rig.start()
    for way, answer_is_lost in product(WAYS, (False, True)):
        source, question = await asked_to_post(rig, way)
        erase_at_send(rig, question)
        if answer_is_lost:
            rig.discord.script("message.create", Fault.error(503, handled=True))
        told = await private_answer(rig, await pressed(rig, source, way))
        assert "was erased" in words(told), (way, answer_is_lost)
        assert standing(rig, way) == [], (way, answer_is_lost)
        assert_bare(rig)


async def test_a_post_that_cannot_be_found_or_deleted_is_reported(rig: Rig) -> None:
    await rig.start()
    source, question = await asked_to_post(rig, SHARE)
    erase_at_send(rig, question)
    rig.discord.script("message.delete", Fault.error(403), times=99)
    told = words(await private_answer(rig, await pressed(rig, source, SHARE)))
    (post,) = rig.posts()
    assert str(post.id) in told
    assert "moderators" in told
    assert_bare(rig)


async def test_an_erased_song_is_not_shared_by_a_second_press(rig: Rig) -> None:
    await rig.start()
    source, question = await asked_to_post(rig, SHARE)
    forbid(rig, Permission.SEND_MESSAGES)
    assert "**Send Messages**" in words(await private_answer(rig, await pressed(rig, source, SHARE)))
    await erase_now(rig, question)
    rig.discord.world.allow("music", rig.discord.world.bot, Permission.SEND_MESSAGES)
    assert "isn't a finished song" in words(await private_answer(rig, await pressed(rig, source, SHARE)))
    assert rig.posts() == []
    assert_bare(rig)
