"""People who have added the bot to their account use it where it is no member: only they see the answers."""

import pytest

from sandbox.discord import Refused
from sandbox.discord.application.interactions import TOKEN_LIFE_S
from sandbox.discord.json_types import Json
from sandbox.discord.world.model import Channel, Message
from tests.e2e.actions import (
    Order,
    assert_no_traceback,
    nothing_happened,
    ordered,
    private_answer,
    until_card,
)
from tests.e2e.factories import job_factory
from tests.e2e.press_actions import buttons, press
from tests.e2e.rig import Rig, embed, fields, words
from tests.e2e.test_security import forge
from tests.e2e.whisul_actions import row_of

ALLOWED = {"ALLOW_USER_INSTALL": "true"}


def foreign(rig: Rig, place: str) -> Channel:
    """A channel of a server, or a group, that ada is in and the bot is not; ada has the bot in her account."""
    world = rig.discord.world
    world.install_app("ada")
    if place == "group":
        return world.add_group("ada", "dana", name="the band")
    return world.add_channel(world.add_guild("Far Away", owner="ada"), "plaza")


async def ordered_there(rig: Rig, place: str) -> Order:
    await rig.start(**ALLOWED)
    return await ordered_in(rig, foreign(rig, place))


async def ordered_in(rig: Rig, channel: Channel) -> Order:
    number = len(rig.whisul.jobs)
    asked = await rig.compose(channel=channel)
    await rig.until_whisul(lambda: len(rig.whisul.jobs) > number)
    order = Order(asked, list(rig.whisul.jobs.values())[number])
    await until_card(rig, asked, order.short_id)
    return order


async def answered(rig: Rig, name: str, channel: Channel, **options: str) -> Message:
    asked = await rig.discord.command(user="ada", channel=channel, name=name, options=options)
    return await rig.until(lambda: asked.answer)


async def test_the_song_replaces_the_answer_that_only_its_requester_sees(rig: Rig) -> None:
    await rig.start(**ALLOWED)
    for place in ("server", "group"):
        order = await ordered_in(rig, foreign(rig, place))
        card = order.asked.answer
        assert card is not None
        assert card.ephemeral, place
        assert "Only you can see this" in words(card), place
        rig.whisul.finish(order.job_id)
        row = await row_of(rig, order.job_id, "completed")
        assert (row["guild_id"], row["is_private"], row["rung"]) == (None, 1, "interaction"), place
        assert embed(card)["title"] == order.job.song.title, place
        assert list(buttons(card)) == ["again", "edit"], place
        assert (await order.asked.wait_followup()).ephemeral, place
    assert [rig.discord.requests_of(kind) for kind in ("message.create", "dm.message", "dm.create")] == [
        []
    ] * 3
    assert_no_traceback(rig)


async def test_after_15_minutes_the_song_comes_directly_or_is_kept(rig: Rig) -> None:
    order = await ordered_there(rig, "server")
    rig.discord.jump(TOKEN_LIFE_S + 1)
    rig.whisul.finish(order.job_id)
    assert (await rig.settled("completed"))["rung"] == "direct_message"
    (message,) = rig.direct_messages()
    assert "only 15 minutes where I'm not a member" in message.content
    rig.discord.world.close_dms("ada")
    order = await ordered_in(rig, order.asked.channel)
    rig.discord.jump(TOKEN_LIFE_S + 1)
    rig.whisul.finish(order.job_id)
    await row_of(rig, order.job_id, "completed", delivery="undeliverable")
    assert rig.direct_messages() == [message]
    status = await answered(rig, "job status", order.asked.channel, job_id=order.job_id)
    assert "I kept the result here" in fields(status)["Delivery"]


async def test_a_song_too_late_for_its_answer_is_refused_by_queue_and_usual_time(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        for _ in range(10):
            await factory.put(took_s=8 * 60)
    await rig.start(MAX_RUNNING_JOBS="1", **ALLOWED)
    running, place = await ordered(rig), foreign(rig, "server")
    refusal = words(await private_answer(rig, await rig.compose(channel=place)))
    assert "songs take up to 16 min right now" in refusal
    assert "Nothing was spent." in refusal
    assert (len(rig.whisul.submits), len(rig.rows())) == (1, 11)
    rig.whisul.finish(running.job_id)
    await rig.until_stored(lambda row: row["job_id"] == running.job_id and row["delivery"] == "delivered")
    taken = await rig.compose(channel=place)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await until_card(rig, taken, "Only you can see this")


async def test_the_bot_joins_the_server_while_a_song_for_it_is_made(rig: Rig) -> None:
    order = await ordered_there(rig, "server")
    rig.discord.world.add_bot("Far Away")
    rig.whisul.finish(order.job_id)
    row = await rig.settled("completed")
    assert (row["guild_id"], row["rung"]) == (None, "interaction")
    assert rig.posts(order.asked.channel) == []
    song = order.asked.answer
    assert song is not None
    # From now on the server's settings and channels are for this button, too: a private draft there.
    again = await press(rig, "again", song)
    await until_card(rig, again, "a trap song")
    assert (rig.rows()[1]["guild_id"], rig.rows()[1]["is_private"]) == (order.asked.channel.guild_id, 1)
    assert_no_traceback(rig)


async def test_the_bot_leaves_the_server_of_a_song_by_an_own_installation(rig: Rig) -> None:
    await rig.start(**ALLOWED)
    rig.discord.world.install_app("ada")
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "a song"}, user_installed=True
    )
    await rig.until(lambda: asked.answer)
    await rig.until_whisul(lambda: rig.whisul.jobs)
    rig.discord.world.remove_bot("Night Owls")
    rig.whisul.finish(next(iter(rig.whisul.jobs)))
    assert (await rig.settled("completed"))["rung"] == "direct_message"
    (message,) = rig.direct_messages()
    assert "I'm no longer in that server" in words(message)
    # She can go on there at once, as where the bot has never been.
    again = await rig.compose(channel="music")
    await until_card(rig, again, "Only you can see this")
    assert rig.rows()[1]["guild_id"] is None


async def test_an_erasure_where_the_bot_is_no_member_leaves_no_prompt(rig: Rig) -> None:
    await rig.start(**ALLOWED)
    place = foreign(rig, "server")
    for left, ends in ((9, "erased while made"), (8, "delivered before"), (7, "token dead")):
        await leaves_no_prompt(rig, place, ends)
        usage = fields(await answered(rig, "limits", place))
        assert usage["10 songs per 24 hours for each person outside my servers (operator limit)"].startswith(
            f"**{left}** left"
        ), ends
    assert_no_traceback(rig)


async def leaves_no_prompt(rig: Rig, place: Channel, ends: str) -> None:
    order = await ordered_in(rig, place)
    if ends == "delivered before":
        rig.whisul.finish(order.job_id)
        await order.asked.wait_followup()
        await row_of(rig, order.job_id, "completed")
    if ends == "token dead":
        rig.discord.jump(TOKEN_LIFE_S + 1)
    question = await answered(rig, "privacy delete", order.asked.channel)
    await press(rig, "erase", question)
    await rig.until(lambda: "**Erased:**" in question.content)
    if ends == "erased while made":
        assert "a trap song" not in await until_card(rig, order.asked, "erased this request")
    if ends != "delivered before":
        rig.whisul.finish(order.job_id)
        await rig.until_all(lambda row: row["state"] == "completed", number=len(rig.rows()))
        assert len(order.asked.followups) == 0, ends
    row = rig.rows()[-1]
    assert (row["channel_id"], row["requester_id"], row["prompt"], row["job_id"]) == (0, 0, "", None), ends
    assert rig.direct_messages() == []


async def test_buttons_form_and_commands_work_where_the_bot_is_no_member(rig: Rig) -> None:
    order = await ordered_there(rig, "server")
    place = order.asked.channel
    refusal = await private_answer(rig, await rig.compose(channel=place))
    assert "1 song at a time for each person outside my servers" in words(refusal)
    rig.whisul.finish(order.job_id)
    await order.asked.wait_followup()
    song = order.asked.answer
    assert song is not None
    await rig.settled("completed")
    again = await press(rig, "again", song)
    await until_card(rig, again, "a trap song")
    assert len(rig.rows()) == 2
    listed = words(await answered(rig, "songs list", place))
    assert order.short_id in listed
    status = await answered(rig, "job status", place, job_id=order.job_id)
    assert list(buttons(status)) == ["details"]
    limits = await answered(rig, "limits", place)
    assert "10 songs per 24 hours for each person outside my servers (operator limit)" in fields(limits)
    opened = await rig.discord.command(user="ada", channel=place, name="compose")
    form = await rig.until(lambda: opened.modal)
    assert form["title"] == "Compose a private song"
    assert "send it to you here" in words(await answered(rig, "help", place))
    assert_no_traceback(rig)


async def test_in_the_bots_servers_an_own_installation_changes_nothing(rig: Rig) -> None:
    await rig.start(**ALLOWED)
    asked = await rig.discord.command(
        user="ada", channel="music", name="compose", options={"prompt": "a song"}, user_installed=True
    )
    card = await rig.until(lambda: asked.answer)
    await rig.until_whisul(lambda: rig.whisul.jobs)
    assert not card.ephemeral
    assert rig.row()["guild_id"] == rig.channel("music").guild_id
    await ordered(rig)  # the limit of one song at a time is not a server's
    offered = {
        command["name"]: (command["integration_types"], command["contexts"])
        for command in rig.discord.command_registry.usable_in(None)
    }
    assert offered.pop("config") == offered.pop("playlist") == ([0], [0])
    assert set(map(str, offered.values())) == {"([0, 1], [0, 1, 2])"}


async def test_own_installations_are_off_unless_the_operator_allows_them(ready: Rig) -> None:
    registered = ready.discord.command_registry.usable_in(None)
    assert {tuple(command["integration_types"]) for command in registered} == {(0,)}
    place = foreign(ready, "server")
    with pytest.raises(Refused):
        await ready.compose(channel=place)
    options: list[Json] = [{"type": 3, "name": "prompt", "value": "a song"}]
    asked = forge(ready, "compose", options, place, user_installed=True)
    answer = words(await private_answer(ready, asked))
    assert "channels of a server" in answer
    assert nothing_happened(ready, place)
