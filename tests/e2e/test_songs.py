"""/songs: pages, filters and the access rule."""

from typing import Any

from bot.domain.jobs import JobState
from sandbox.discord import Permission
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, forbid, ordered, private_answer
from tests.e2e.database import change, stored
from tests.e2e.factories import button, choices, job_factory, listed, press, songs, titles, turned
from tests.e2e.press_actions import forge
from tests.e2e.rig import Rig, words


async def told_privately(rig: Rig, asked: SeenInteraction) -> str:
    """The text of the private answer to a user."""
    await rig.until(lambda: asked.followups)
    (said,) = asked.followups
    assert said.ephemeral_for == asked.user.id
    return said.content


async def thirteen(rig: Rig, **facts: Any) -> None:
    async with job_factory(rig) as factory:
        for number in range(1, 14):
            await factory.put(f"Song {number}", **facts)


async def test_a_list_has_pages_and_shows_a_song_as_job_status_does(ready: Rig) -> None:
    await thirteen(ready)
    page = await listed(ready)
    assert "**Your songs** · page 1 of 3, 13 songs" in page.content
    assert titles(page) == [f"Song {number}" for number in (13, 12, 11, 10, 9)]
    first = page.embeds[0]
    assert first["url"].endswith(f"/{ready.rows()[12]['post_message_id']}")
    assert first["thumbnail"]["url"] == "https://cdn.discordapp.com/attachments/1/13/cover.png"
    ada = ready.discord.world.user("ada").id
    short_id = ready.rows()[12]["job_id"][:8]
    for part in ("140 BPM", "2:47", f"<@{ada}>", "<t:", f"`{short_id}`"):
        assert part in first["description"]
    assert [
        button(page, label).get("disabled", False) for label in ("First", "Previous", "Next", "Last")
    ] == [
        True,
        True,
        False,
        False,
    ]
    await turned(ready, page, "Next", page=2)
    assert titles(page) == [f"Song {number}" for number in (8, 7, 6, 5, 4)]
    await turned(ready, page, "Last", page=3)
    assert titles(page) == ["Song 3", "Song 2", "Song 1"]
    await turned(ready, page, "Previous", page=2)
    beyond = button(page, "Next")["custom_id"].rpartition(":")[0] + ":99"
    asked = forge(ready, beyond, user="ada")
    await ready.until(lambda: asked.source and "page 3 of 3" in asked.source.content)
    # Paging edits a private answer, for which the bot needs no permission in the channel.
    forbid(ready, Permission.SEND_MESSAGES)
    await turned(ready, page, "First", page=1)
    assert titles(page)[0] == "Song 13"
    assert [choice["label"] for choice in choices(page)] == titles(page)
    chosen = await ready.discord.select(
        user="ada", message=page, custom_id="show", values=[choices(page)[2]["value"]]
    )
    answer = await ready.until(lambda: chosen.answer)
    assert answer.ephemeral_for == chosen.user.id
    status = await ready.status(ready.rows()[10]["job_id"])
    assert (words(answer), answer.components) == (words(status), status.components)
    assert "page 1 of 3" in page.content
    assert_no_traceback(ready)


async def test_a_list_whose_search_was_dropped_or_cannot_be_read_says_so(ready: Rig) -> None:
    await thirteen(ready)
    page = await listed(ready)
    dropped = int(button(page, "Next")["custom_id"].split(":")[1])
    change(ready, "UPDATE searches SET made_at = '2020-01-01 00:00:00.000000'")
    assert "Get a new list with `/songs list`" in await told_privately(
        ready, await press(ready, page, "Next")
    )
    await listed(ready)
    assert [row["key"] for row in stored(ready, "SELECT key FROM searches")] == [dropped + 1]
    change(ready, "ALTER TABLE searches RENAME TO elsewhere")
    said = await told_privately(ready, await press(ready, page, "Next"))
    reference = said.split("`")[1]
    assert reference in ready.bot.log
    assert "Traceback" not in said


async def test_the_songs_of_others_are_listed_only_where_one_can_see_them(rig: Rig) -> None:
    thread = rig.discord.world.add_thread("music", "secret jam", owner="ada", private=True)
    rig.discord.world.add_to_thread(thread, rig.discord.world.bot)
    async with job_factory(rig) as factory:
        await factory.put("Secret", user="ada", channel=thread)
        await factory.put("Open", user="chidi", channel="music")
        await factory.put("Elsewhere in the server", user="chidi", channel="general")
        await factory.put("Hidden", user="bela", channel="backstage")
        await factory.put("Own, hidden", user="dana", channel="backstage")
        await factory.put("Draft", user="chidi", channel="music", is_private=True)
        await factory.put("Own draft", user="dana", channel="music", is_private=True)
        await factory.put("Other server", user="chidi", channel="lobby")
        await factory.put("Own, other server", user="dana", channel="lobby")
        await factory.put("In an archived thread", user="chidi", channel="old jam")
    await rig.start()
    seen = {
        scope: titles(await listed(rig, user="dana", scope=scope)) for scope in ("mine", "channel", "server")
    }
    assert seen == {
        "mine": ["Own, other server", "Own draft", "Own, hidden"],
        "channel": ["Own draft", "Open"],
        "server": ["Own draft", "Own, hidden", "Elsewhere in the server", "Open"],
    }
    manager = await listed(rig, user="bela", scope="server")
    assert {"Hidden", "Own, hidden", "Secret"} <= set(titles(manager))
    assert "4 songs" in (await listed(rig, user="dana", scope="server")).content
    assert titles(await listed(rig, user="ada", channel=thread, scope="channel")) == ["Secret"]
    private = rig.discord.world.open_dm("dana")
    assert titles(await listed(rig, user="dana", channel=private)) == seen["mine"]
    refused = await songs(rig, user="dana", channel=private, scope="server")
    assert "Leave out `scope`" in (await private_answer(rig, refused)).content


async def test_what_is_taken_away_between_two_pages_is_gone_from_the_next(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        for number in range(1, 8):
            await factory.put(f"Open {number}", user="chidi", channel="music")
        for number in range(1, 4):
            await factory.put(f"Soon hidden {number}", user="chidi", channel="general")
    page = await listed(ready, user="dana", scope="server")
    assert "10 songs" in page.content
    dana = ready.discord.world.user("dana")
    ready.discord.world.deny("general", dana, Permission.VIEW_CHANNEL)
    # The bot hears of it by the gateway, on which events keep their order.
    await turned(ready, page, "Next", page=2, user="dana")
    assert "page 2 of 2, 7 songs" in page.content
    assert titles(page) == ["Open 2", "Open 1"]


FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "words of the title": ({"text": "GRID"}, ["Midnight Grid"]),
    "words of the prompt and the tags": ({"text": "rainy jazz"}, ["Straße 100%"]),
    "folded case": ({"text": "strasse"}, ["Straße 100%"]),
    "a percent sign": ({"text": "%"}, ["Straße 100%"]),
    "an underscore": ({"text": "_"}, ["snake_case"]),
    "a backslash": ({"text": "\\"}, []),
    "a quote": ({"text": "'; DROP TABLE jobs; --"}, []),
    "a slash": ({"text": "/"}, ["a/b"]),
    "bpm": ({"bpm_min": 139.5, "bpm_max": 140}, ["Midnight Grid"]),
    "duration": ({"duration_min": "2:30", "duration_max": "170 s"}, ["Midnight Grid"]),
    "failed": ({"state": "failed"}, ["a broken one"]),
    "working": ({"state": "working"}, []),
    "all": ({"state": "all", "text": "broken"}, ["a broken one"]),
}  # fmt: skip


async def test_filters_find_what_they_say(ready: Rig) -> None:
    async with job_factory(ready) as factory:
        await factory.put("Midnight Grid")
        await factory.put("Straße 100%", prompt="a rainy night", tags=("jazz",), bpm=90, duration_s=60)
        await factory.put("snake_case", bpm=None, duration_s=None)
        await factory.put("a/b", bpm=90, duration_s=60)
        await factory.put(prompt="a broken one", state=JobState.FAILED)
    for name, (options, expected) in FILTERS.items():
        answer = await listed(ready, **options)
        assert [title.replace("\\", "") for title in titles(answer)] == expected, name
    change(ready, "INSERT INTO likes VALUES (1, 1, '2026-01-01 00:00:00.000000')")
    assert titles(await listed(ready, sort="liked"))[0] == "Midnight Grid"
    assert_no_traceback(ready)


async def test_an_invalid_or_empty_search_is_answered_with_a_remedy(ready: Rig) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"duration_min": "quickly"}, "`quickly`"),
        ({"duration_min": "2:75"}, "`2:75`"),
        ({"bpm_min": 150, "bpm_max": 90}, "`bpm_min` is higher than `bpm_max`"),
        ({"duration_min": "3:00", "duration_max": "2:00"}, "`duration_min` is longer than `duration_max`"),
    )
    for options, said in refused:
        asked = await songs(ready, **options)
        content = (await private_answer(ready, asked)).content
        assert said in content
        assert "right away" in content
    answer = await listed(ready, text="polka", bpm_min=200)
    assert "No songs found" in answer.content
    for hint in ("fewer words", "no BPM limits", "`state: all`", "`scope: server`"):
        assert hint in answer.content
    assert answer.components == []
    assert_no_traceback(ready)


async def test_a_song_that_is_being_made_is_listed_as_working(ready: Rig) -> None:
    order = await ordered(ready, "a slow waltz")
    page = await listed(ready, state="working")
    assert titles(page) == ["a slow waltz"]
    assert "composing" in page.embeds[0]["description"]
    card = order.asked.response
    assert isinstance(card, Message)
    assert page.embeds[0]["url"].endswith(f"/{card.id}")
