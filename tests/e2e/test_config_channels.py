"""/config channels and private: where songs may be requested, and where they stay drafts."""

from sandbox.discord.world.model import ChannelType
from tests.e2e.actions import ordered, private_answer
from tests.e2e.config_actions import MEMBER, used
from tests.e2e.rig import Rig, words

PLACES = ("music", "general")
CLOSED = "The admins don't allow songs in this channel"


async def refused(rig: Rig, channel: str) -> bool:
    """Whether a member's request in a channel is refused because of the list; else it is taken."""
    asked = await rig.compose(user=MEMBER, channel=channel)
    answer = words(await rig.until(lambda: asked.answer))
    return CLOSED in answer


async def test_a_list_of_allowed_channels_closes_all_others_until_cleared(ready: Rig) -> None:
    await used(ready, "config channels add", {"channel": ready.channel("music"), "means": "allow"})
    places = ("music", "open jam", "general")
    assert [await refused(ready, place) for place in places] == [False, False, True], (
        "a thread is as its channel"
    )
    told = words(await private_answer(ready, await ready.compose(user=MEMBER, channel="general")))
    assert f"Request it in <#{ready.channel('music').id}>" in told
    await used(ready, "config channels add", {"channel": ready.channel("general")})
    assert not await refused(ready, "general")
    await used(ready, "config channels clear")
    assert not await refused(ready, "music")
    log = words(await used(ready, "config log"))
    assert log.count("list of channels") == 3
    # The last channel off the list opens the server, too.
    await used(ready, "config channels add", {"channel": ready.channel("music"), "means": "allow"})
    assert await refused(ready, "general")
    await used(ready, "config channels remove", {"channel": ready.channel("open jam")})
    assert not await refused(ready, "general")


async def test_a_list_means_one_thing_and_what_is_not_on_it_cannot_be_taken_off(ready: Rig) -> None:
    nothing = words(await used(ready, "config channels remove", {"channel": ready.channel("general")}))
    assert "isn't on the list" in nothing
    await used(ready, "config channels add", {"channel": ready.channel("general"), "means": "deny"})
    other = await used(ready, "config channels add", {"channel": ready.channel("music"), "means": "allow"})
    assert "The list already means the opposite. Clear it first with `/config channels clear`" in words(other)
    missing = await used(ready, "config channels remove", {"channel": ready.channel("music")})
    assert "isn't on the list" in words(missing)
    assert [await refused(ready, "music"), await refused(ready, "general")] == [False, True]


async def test_forced_drafts_are_private_but_in_the_music_channels(ready: Rig) -> None:
    for channel in ("music", "general"):
        await used(ready, "config private", {"rule": "force", "music_channel": ready.channel(channel)})
    jams = ready.discord.world.add_channel("Night Owls", "Jams", kind=ChannelType.CATEGORY)
    room = ready.discord.world.add_channel("Night Owls", "jam room", category="Jams")
    await used(ready, "config private", {"rule": "force", "music_channel": jams})
    await ordered(ready, user=MEMBER, channel="general")
    await ordered(ready, user=MEMBER, channel=room)
    taken_off = {"rule": "force", "music_channel": ready.channel("general"), "remove": True}
    await used(ready, "config private", taken_off)
    asked = await ready.compose(user=MEMBER, channel="general")
    assert (await ready.until(lambda: asked.answer or asked.response)).ephemeral
    await ready.until_all(lambda row: row["job_id"] is not None, number=3)
    assert [row["is_private"] for row in ready.rows()] == [0, 0, 1]
    simulated = {"member": ready.discord.world.user(MEMBER), "channel": ready.channel("general")}
    assert "**can** request a song in" in words(await used(ready, "config simulate", simulated))
    told = {place: words(await used(ready, "limits", user=MEMBER, channel=place)) for place in PLACES}
    assert ["private drafts" in told[place] for place in PLACES] == [False, True]


async def test_forbidden_drafts_are_refused_with_the_reason_and_allowed_again(ready: Rig) -> None:
    for rule in ("allow", "forbid"):
        answer = await used(ready, "config private", {"rule": rule, "music_channel": ready.channel("music")})
        assert "Music channels only matter where private drafts are required" in words(answer), rule
    assert "private drafts" not in words(await used(ready, "config log"))
    await used(ready, "config private", {"rule": "forbid"})
    options = {"prompt": "a trap song", "private": True}
    asked = await ready.discord.command(user=MEMBER, channel="music", name="compose", options=options)
    assert "private" in words(await private_answer(ready, asked))
    assert ready.rows() == []
    await used(ready, "config private", {"rule": "allow"})
    await ready.discord.command(user=MEMBER, channel="music", name="compose", options=options)
    await ready.until_stored(lambda row: row["is_private"] == 1)
