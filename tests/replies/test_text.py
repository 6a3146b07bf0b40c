from bot.replies.text import MAX_CONTENT_UNITS, code, content, escape, escape_line, plain, quote
from tests.replies.discord_markdown import render


def test_text_without_markdown_is_unchanged() -> None:
    texts = [
        "it's 90's, synth-wave @ 120 bpm!",
        "lo-fi beats to study to (slow; 75-80 bpm)",
        "drum & bass, 100% energy :) - no vocals",
        "ça va? 日本の歌, 서울의 밤, песня про море",
        "half-time #1 hit, 50/50 trap + jazz",
        "she said: go! and we went...",
    ]
    assert [escape(text) for text in texts] == texts


ESCAPED = {
    "**loud** _soft_": r"\*\*loud\*\* \_soft\_",
    "~~no~~ ||secret||": r"\~\~no\~\~ \|\|secret\|\|",
    "```py\nx\n```": "\\`\\`\\`py\nx\n\\`\\`\\`",
    "[a](b)": r"\[a\](b)",
    r"back\slash": r"back\\slash",
    "# big": r"\# big",
    "-# small": r"\-\# small",
    ">>> quoted": r"\>\>\> quoted",
    "- a\n* b\n12. c": "\\- a\n\\* b\n12\\. c",
    "  # indented": r"\# indented",
    "<#1> </cmd:1> <t:1:R> <:e:1>": r"\<#1> \</cmd:1> \<t:1:R> \<:e:1>",
    "<@1> <@!1> <@&1>": "\\<@\u200b1> \\<@\u200b!1> \\<@\u200b&1>",
    "@everyone @HERE": "@\u200beveryone @\u200bHERE",
    "https://evil.example/a": r"https:\//evil\.example/a",
    "discord.gg/abc": r"discord\.gg/abc",
}


def test_markdown_mentions_and_urls_are_escaped() -> None:
    assert {text: escape(text) for text in ESCAPED} == ESCAPED
    assert [text for text in ESCAPED if not render(text).alive] == [r"back\slash"]
    assert [text for text in ESCAPED.values() if render(text).alive] == []


def test_invisible_characters_are_removed() -> None:
    shown = {
        "a\u202eb\u2066c\u200bd\ufeffe\u00adf": "abcdef",
        "a\x00b\x1b[0m": "ab[0m",
        "lone \ud83d surrogate": "lone surrogate",
        "z" + "\u0301" * 50 + "algo": "z" + "\u0301" * 4 + "algo",
        "tab\tand\u2003wide  space ": "tab and wide space",
        "a\r\nb\u2028c": "a b c",
        "joined\u200dletters \u200d \u200d\u200d👩": "joinedletters 👩",
        "\u3164\u200b": "",
    }
    assert {text: plain(text) for text in shown} == shown


def test_emoji_and_scripts_that_need_joiners_are_unchanged() -> None:
    texts = [
        "👩\u200d🚀", "❤\ufe0f\u200d🔥", "👍🏽", "🇬🇧", "1\ufe0f\u20e3", "\u0645\u06cc\u200c\u062e", "क्\u200dष", "e\u0301",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ]  # fmt: skip
    assert [plain(text) for text in texts] == texts
    assert [escape(text) for text in texts] == texts


def test_at_most_one_empty_line_is_kept_between_lines() -> None:
    assert escape("\n\nverse one\n\n\n\n  verse two  \nline\n") == "verse one\n\nverse two\nline"
    assert escape_line("verse one\n\nverse two") == "verse one verse two"


def test_plain_text_has_no_backslashes() -> None:
    assert plain("**a** @ <b>") == "**a** @ <b>"


def test_inline_code_cannot_be_closed_by_its_text() -> None:
    assert code("a`b``c\nd") == "`a'b''c d`"
    assert code("@everyone") == "`@\u200beveryone`"
    assert code("\u200b") == "`…`"


def test_quote_marks_every_line_and_drops_empty_ones() -> None:
    assert quote("one\n\n> two", 100) == "> one\n> \\> two"


def test_quote_of_many_lines_is_cut() -> None:
    assert quote("a\nb\nc", 100, max_lines=2) == "> a\n> b …"


def test_quote_of_invisible_text_is_empty() -> None:
    assert quote(" \u200b\n", 100) == ""


def test_content_drops_empty_paragraphs_and_keeps_discords_limit() -> None:
    assert content("one", "", "two") == "one\n\ntwo"
    assert len(content("x" * 3000)) == MAX_CONTENT_UNITS
