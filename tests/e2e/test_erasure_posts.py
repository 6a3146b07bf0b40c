"""A song is erased while the outcome of its post is unknown: the post is searched for and deleted."""

import asyncio
from itertools import product

from sandbox.discord import Fault, Permission
from sandbox.discord.world.model import Channel, ChannelType, Message
from tests.e2e.actions import Order, assert_no_traceback, forbid, killed_at, ordered, started_again
from tests.e2e.config_actions import results_in
from tests.e2e.factories import press
from tests.e2e.rig import PATIENCE_S, Rig
from tests.e2e.test_erasure_cards import all_wiped
from tests.e2e.test_privacy import CONFIRM, PROMPT, asked_for, erased
from tests.e2e.test_private_songs import own_answer
from tests.e2e.test_sharing import SHARE, a_private_song

RESULTS_IN = {"results channel": "general", "forum": "board"}
PLACES = ("channel", "direct message", "results channel", "forum")


async def under_way(rig: Rig, place: str) -> tuple[Order, Message]:
    """A song that is about to be posted there; returns it, and the question before the erasure."""
    rig.discord.world.allow("music", rig.discord.world.bot, Permission.SEND_MESSAGES)
    if place in RESULTS_IN:
        await results_in(rig, RESULTS_IN[place])
    order = await ordered(rig, PROMPT)
    if place == "direct message":
        forbid(rig, Permission.SEND_MESSAGES)
    return order, await asked_for(rig, "delete")


def standing(rig: Rig, place: str) -> list[Message]:
    if place == "direct message":
        return rig.direct_messages()
    if place == "forum":
        return [message for post in on_the_board(rig) for message in rig.posts(post)]
    return rig.posts("general" if place == "results channel" else "music")


def on_the_board(rig: Rig) -> list[Channel]:
    board = rig.channel("board")
    return [each for each in rig.discord.world.channels.values() if each.parent_id == board.id]


def kind_of(place: str) -> str:
    return {"direct message": "dm.message", "forum": "thread.create"}.get(place, "message.create")


async def test_a_post_of_unknown_outcome_is_deleted(rig: Rig) -> None:
    rig.discord.world.add_channel("Night Owls", "board", kind=ChannelType.FORUM)
    await rig.start()
    for place, killed in product(PLACES, (False, True)):
        await is_deleted(rig, place, killed=killed)
    assert_no_traceback(rig)


async def is_deleted(rig: Rig, place: str, *, killed: bool) -> None:
    order, question = await under_way(rig, place)
    made = asyncio.Event()

    async def erase_meanwhile(kind: str, phase: str) -> None:
        if (kind, phase) == (kind_of(place), "handled"):
            rig.discord.on_request(None)
            assert standing(rig, place)
            await press(rig, question, CONFIRM)
            await rig.until(lambda: "**Erased:**" in question.content)
            if killed:
                await rig.bot.kill()
            made.set()

    rig.discord.on_request(erase_meanwhile)
    rig.discord.script(kind_of(place), Fault.error(503, handled=True))
    rig.whisul.finish(order.job_id)
    await asyncio.wait_for(made.wait(), PATIENCE_S)
    if killed:
        await rig.bot.process.wait()
        await started_again(rig)
    await rig.until(lambda: standing(rig, place) == [])
    await all_wiped(rig)
    assert rig.rows()[-1]["delivery"] == "none", (place, killed)
    await rig.until(lambda: {each.name for each in on_the_board(rig)} <= {"Deleted song"})


async def test_a_share_of_which_only_the_intent_is_known_is_deleted(ready: Rig) -> None:
    source = own_answer((await a_private_song(ready)).asked)
    ended = killed_at(ready, "message.create", "handled")
    await ready.discord.press(user="ada", message=source, custom_id=f"{SHARE}:1")
    await ended()
    assert len(ready.posts()) == 1
    await started_again(ready)
    await erased(ready)
    await ready.until(lambda: ready.posts() == [])
