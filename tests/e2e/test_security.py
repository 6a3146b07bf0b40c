"""Hostile members and hostile answers of Whisul achieve nothing; logs contain no secrets."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.discord import Fault
from sandbox.discord.application.interaction import InteractionType, SeenInteraction
from sandbox.discord.json_types import Json, is_object
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.rules.commands import CommandType, OptionType
from sandbox.discord.world.model import Channel
from sandbox.whisul import Respond, failing
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.database import stored
from tests.e2e.rig import TOKEN, Rig, embed, words
from tests.e2e.whisul_actions import audio_url, elsewhere, post_of

HIDING = "\u202e\u202b\u2066\u2067\u2069\u200e\u200f\u061c\u2060\ufeff\u00ad\u0007"
TEXT = f"{HIDING[0]}gnos{HIDING[1:]} @everyone @here <@{{bela}}> <@&{{role}}> **b** [x](https://evil.example) || s ||"
SQL = "x'); DROP TABLE jobs; DELETE FROM promises; -- \" ; UPDATE jobs SET state='failed' /* %s ? :key $1 */"
SHORT_SQL = "';DROP TABLE jobs;--"
MAY_PING = {"allowed_mentions", "content", "embeds"}


def forge(
    rig: Rig,
    name: str,
    options: list[Json],
    channel: str | Channel,
    *,
    user: str = "ada",
    user_installed: bool = False,
) -> SeenInteraction:
    """A command as a member's own client may send it, past everything that Discord's client would not offer."""
    (command,) = [each for each in rig.discord.command_registry.of_scope(None) if each["name"] == name]
    return rig.discord.interactions.open(
        InteractionType.COMMAND,
        rig.discord.world.user(user),
        rig.channel(channel),
        {"id": command["id"], "name": name, "type": 1, "options": options},
        name=name,
        command_type=CommandType.CHAT_INPUT,
        user_installed=user_installed,
    )


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        parts: list[Any] = list(value.values() if isinstance(value, dict) else value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - any JSON
        for part in parts:
            yield from strings_in(part)


def writes(rig: Rig) -> list[tuple[SeenRequest, Json]]:
    """Everything that the bot has sent to Discord for display."""
    found: list[tuple[SeenRequest, Json]] = []
    for request in rig.discord.requests:
        body = request.json if is_object(request.json) else {}
        data = body.get("data") if request.kind == "callback" else body
        if is_object(data) and MAY_PING & set(data):
            found.append((request, data))
    return found


async def test_a_look_up_by_a_modified_client_shows_no_more(ready: Rig) -> None:
    order = await ordered(ready, user="bela", channel="backstage")
    places = {"general": "dana", "lobby": "eve", ready.discord.world.open_dm("dana"): "dana"}
    for channel, user in places.items():
        answers: set[str] = set()
        for typed in ("ffffffff", "#1", order.short_id, order.job_id):
            option: Json = {"type": 3, "name": "job_id", "value": typed}
            status: Json = {"type": 1, "name": "status", "options": [option]}
            asked = forge(ready, "job", [status], channel, user=user)
            answer = words(await ready.until(lambda asked=asked: asked.answer))
            answers.add(answer.replace(typed, ""))
        assert len(answers) == 1
        assert "I can't find a job" in answers.pop()


async def test_no_invisible_character_or_active_markup_reaches_discord(ready: Rig) -> None:
    world = ready.discord.world
    text = TEXT.format(bela=world.user("bela").id, role=world.channel("music").guild_id)
    completed = await ordered(ready, f"1 {text}")
    song: dict[str, object] = {
        "title": text,
        "tags": f"{text}, trap",
        "song_url": audio_url(ready, completed.job_id),
    }
    ready.whisul.finish(completed.job_id, result=song)
    await post_of(ready, completed.job_id)
    failed = await ordered(ready, f"2 {text}")
    ready.whisul.finish(failed.job_id, status="failed", error=text)
    await post_of(ready, failed.job_id)
    ready.whisul.script("submit", failing(400, message=text))
    await private_answer(ready, await ready.compose(f"3 {text}"))
    await ready.status(text[:60])
    await ready.status(completed.short_id)

    ada = str(world.user("ada").id)
    seen = writes(ready)
    assert {request.kind for request, _ in seen} >= {"original.edit", "message.create", "message.edit"}
    for request, data in seen:
        allowed = data["allowed_mentions"]
        assert allowed.get("parse") == [], request.kind
        assert set(allowed.get("users", [])) <= {ada, int(ada)}, request.kind
        assert not allowed.get("roles")
        # Alternative text is never rendered, and pings nobody.
        described = [str(each.pop("description", "")) for each in data.get("attachments", [])]
        assert not set(HIDING) & set("".join(described))
        for shown in strings_in(data):
            assert not set(HIDING) & set(shown), (request.kind, shown)
            assert not re.search(r"@(everyone|here)|<@&|(?<!\\)\*\*b|(?<!\\)\[x\]", shown), (
                request.kind,
                shown,
            )
        for file in request.files:
            assert re.fullmatch(r"[a-z0-9-]+\.(mp3|jpg|png)", file.filename)


async def test_statements_in_a_prompt_are_a_prompt(ready: Rig) -> None:
    order = await ordered(ready, SQL)
    assert order.job.prompt == SQL
    ready.whisul.finish(
        order.job_id, result={"title": SQL, "tags": SQL, "song_url": audio_url(ready, order.job_id)}
    )
    await post_of(ready, order.job_id)
    row = await ready.settled("completed")
    assert row["prompt"] == SQL
    assert_no_traceback(ready)


def text_options(rig: Rig) -> Iterator[tuple[str, Json, list[Json]]]:
    """Every option of every command into which anything can be typed: the command, the option, and all its options."""

    def walk(name: str, options: list[Json]) -> Iterator[tuple[str, Json, list[Json]]]:
        for option in options:
            if option["type"] in (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP):
                yield from walk(f"{name} {option['name']}", option.get("options", []))
            elif option["type"] == OptionType.STRING and not option.get("choices"):
                yield name, option, options

    for command in rig.discord.command_registry.of_scope(None):
        yield from walk(command["name"], command.get("options", []))


async def test_statements_in_every_text_of_every_command_are_texts(ready: Rig) -> None:
    await ordered(ready)
    before, tables = ready.row(), schema(ready)
    role = ready.discord.world.role("Night Owls", "DJs")
    seen = 0
    for name, option, siblings in text_options(ready):
        required = [each for each in siblings if each.get("required")]
        options: dict[str, object] = {
            each["name"]: each["choices"][0]["value"] if each.get("choices") else role for each in required
        }
        options |= {
            each["name"]: "x"
            for each in required
            if each["type"] == OptionType.STRING and not each.get("choices")
        }
        options[option["name"]] = SHORT_SQL
        asked = await ready.discord.command(user="bela", channel="music", name=name, options=options)
        await ready.until(lambda asked=asked: asked.modal or asked.answer or asked.followups)
        if option.get("autocomplete"):
            typed = await ready.discord.autocomplete(
                user="bela", channel="music", name=name, focused=option["name"], options=options
            )
            await ready.until(lambda typed=typed: typed.acknowledged)
        seen += 1
    assert seen > 10
    assert schema(ready) == tables
    assert ready.rows()[0] == before
    assert_no_traceback(ready)
    assert '"level": "error"' not in ready.bot.log


def schema(rig: Rig) -> list[Any]:
    return stored(rig, "SELECT type, name, sql FROM sqlite_master ORDER BY name")


async def test_hostile_cover_urls_are_shown_in_ascii_or_left_out(rig: Rig) -> None:
    covers = {
        "https://disc\u043erd.com/a.jpg": "https://xn--discrd-zqf.com/a.jpg",
        "https://dis\u200bcord.com/a.jpg": None,
        "https://evil.example/\u202egpj.a": None,
        "https://cdn.example@evil.example/a.jpg": None,
        "https://cdn.example:secret@evil.example/a.jpg": None,
        "https://cdn.example\\@evil.example/a.jpg": None,
        "https://cdn.example/" + "a" * 3000: None,
        " javascript:alert(1)": None,
        "JaVaScRiPt://cdn.example/%0aalert(1)": None,
        "blob:https://cdn.example/1": None,
    }
    await rig.start(ATTACH_MEDIA="false")
    for number, (given, shown) in enumerate(covers.items()):
        order = await ordered(rig, f"song {number}")
        rig.whisul.finish(order.job_id, result={"song_url": audio_url(rig, order.job_id), "image_url": given})
        image = embed(await post_of(rig, order.job_id)).get("thumbnail", {}).get("url")
        assert image is None or image.isascii(), given
        if shown is None:
            assert image is None or "cdn.example" not in image, given
        else:
            assert image == shown


@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_secret_and_no_prompt_reaches_the_log(rig: Rig, form: str) -> None:
    key = rig.whisul.api_key
    await rig.start(LOG_FORMAT=form, LOG_LEVEL="DEBUG")
    rig.whisul.script("submit", Respond(status=401, body=f"not {key}".encode()))
    rig.discord.script("original.edit", Fault.error(500))
    rig.discord.script("message.create", Fault.error(500))
    order = await ordered(rig, "prompt zanzibar 1")
    rig.whisul.finish(order.job_id)
    await post_of(rig, order.job_id)
    failure = await ordered(rig, "prompt zanzibar of which the card is deleted")
    assert failure.asked.answer is not None
    rig.discord.world.delete_message(failure.asked.answer)
    rig.whisul.finish(failure.job_id, status="failed")
    await post_of(rig, failure.job_id)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=2)
    await rig.compose(" \u200b ")
    rig.whisul.script("submit", failing(400, message=f"{key} may not say prompt zanzibar"))
    rig.discord.script("followup", Fault.error(500))
    await rig.compose("prompt zanzibar 2")
    await rig.until_stored(lambda row: row["key"] == 3 and row["state"] == "failed")
    rig.whisul.script("submit", Respond(status=202, body=b"<html>prompt zanzibar"))
    await rig.compose("prompt zanzibar 3")
    await rig.until_stored(lambda row: row["key"] == 4 and row["delivery"] == "delivered")
    await rig.status("prompt zanzibar")
    await rig.status(order.short_id)
    assert await rig.bot.stop() == 0
    tokens = [interaction.token for interaction in rig.discord.interactions.seen]
    assert "card_not_drawn" in rig.bot.log  # a line of the level DEBUG
    for secret in (TOKEN, key, *tokens, "zanzibar"):
        assert secret not in rig.bot.log


async def test_each_key_goes_to_the_one_host_it_is_for(rig: Rig) -> None:
    async with elsewhere() as other:
        host = other.url.removeprefix("http://")
        await rig.start(MEDIA_PRIVATE_HOSTS=f"{rig.whisul.media_host},{host}")
        order = await ordered(rig)
        rig.whisul.finish(
            order.job_id, result={"song_url": f"{other.url}/a.mp3", "image_url": f"{other.url}/a.jpg"}
        )
        post = await post_of(rig, order.job_id)
        assert f"song-{order.short_id}.mp3" in [file.filename for file in post.files]
    assert len(other.requests) >= 2
    told_discord = json.dumps([[seen.path, seen.headers, seen.json] for seen in rig.discord.requests])
    told_whisul = str([[seen.path, dict(seen.headers), seen.body] for seen in rig.whisul.requests])
    assert TOKEN in told_discord
    assert rig.whisul.api_key in told_whisul
    assert rig.whisul.api_key not in f"{told_discord}{other.requests}"
    assert TOKEN not in f"{told_whisul}{other.requests}"
    assert post.embeds
