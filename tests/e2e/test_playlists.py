"""/playlist: made, shared as a message, and read by others as far as they may see its songs."""

from tests.e2e.actions import assert_no_traceback, private_answer
from tests.e2e.config_actions import used
from tests.e2e.factories import job_factory, titles
from tests.e2e.press_actions import custom_id, forged, press, restarted
from tests.e2e.rig import Rig, words

NAME = {"name": "Rainy **days**"}


async def test_a_playlist_is_made_shared_and_read_by_others_as_far_as_they_may(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        songs = [
            await factory.put("Open", user="chidi"),
            await factory.put("Hidden", user="bela", channel="backstage"),
            await factory.put("Draft", user="bela", is_private=True),
        ]
    await rig.start()
    assert "Created **Rainy \\*\\*days\\*\\***" in words(await used(rig, "playlist create", NAME))
    assert "already have" in words(await used(rig, "playlist create", {"name": "rainy  **DAYS**"}))
    told = [words(await used(rig, "playlist add", NAME | {"song": f"#{song.key}"})) for song in songs]
    assert ["Added" in each for each in told] == [True, True, False]
    assert "aren't private" in told[2]
    assert titles(await used(rig, "playlist show", NAME)) == ["Open", "Hidden"]
    asked = await rig.discord.command(user="bela", channel="music", name="playlist share", options=NAME)
    message = await rig.until(lambda: asked.answer)
    assert message.ephemeral_for is None
    assert "A playlist of <@" in words(message)
    assert "2 songs" in words(message)
    assert "Open" not in words(message)
    await restarted(rig)
    opened = await private_answer(rig, await press(rig, "playlist", message, user="dana"))
    assert "**Rainy" in opened.content
    assert titles(opened) == ["Open"]
    made_up = rig.discord.world.say("chidi", "music", "a guess")
    assert "can't use this button" in await forged(rig, custom_id(message, "playlist"), made_up, user="chidi")
    removed = await used(rig, "playlist remove", NAME | {"song": f"#{songs[0].key}"})
    assert "Removed **Open**" in words(removed)
    nothing = await private_answer(rig, await press(rig, "playlist", message, user="dana"))
    assert "has no songs that you can see here" in nothing.content
    assert "Deleted" in words(await used(rig, "playlist delete", NAME))
    gone = await private_answer(rig, await press(rig, "playlist", message, user="dana"))
    assert "I can't find that playlist" in gone.content
    assert "I can't find that playlist" in words(await used(rig, "playlist show", NAME))
    assert_no_traceback(rig)


async def test_a_blocked_word_is_refused_in_the_name_of_a_playlist(ready: Rig) -> None:
    await used(ready, "config words add", {"word": "polka"})
    refused = await used(ready, "playlist create", {"name": "my P\u00f3lka"}, user="dana")
    assert "block a word in that name" in words(refused)


async def test_names_and_songs_of_playlists_are_suggested(rig: Rig) -> None:
    async with job_factory(rig) as factory:
        song = await factory.put("Open", user="ada")
    await rig.start()
    await used(rig, "playlist create", {"name": "Rain"}, user="ada")
    await used(rig, "playlist add", {"name": "rain", "song": f"#{song.key}"}, user="ada")
    for focused, options, expected in (
        ("name", {"name": "ai"}, "Rain"),
        ("song", {"name": "Rain", "song": ""}, str(song.job_id)),
    ):
        asked = await rig.discord.autocomplete(
            user="ada", channel="music", name="playlist remove", focused=focused, options=options
        )
        choices = await rig.until(lambda asked=asked: asked.choices)
        assert [choice["value"] for choice in choices] == [expected]
