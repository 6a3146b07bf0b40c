"""A reply as components keeps Discord's limits, whatever it contains."""

from dataclasses import replace

import discord
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.discord_io.layout import MAX_UNITS, layout_view
from bot.discord_io.message import Button, Layout, Link, Reply
from bot.replies.embed import Colour, EmbedField, build_embed
from sandbox.discord.json_types import Json
from sandbox.discord.rules import messages
from sandbox.discord.rules.fields import walk
from sandbox.discord.rules.messages import MessageLimits, SeenFile
from sandbox.discord.world.model import MIB, MessageFlag

COVER, SONG = "cover.png", "song.mp3"
FILES = [
    SeenFile(f"files[{number}]", name, b"x", "application/octet-stream")
    for number, name in enumerate((COVER, SONG))
]
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def a_reply(content: str, title: str, description: str, value: str, *, buttons: int = 4) -> Reply:
    embed = build_embed(
        title=title,
        colour=Colour.SONG,
        body=[description],
        fields=[EmbedField("BPM", value), EmbedField("Tags", value, inline=False)],
        footer="Job #3",
        cover_url=f"attachment://{COVER}",
    )
    return Reply(
        content,
        embeds=(embed,),
        links=(Link("Listen", "https://whisul.com/1.mp3"),),
        buttons=tuple(Button(custom_id=f"like:{n}", label="Like") for n in range(buttons)),
    )


def components_of(reply: Reply) -> list[Json]:
    """As Discord would store them; fails where it would refuse them."""
    view = layout_view(reply, Layout(alt="Cover of Rain", audio_name=SONG))
    payload: Json = {"flags": int(MessageFlag.COMPONENTS_V2), "components": view.to_components()}
    found = messages.check(payload, FILES, MessageLimits(10 * MIB)).components
    assert found is not None
    return found


@example(" ", "Rain", "> rain", "140")
@given(texts.map(lambda text: text[:2000]), texts, texts.map(lambda text: text * 50), texts)
@pytest.mark.asyncio(loop_scope="function")
async def test_any_reply_keeps_the_limits_and_its_footer(
    content: str, title: str, description: str, value: str
) -> None:
    found = components_of(a_reply(content, title, description, value))
    said = [
        str(each["content"])
        for each in walk(found)
        if each["type"] == discord.ComponentType.text_display.value
    ]
    assert sum(len(text.encode("utf-16-le")) // 2 for text in said) <= MAX_UNITS
    assert said[-1] == "-# Job #3"


async def test_the_longest_parts_together_keep_the_limit() -> None:
    found = components_of(a_reply("x" * 2000, "t" * 256, "d" * 4096, "v" * 1024))
    said = [str(each["content"]) for each in walk(found) if each["type"] == 10]
    assert sum(map(len, said)) <= MAX_UNITS
    assert said[-1] == "-# Job #3"


async def test_rows_have_five_buttons_at_most_and_parts_that_are_missing_are_left_out() -> None:
    full = a_reply("Ready!", "Rain", "> rain", "140", buttons=7)
    assert [len(row["components"]) for row in components_of(full) if row["type"] == 1] == [5, 3]
    bare = replace(full, content=None, embeds=(), links=(), buttons=())
    assert layout_view(replace(bare, content="Gone."), Layout()).to_components() == [
        {"type": 10, "content": "Gone."}
    ]
