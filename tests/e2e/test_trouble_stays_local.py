"""A failing channel or server delays only its own songs."""

import asyncio

from sandbox.discord import Fault
from sandbox.discord.world.model import Channel
from sandbox.whisul import failing
from tests.e2e.actions import ordered, places
from tests.e2e.rig import Rig, words

MANY = 12
"""More than are under way at once in a channel, and in three channels more than in a server."""


async def many_songs(rig: Rig, channel: str | Channel = "music") -> None:
    """Ask for songs in one channel, and have them all finished."""
    number = len(rig.whisul.jobs) + MANY
    await asyncio.gather(*(rig.compose(f"song {each}", channel=channel) for each in range(MANY)))
    await rig.until_whisul(lambda: len(rig.whisul.jobs) == number)
    for job_id in list(rig.whisul.jobs)[-MANY:]:
        rig.whisul.finish(job_id)
    await rig.until_all(lambda row: row["state"] == "completed", number=number)


async def is_held_up_nowhere_else(rig: Rig) -> None:
    """A song of another server is posted."""
    order = await ordered(rig, "a song elsewhere", user="eve", channel="lobby")
    rig.whisul.finish(order.job_id)
    await rig.post("lobby")


async def test_a_failing_channel_delays_no_other_servers_song(ready: Rig) -> None:
    faults = {"500": Fault.error(500), "503": Fault.error(503), "no answer": Fault.never()}
    channels = places(ready, faults)
    for case, fault in faults.items():
        ready.discord.fault_script.hold("message.create", fault, channel_id=channels[case].id)
        await many_songs(ready, channels[case])
    await is_held_up_nowhere_else(ready)
    assert {case: ready.posts(channel) for case, channel in channels.items()} == {case: [] for case in faults}


async def test_a_crowded_channel_gets_each_song_once_and_delays_no_other(ready: Rig) -> None:
    ready.discord.rest.limits.set("message.create", limit=2, per_s=1.0)
    ready.discord.rest.limits.set("message.edit", limit=5, per_s=1.0)
    await many_songs(ready)
    await is_held_up_nowhere_else(ready)
    assert len(ready.posts()) < MANY
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=MANY + 1)
    assert sorted(row["post_message_id"] for row in ready.rows()[:MANY]) == [
        post.id for post in ready.posts()
    ]
    refused = [request for request in ready.discord.requests_of("message.create") if request.status == 429]
    assert len(refused) <= 5


async def test_cards_of_a_failing_channel_delay_no_other_servers_card(ready: Rig) -> None:
    for _ in range(20):
        ready.whisul.script("submit", failing(503))
    asked = [await ready.compose(f"song {number}") for number in range(20)]
    await ready.until(lambda: all(each.answer and each.answer.embeds for each in asked))
    ready.discord.fault_script.hold("message.edit", Fault.never(), channel_id=ready.channel("music").id)
    await ready.until_whisul(lambda: len(ready.whisul.jobs) == 20)
    order = await ordered(ready, "a song elsewhere", user="eve", channel="lobby")
    assert order.asked.answer
    assert order.short_id in words(order.asked.answer)
