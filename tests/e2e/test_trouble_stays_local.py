"""A failing channel or server delays only its own songs."""

import asyncio

from sandbox.discord import Fault
from sandbox.discord.world.model import Channel
from sandbox.whisul import failing
from tests.e2e.actions import ordered, places
from tests.e2e.rig import Rig, words

MANY = 40
"""More than were ever under way at once."""


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


async def test_a_failing_channel_delays_no_other_servers_song(rig: Rig) -> None:
    await rig.start()
    faults = {"500": Fault.error(500), "503": Fault.error(503), "no answer": Fault.never()}
    channels = places(rig, faults)
    for case, fault in faults.items():
        rig.discord.fault_script.hold("message.create", fault, channel_id=channels[case].id)
        await many_songs(rig, channels[case])
    await is_held_up_nowhere_else(rig)
    assert {case: rig.posts(channel) for case, channel in channels.items()} == {case: [] for case in faults}


async def test_a_crowded_channel_gets_each_song_once_and_delays_no_other(rig: Rig) -> None:
    await rig.start()
    rig.discord.rest.limits.set("message.create", limit=5, per_s=1.0)
    rig.discord.rest.limits.set("message.edit", limit=5, per_s=1.0)
    await many_songs(rig)
    await is_held_up_nowhere_else(rig)
    assert len(rig.posts()) < MANY
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=MANY + 1)
    assert sorted(row["post_message_id"] for row in rig.rows()[:MANY]) == [post.id for post in rig.posts()]
    refused = [request for request in rig.discord.requests_of("message.create") if request.status == 429]
    assert len(refused) <= 5


async def test_cards_of_a_failing_channel_delay_no_other_servers_card(rig: Rig) -> None:
    await rig.start()
    for _ in range(20):
        rig.whisul.script("submit", failing(503))
    asked = [await rig.compose(f"song {number}") for number in range(20)]
    await rig.until(lambda: all(each.answer and each.answer.embeds for each in asked))
    rig.discord.fault_script.hold("message.edit", Fault.never(), channel_id=rig.channel("music").id)
    await rig.until_whisul(lambda: len(rig.whisul.jobs) == 20)
    order = await ordered(rig, "a song elsewhere", user="eve", channel="lobby")
    assert order.asked.answer
    assert order.short_id in words(order.asked.answer)
