"""Channel types: where songs can be requested and posted, and what a category in a list includes."""

import json

import pytest

from bot.clock import Clock
from bot.domain.policy.model import ChannelMode, Channels, Policy
from sandbox.discord import Permission
from sandbox.discord.client.command_input import Refused
from sandbox.discord.world.model import Channel, ChannelType
from tests.e2e.actions import assert_no_traceback, forbid, ordered, private_answer
from tests.e2e.config_actions import ADMIN, MEMBER, imported, pressed, private, results_in, sent_raw, used
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig, fields, words

OWLS = "Night Owls"
KINDS = [ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE]


def added(rig: Rig, kind: ChannelType, name: str = "new", *, category: str | None = None) -> Channel:
    return rig.discord.world.add_channel(OWLS, name, kind=kind, category=category)


async def stored(rig: Rig, policy: Policy) -> None:
    """Settings from before channel types were checked."""
    guild_id = rig.discord.world.guild(OWLS).id
    async with job_factory(rig) as written:
        now = Clock().now()
        await written.store.policies.change(guild_id, lambda _: policy, by=1, what="before", now=now)


async def picked(rig: Rig, part: str, picker: str, *channels: Channel) -> None:
    panel = await used(rig, "config show")
    ways = await private(rig, await rig.discord.select(user=ADMIN, message=panel, values=[part]))
    asked = await rig.discord.select(
        user=ADMIN, message=ways, values=channels, custom_id=f"config-pick:{picker}"
    )
    await pressed(rig, await private(rig, asked), "Save")


async def is_closed(rig: Rig, channel: str) -> bool:
    """Whether a member's request there is refused because of the list of channels."""
    asked = await rig.compose(user=MEMBER, channel=channel)
    answer = words(await rig.until(lambda: asked.answer))
    return "don't allow songs in this channel" in answer


async def test_results_channel_without_messages_is_neither_offered_nor_taken(ready: Rig) -> None:
    channel = added(ready, ChannelType.CATEGORY)
    with pytest.raises(Refused):
        await used(ready, "config results", {"channel": channel})
    with pytest.raises(Refused):
        await picked(ready, "results", "results", channel)
    shown = {"id": str(channel.id), "type": int(channel.type), "name": "new", "permissions": "0"}
    option = {"type": 7, "name": "channel", "value": str(channel.id)}
    asked = sent_raw(
        ready,
        [{"type": 1, "name": "results", "options": [option]}],
        user=ADMIN,
        resolved={"channels": {str(channel.id): shown}},
    )
    refusal = words(await private_answer(ready, asked))
    assert f"<#{channel.id}> is a category" in refusal
    assert "Nothing was changed" in refusal
    assert fields(await used(ready, "config show"))["Finished songs"] == "posted where they were requested"


async def test_stored_results_channel_without_messages_costs_no_request(rig: Rig) -> None:
    channel = added(rig, ChannelType.CATEGORY)
    await stored(rig, Policy(results_channel_id=channel.id))
    await rig.start()
    order = await ordered(rig)
    rig.whisul.finish(order.job_id)
    await rig.settled("completed")
    assert len(rig.posts()) == 1
    assert not [seen for seen in rig.discord.requests if str(channel.id) in seen.path]
    report = await used(rig, "config doctor")
    assert "Something needs fixing" in words(report)
    told = fields(report)["Finished songs"]
    assert f"<#{channel.id}> is a category" in told
    assert "`/config results`" in told
    assert "a category" in fields(await used(rig, "config show"))["Finished songs"]


async def test_doctor_tells_a_deleted_results_channel_from_an_archived_thread(ready: Rig) -> None:
    gone = added(ready, ChannelType.TEXT)
    await used(ready, "config results", {"channel": gone})
    ready.discord.world.delete_channel(gone)
    told = fields(await used(ready, "config doctor"))["Finished songs"]
    assert "❌" in told
    assert "no longer exists" in told
    await results_in(ready, "open jam")
    ready.discord.world.set_thread("open jam", archived=True)
    report = await used(ready, "config doctor")
    assert "Everything works" in words(report)
    assert fields(report)["Finished songs"] == f"✅ I post them in <#{ready.channel('open jam').id}>."


async def test_songs_are_asked_for_and_posted_in_every_kind_that_takes_messages(ready: Rig) -> None:
    channels = [added(ready, kind, kind.name) for kind in KINDS]
    for channel in channels:
        order = await ordered(ready, channel=channel)
        ready.whisul.finish(order.job_id)
        await ready.post(channel)
    for channel in channels:
        assert "Saved" in words(await used(ready, "config results", {"channel": channel}))
        order = await ordered(ready)
        ready.whisul.finish(order.job_id)
        await ready.post(channel, number=2)
        assert "Everything works" in words(await used(ready, "config doctor", channel=channel.name))
    assert_no_traceback(ready)


async def test_forum_posts_and_threads_on_announcements_take_requests(ready: Rig) -> None:
    forum, news = added(ready, ChannelType.FORUM), added(ready, ChannelType.ANNOUNCEMENT, "news")
    world = ready.discord.world
    threads = [world.add_thread(place, f"on {place.name}", owner="dana") for place in (forum, news)]
    forbid(ready, Permission.SEND_MESSAGES, forum)
    for number, thread in enumerate(threads):
        order = await ordered(ready, channel=thread)
        ready.whisul.finish(order.job_id)
        await ready.post(thread)
        assert ready.rows()[number]["root_channel_id"] == thread.parent_id
    assert "Saved" in words(await used(ready, "config results", {"channel": threads[0]}))
    order = await ordered(ready)
    ready.whisul.finish(order.job_id)
    await ready.post(threads[0], number=2)
    found = fields(await used(ready, "config doctor", {"where": "all"}))
    assert "❌ Send Messages" in found, "there are other channels in which it is missing"
    assert f"<#{forum.id}>" not in found["❌ Send Messages"]


async def test_a_category_in_the_list_stands_for_its_channels(ready: Rig) -> None:
    jams = added(ready, ChannelType.CATEGORY, "Jams")
    added(ready, ChannelType.TEXT, "jam room", category="Jams")
    added(ready, ChannelType.FORUM, "jam board", category="Jams")
    ready.discord.world.add_thread("jam board", "first jam", owner="dana")
    saved = words(await used(ready, "config channels add", {"channel": jams, "means": "allow"}))
    assert f"only in all channels in <#{jams.id}>" in saved
    places = ("jam room", "first jam", "general", "open jam")
    assert [await is_closed(ready, place) for place in places] == [False, False, True, True]
    assert "You can't request a song" in words(await used(ready, "limits", user=MEMBER, channel="general"))
    assert "You can request a song" in words(await used(ready, "limits", user=MEMBER, channel="first jam"))
    for place, verdict in (("jam room", "**can** "), ("first jam", "**can** "), ("general", "**can't** ")):
        asked = {"member": ready.discord.world.user(MEMBER), "channel": ready.channel(place)}
        assert verdict in words(await used(ready, "config simulate", asked))
    await picked(ready, "channels", "denied", jams)
    assert [await is_closed(ready, place) for place in places] == [True, True, False, False]
    assert f"everywhere except all channels in <#{jams.id}>" in words(await used(ready, "config show"))
    assert_no_traceback(ready)


async def test_a_threads_category_is_fetched_while_its_server_is_unavailable(rig: Rig) -> None:
    jams = added(rig, ChannelType.CATEGORY, "Jams")
    room = added(rig, ChannelType.TEXT, "jam room", category="Jams")
    rig.discord.world.add_thread(room, "first jam", owner="dana")
    await stored(rig, Policy(channels=Channels(mode=ChannelMode.ALLOW, ids=frozenset({jams.id}))))
    rig.discord.gateway.set_available(rig.discord.world.guild(OWLS), available=False)
    await rig.start()
    places = ("jam room", "first jam", "open jam")
    assert [await is_closed(rig, place) for place in places] == [False, False, True]


async def test_a_file_with_channels_of_the_wrong_kind_is_refused(ready: Rig) -> None:
    forum, jams = added(ready, ChannelType.FORUM), added(ready, ChannelType.CATEGORY, "Jams")
    thread = str(ready.channel("open jam").id)
    for document, told in (
        (
            {"results_channel_id": str(jams.id)},
            f"`results_channel_id`: <#{jams.id}> is a category, so I can't post there",
        ),
        ({"channels": {"mode": "allow", "ids": [thread]}}, f"`channels`: `{thread}` is a thread"),
        ({"private": "force", "music_channel_ids": [thread]}, f"`music_channel_ids`: `{thread}` is a thread"),
    ):
        answer = words(await imported(ready, json.dumps(document).encode()))
        assert told in answer
        assert "Nothing was changed" in answer
    listed = json.dumps({"channels": {"mode": "deny", "ids": [str(forum.id)]}}).encode()
    assert "Save this change?" in words(await imported(ready, listed))


async def test_a_post_tried_in_a_forum_before_a_crash_goes_to_the_songs_own(rig: Rig) -> None:
    forum = added(rig, ChannelType.FORUM)
    async with job_factory(rig) as written:
        await written.put(tried_in=forum, song_url="https://127.0.0.1/not-fetched.mp3", image_url=None)
    await rig.start()
    await rig.settled("completed")
    assert len(rig.posts()) == 1
    assert rig.direct_messages() == []
