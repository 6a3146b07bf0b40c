"""/compose with options, its form and the message menu: what is submitted, and that no text is lost."""

import json
from typing import Any

import pytest

from sandbox.discord import Permission, Refused
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Message
from tests.e2e.actions import assert_no_traceback, forbid, nothing_happened, private_answer
from tests.e2e.config_actions import used
from tests.e2e.rig import Rig, words

MENU = "Compose from this message"


async def composing(rig: Rig, *, user: str = "ada", **options: Any) -> SeenInteraction:
    asked = await rig.discord.command(user=user, channel="music", name="compose", options=options)
    await rig.until(lambda: asked.acknowledged)
    return asked


async def from_message(rig: Rig, message: Message, *, user: str = "ada") -> SeenInteraction:
    asked = await rig.discord.command(user=user, channel="music", name=MENU, target_message=message)
    await rig.until(lambda: asked.acknowledged)
    return asked


async def sending(rig: Rig, opener: SeenInteraction, **values: object) -> SeenInteraction:
    sent = await rig.discord.submit_modal(opener, values)
    await rig.until(lambda: sent.acknowledged)
    return sent


async def prompts(rig: Rig, number: int = 1) -> list[str]:
    await rig.until_whisul(lambda: len(rig.whisul.submits) >= number)
    return [submit.prompt for submit in rig.whisul.submits]


NOTHING_CHOSEN = {"genre": [], "mood": [], "tempo": ["any"], "more": []}


def form_fields(opened: SeenInteraction) -> dict[str, Any]:
    """The values with which a form was opened, by the custom IDs of its fields: a text, or what is chosen."""
    assert opened.modal is not None
    inputs = [label["component"] for label in opened.modal["components"]]
    return {field["custom_id"]: preset(field) for field in inputs}


def preset(field: dict[str, Any]) -> str | list[str]:
    if "options" not in field:
        return field.get("value", "")
    return [option["value"] for option in field["options"] if option.get("default")]


def refuse_to_post(rig: Rig) -> None:
    forbid(rig, Permission.SEND_MESSAGES)


async def test_options_are_added_to_the_prompt_in_words_and_the_card_shows_them(ready: Rig) -> None:
    asked = await composing(
        ready, prompt="a rainy day", genre="trap", mood="dark", tempo=140, instrumental=True
    )
    sent = "a rainy day\n\nGenre: trap. Mood: dark. Tempo: 140 BPM. Instrumental, without vocals."
    assert await prompts(ready) == [sent]
    card = await ready.until(lambda: asked.answer)
    assert all(f"> {line}" in words(card) for line in sent.split("\n") if line)
    await composing(ready, prompt="a rainy day", genre="polka of my own")
    assert (await prompts(ready, 2))[1] == "a rainy day\n\nGenre: polka of my own."


async def test_options_typed_into_the_prompt_are_asked_about_before_a_submit(ready: Rig) -> None:
    asked = await composing(ready, prompt="a secret waltz private:true tempo:90", mood="dark")
    told = await private_answer(ready, asked)
    assert "`private:true`, `tempo:90` as text" in told.content
    assert ready.whisul.submits == []
    opened = await ready.discord.press(user="ada", message=told, custom_id="redraft:private")
    await ready.until(lambda: opened.modal)
    assert form_fields(opened) == {
        "prompt": "a secret waltz",
        "genre": [],
        "mood": ["dark"],
        "tempo": ["90"],
        "more": [],
    }
    await sending(ready, opened)
    assert await prompts(ready) == ["a secret waltz\n\nMood: dark. Tempo: 90 BPM."]
    assert ready.row()["is_private"]
    bare = await composing(ready, prompt="private:true")
    assert bare.modal is not None
    assert bare.modal["title"] == "Compose a private song"


async def test_genres_and_moods_are_suggested_and_a_tempo_has_a_range(ready: Rig) -> None:
    for option, typed, first in (("genre", "synthw", "synthwave"), ("mood", "nost", "nostalgic")):
        asked = await ready.discord.autocomplete(
            user="ada", channel="music", name="compose", focused=option, options={option: typed}
        )
        choices = await ready.until(lambda asked=asked: asked.choices)
        assert [choice["value"] for choice in choices] == [first]
    for tempo in (39, 221):
        with pytest.raises(Refused):
            await composing(ready, prompt="a rainy day", tempo=tempo)


async def test_a_text_beyond_the_limit_comes_back_and_a_message_is_cut(rig: Rig) -> None:
    await rig.start(MAX_PROMPT_CHARS="30")
    told = words(await private_answer(rig, await composing(rig, prompt="x" * 31)))
    assert "31 characters" in told
    assert "the limit is 30" in told
    answer = await private_answer(rig, await composing(rig, prompt="x" * 25, genre="trap"))
    assert "39 characters" in words(answer)
    assert "the other options count too" in words(answer)
    assert "x" * 25 in words(answer)
    assert "Genre: trap." in words(answer)
    assert nothing_happened(rig)
    opened = await from_message(rig, rig.discord.world.say("dana", "music", "y" * 31))
    assert form_fields(opened) == {"prompt": "y" * 30} | NOTHING_CHOSEN
    assert opened.modal is not None
    assert "the 30 characters that fit" in opened.modal["components"][0]["description"]
    await composing(rig, prompt="z" * 30)
    assert await prompts(rig) == ["z" * 30]


async def test_without_a_prompt_a_form_opens_and_what_it_holds_becomes_a_song(ready: Rig) -> None:
    opened = await composing(ready)
    assert form_fields(opened) == {"prompt": ""} | NOTHING_CHOSEN
    assert "empty" in words(await private_answer(ready, await sending(ready, opened, prompt="\u200b ")))
    assert nothing_happened(ready)
    sent = await sending(ready, opened, prompt="line one\nline two")
    assert await prompts(ready) == ["line one\nline two"]
    await ready.until(lambda: sent.answer)
    ready.whisul.finish(ready.whisul.submits[0].job_id)
    post = await ready.post()
    await ready.settled("completed")
    assert post.reference is not None


async def test_a_form_takes_as_much_as_the_operator_allows(rig: Rig) -> None:
    await rig.start(MAX_PROMPT_CHARS="4000")
    opened = await composing(rig)
    await sending(rig, opened, prompt="x" * 4000)
    assert await prompts(rig) == ["x" * 4000]


async def test_options_and_refused_text_survive_the_form_and_a_restart(rig: Rig) -> None:
    text = "one ```two``` **three**\n\n" + "x" * 40
    await rig.start(MAX_PROMPT_CHARS="80")
    opened = await composing(rig, genre="trap", tempo=90, private=True)
    chosen = {"genre": ["trap"], "mood": [], "tempo": ["90"], "more": []}
    assert form_fields(opened) == {"prompt": ""} | chosen
    sent = await sending(rig, await composing(rig, genre="y" * 40, instrumental=False), prompt=text)
    refused = await private_answer(rig, sent)
    assert "Nothing was spent" in words(refused)
    assert nothing_happened(rig)
    await rig.bot.stop()
    await rig.start(MAX_PROMPT_CHARS="80")
    sent = await sending(rig, opened, prompt="a rainy day")
    assert await prompts(rig) == ["a rainy day\n\nGenre: trap. Tempo: 90 BPM."]
    card = await rig.until(lambda: sent.answer)
    assert card.ephemeral_for == sent.user.id
    assert rig.row()["is_private"]
    again = await rig.discord.press(user="ada", message=refused, custom_id="redraft:public")
    await rig.until(lambda: again.modal)
    assert form_fields(again) == {"prompt": text} | NOTHING_CHOSEN | {"genre": ["y" * 40], "more": ["vocals"]}
    await sending(rig, again, prompt="shorter", genre="trap", more=["instrumental"])
    assert (await prompts(rig, 2))[1] == "shorter\n\nGenre: trap. Instrumental, without vocals."


async def test_choices_are_remembered_only_while_the_member_wants_it(rig: Rig) -> None:
    await rig.start(MAX_PROMPT_CHARS="200")
    await sending(rig, await composing(rig), prompt="one", genre="jazz", more=["instrumental"])
    await prompts(rig)
    assert form_fields(await composing(rig)) == {"prompt": ""} | NOTHING_CHOSEN
    chosen = {"genre": ["jazz"], "mood": ["dark"], "tempo": ["70"], "more": ["instrumental", "remember"]}
    await sending(rig, await composing(rig), prompt="two", **chosen | {"tempo": "70"})
    await prompts(rig, 2)
    await rig.bot.stop()
    await rig.start(MAX_PROMPT_CHARS="200")
    assert form_fields(await composing(rig)) == {"prompt": ""} | chosen
    assert form_fields(await composing(rig, user="dana")) == {"prompt": ""} | NOTHING_CHOSEN
    assert form_fields(await composing(rig, genre="polka"))["genre"] == ["polka"]
    exported = await used(rig, "privacy export", user="ada")
    assert json.loads(exported.files[0].content)["form_choices"] == {
        "genre": "jazz",
        "mood": "dark",
        "tempo": 70,
        "instrumental": True,
    }
    await sending(rig, await composing(rig), prompt="three", more=[])
    await prompts(rig, 3)
    assert form_fields(await composing(rig)) == {"prompt": ""} | NOTHING_CHOSEN


async def test_a_surprise_fills_the_form_and_submits_nothing_yet(ready: Rig) -> None:
    opened = await composing(ready, surprise=True, mood="dark", prompt="a song about rain")
    shown = form_fields(opened)
    assert shown["prompt"].startswith("a song about rain\n\nGenres: ")
    assert shown["mood"] == ["dark"]
    assert shown["tempo"] != ["any"]
    assert nothing_happened(ready)
    helped = await used(ready, "help", user="ada")
    pressed = await ready.discord.press(user="ada", message=helped, custom_id="surprise:public")
    await ready.until(lambda: pressed.modal)
    await sending(ready, pressed)
    assert (await prompts(ready))[0].startswith("Genres: ")


async def test_permissions_are_checked_when_the_form_opens_and_when_it_is_sent(ready: Rig) -> None:
    opened = await composing(ready)
    refuse_to_post(ready)
    refused = await private_answer(ready, await sending(ready, opened, prompt="a long story"))
    assert "**Send Messages**" in words(refused)
    assert "a long story" in words(refused)
    asked = await composing(ready)
    assert "**Send Messages**" in words(await private_answer(ready, asked))
    assert asked.modal is None
    assert nothing_happened(ready)


async def test_a_message_with_text_becomes_the_prompt_where_songs_are_allowed(ready: Rig) -> None:
    asked = await from_message(ready, ready.discord.world.say("dana", "music", " "))
    assert "no text" in words(await private_answer(ready, asked))
    assert asked.modal is None
    assert ready.rows() == []
    message = ready.discord.world.say("dana", "music", "  a song about <@1> and <:cat:123>  ")
    opened = await from_message(ready, message)
    assert form_fields(opened)["prompt"].endswith("and :cat:")
    await sending(ready, opened, prompt="a song about us")
    assert await prompts(ready) == ["a song about us"]
    ready.whisul.finish(ready.whisul.submits[0].job_id)
    await ready.settled("completed")
    post = await ready.post()
    post.content = ""  # its text is on its embed
    title = str(ready.row()["title"])
    assert form_fields(await from_message(ready, post))["prompt"].startswith(title)
    refuse_to_post(ready)
    asked = await from_message(ready, message)
    assert "**Send Messages**" in words(await private_answer(ready, asked))
    assert_no_traceback(ready)
