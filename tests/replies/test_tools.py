"""The test helpers `violations` and `render` detect what they are for."""

import discord
import pytest

from bot.discord_io.message import Button, Link, Reply, Select
from tests.parameter_ids import short
from tests.replies.discord_limits import violations
from tests.replies.discord_markdown import render


def embed(**parts: str) -> Reply:
    return Reply(embeds=(discord.Embed(**parts),))  # pyright: ignore[reportArgumentType] - wrong on purpose


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (Reply(), "the message is empty"),
        (Reply(" "), "content is empty"),
        (Reply("🎵" * 1001), "content has 2002 of 2000"),
        (Reply("a\x00"), "content holds control characters"),
        (Reply("\ud800"), "content is not well-formed Unicode"),
        (Reply("a", links=(Link("", "https://x.example/"),)), "link 0 label is empty"),
        (Reply("a", links=(Link("a" * 81, "https://x.example/"),)), "link 0 label has 81 of 80"),
        (Reply("a", links=(Link("a", "javascript:1"),)), "link 0 url is no plain web address: 'javascript:1'"),
        (Reply("a", links=(Link("a", "https://x.example/" + "a" * 500),)), "link 0 url has 518 of 512"),
        (Reply("a", buttons=(Button(custom_id="a", label="b"), Button(custom_id="a", label="c"))), "custom IDs of no use: ['a', 'a']"),
        (Reply("a", buttons=(Button(custom_id="a", label=""),)), "button 0 label is empty"),
        (Reply("a", selects=(Select(custom_id="a", placeholder="b", choices=()),)), "select 0 has no choices, too many, or the same twice"),
        (Reply("a", links=(Link("a", "https://x.example/"),) * 26), "6 rows of 5"),
        (embed(title="a" * 257), "title has 257 of 256"),
        (embed(description="a" * 4097), "description has 4097 of 4096"),
        (embed(title="a", url="https://u:p@x.example/"), "embed url is no plain web address: 'https://u:p@x.example/'"),
        (embed(title="a", url="https://x.example/ü"), "embed url is not percent-encoded: 'https://x.example/ü'"),
        (Reply(embeds=(discord.Embed().add_field(name="a", value=""),)), "field 0 value is empty"),
        (Reply(embeds=(discord.Embed().add_field(name="a", value="a" * 1025),)), "field 0 value has 1025 of 1024"),
        (Reply(embeds=(discord.Embed().set_footer(text="a" * 2049),)), "footer has 2049 of 2048"),
        (Reply(embeds=(discord.Embed().set_image(url="attachment://a.exe"),)), "image is no plain web address: 'attachment://a.exe'"),
    ],
    ids=short)  # fmt: skip
def test_violations_finds_every_limit_of_discord(reply: Reply, complaint: str) -> None:
    assert complaint in violations(reply)


def test_violations_finds_too_many_fields_and_characters() -> None:
    crowded = discord.Embed(description="a" * 4000)
    for _ in range(26):
        crowded.add_field(name="a" * 100, value="b")
    assert violations(Reply(embeds=(crowded,))) == ["26 fields of 25", "the embeds hold 6626 of 6000"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a @everyone", "mention"), ("\\@here", "mention"), ("<@1>", "mention"), ("<#1>", "angle"), ("</a:1>", "angle"),
        ("<t:1>", "angle"), ("<:e:1>", "angle"), ("[a](https://x.example)", "masked link"), ("see https://x.example", "address"),
        ("discord.gg/abc", "invite"), ("||a||", "spoiler"), ("~~a~~", "strike"), ("*a*", "emphasis"), ("`a`", "code"),
        ("a\n# b", "line"), ("-# a", "line"), ("1. a", "line"), ("> a", "line"),
    ],
)  # fmt: skip
def test_render_finds_every_kind_of_markup(text: str, kind: str) -> None:
    assert kind in {found for found, _ in render(text).alive}
