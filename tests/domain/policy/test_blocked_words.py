# ruff: noqa: RUF001 - letters that look like others are what this is about

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.blocked_words import _look_alikes, find_blocked_phrase, fold
from scripts.look_alikes import look_alikes
from tests.parameter_ids import short


@pytest.mark.parametrize(
    "dressed_up",
    [
        "badword", "BADWORD", "Bádwörd", "ｂａｄｗｏｒｄ", "𝐛𝐚𝐝𝐰𝐨𝐫𝐝", "𝓫𝓪𝓭𝔀𝓸𝓻𝓭", "ⓑⓐⓓⓦⓞⓡⓓ", "bаdwоrd", "ВАDWОRD", "bad\u200bword",
        "b\u00adadword", "b\u0336a\u0336d\u0336w\u0336o\u0336r\u0336d", "ʙᴀᴅᴡᴏʀᴅ", "bαdwοrd", "🅱🅰🅳🆆🅾🆁🅳", "a song (badword!)", "_badword_",
    ],
    ids=short)  # fmt: skip
def test_look_alike_letters_are_matched(dressed_up: str) -> None:
    assert find_blocked_phrase(f"a song about {dressed_up} and rain", ["badword"]) == "badword"


@pytest.mark.parametrize("innocent", ["badwords", "a class act", "embadword", "bad word", ""])
def test_only_whole_words_match(innocent: str) -> None:
    assert find_blocked_phrase(innocent, ["badword", "ass"]) is None


def test_a_phrase_matches_across_spaces_and_marks() -> None:
    assert (
        find_blocked_phrase("so — SOME   of, these: words", ["never", "some of these words"])
        == "some of these words"
    )
    assert find_blocked_phrase("some of those words", ["some of these words"]) is None


@pytest.mark.parametrize("words", ["плохо", "悪い", "سيئ", "schön", "ñandú"])
def test_words_of_every_script_can_be_blocked(words: str) -> None:
    assert find_blocked_phrase(f"x {words} y", [words]) == words


def test_a_phrase_without_words_blocks_nothing() -> None:
    assert find_blocked_phrase("!!!", ["!!!", "\u200b"]) is None


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_the_table_of_look_alikes_is_that_of_unicode() -> None:
    derived = {ord(char): plain for char, plain in look_alikes().items()}
    assert _look_alikes().items() <= derived.items()
    # Later versions of Python know letters that were added to Unicode since.
    assert sys.version_info >= (3, 12) or len(_look_alikes()) == len(derived)
