import pytest

from bot.replies.text import clamp, code, escape, escape_line, plain, quote, utf16_units
from tests.replies.discord_markdown import render


@pytest.mark.parametrize(
    "text",
    [
        "it's 90's, synth-wave @ 120 bpm!",
        "lo-fi beats to study to (slow; 75-80 bpm)",
        "drum & bass, 100% energy :) - no vocals",
        "ça va? 日本の歌, 서울의 밤, песня про море",
        "half-time #1 hit, 50/50 trap + jazz",
        "she said: go! and we went...",
    ],
)
def test_an_ordinary_prompt_is_shown_without_any_markup(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("**loud** _soft_", r"\*\*loud\*\* \_soft\_"),
        ("~~no~~ ||secret||", r"\~\~no\~\~ \|\|secret\|\|"),
        ("```py\nx\n```", "\\`\\`\\`py\nx\n\\`\\`\\`"),
        ("[a](b)", r"\[a\](b)"),
        (r"back\slash", r"back\\slash"),
        ("# big", r"\# big"),
        ("-# small", r"\-\# small"),
        (">>> quoted", r"\>\>\> quoted"),
        ("- a\n* b\n12. c", "\\- a\n\\* b\n12\\. c"),
        ("  # indented", r"\# indented"),
        ("<#1> </cmd:1> <t:1:R> <:e:1>", r"\<#1> \</cmd:1> \<t:1:R> \<:e:1>"),
        ("<@1> <@!1> <@&1>", "\\<@\u200b1> \\<@\u200b!1> \\<@\u200b&1>"),
        ("@everyone @HERE", "@\u200beveryone @\u200bHERE"),
        ("https://evil.example/a", r"https:\//evil\.example/a"),
        ("discord.gg/abc", r"discord\.gg/abc"),
    ],
)
def test_markup_is_disarmed(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert render(text).alive != [] or text == r"back\slash"
    assert render(escaped).alive == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb\u2066c\u200bd\ufeffe\u00adf", "abcdef"),
        ("a\x00b\x1b[0m", "ab[0m"),
        ("lone \ud83d surrogate", "lone surrogate"),
        ("z" + "\u0301" * 50 + "algo", "z" + "\u0301" * 4 + "algo"),
        ("tab\tand\u2003wide  space ", "tab and wide space"),
        ("a\r\nb\u2028c", "a b c"),
        ("joined\u200dletters \u200d \u200d\u200d👩", "joinedletters 👩"),
        ("\u3164\u200b", ""),
    ],
)
def test_what_cannot_be_seen_is_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    "text",
    ["👩\u200d🚀", "❤\ufe0f\u200d🔥", "👍🏽", "🇬🇧", "1\ufe0f\u20e3", "\u0645\u06cc\u200c\u062e", "क्\u200dष", "e\u0301",
     "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"],
)  # fmt: skip
def test_emoji_and_scripts_that_need_joiners_stay_whole(text: str) -> None:
    assert plain(text) == text
    assert escape(text) == text


def test_lines_stay_with_one_empty_line_between_them_at_most() -> None:
    assert escape("\n\nverse one\n\n\n\n  verse two  \nline\n") == "verse one\n\nverse two\nline"
    assert escape_line("verse one\n\nverse two") == "verse one verse two"


def test_plain_text_has_no_backslashes() -> None:
    assert plain("**a** @ <b>") == "**a** @ <b>"


def test_code_cannot_be_left() -> None:
    assert code("a`b``c\nd") == "`a'b''c d`"
    assert code("@everyone") == "`@\u200beveryone`"
    assert code("\u200b") == "`…`"


def test_text_that_fits_is_not_touched() -> None:
    assert clamp("a trap song", 11) == "a trap song"
    assert clamp("", 0) == ""


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("a trap song", 7, "a trap…"),
        ("a trap song", 8, "a trap…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        (r"ab\*cd", 4, "ab…"),
        (r"ab\*cd", 5, r"ab\*…"),
        (r"ab\\cd", 5, r"ab\\…"),
        ("🎵🎵🎵", 4, "🎵…"),
        ("🎵🎵🎵", 5, "🎵🎵…"),
        ("abe\u0301cd", 4, "ab…"),
        ("ab👩\u200d🚀cd", 6, "ab…"),
        ("ab👍🏽cd", 5, "ab…"),
        ("🇬🇧🇫🇷", 6, "🇬🇧…"),
        ("🇬🇧🇫🇷", 7, "🇬🇧…"),
        ("e" + "\u0301" * 9, 5, "…"),
    ],
)
def test_a_cut_respects_the_limit_and_what_belongs_together(text: str, limit: int, cut: str) -> None:
    assert clamp(text, limit) == cut
    assert utf16_units(cut) <= limit


def test_units_are_those_of_utf_16() -> None:
    assert utf16_units("aé🎵") == 4


def test_a_quote_begins_every_line_and_leaves_out_empty_ones() -> None:
    assert quote("one\n\n> two", 100) == "> one\n> \\> two"


def test_a_quote_of_many_lines_is_cut_short() -> None:
    assert quote("a\nb\nc", 100, most_lines=2) == "> a\n> b …"


def test_a_quote_of_nothing_is_nothing() -> None:
    assert quote(" \u200b\n", 100) == ""
