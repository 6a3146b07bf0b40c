import pytest

from bot.domain.prompts import (
    GENRES,
    MAX_OPTION_CHARS,
    MAX_SUGGESTIONS,
    MOODS,
    PromptOptions,
    first_text,
    options_text,
    suggestions,
    typed_options,
    with_options,
)
from tests.parameter_ids import short


@pytest.mark.parametrize(
    ("wishes", "text"),
    [
        (PromptOptions(), ""),
        (PromptOptions(genre="trap"), "Genre: trap."),
        (PromptOptions(mood="dark"), "Mood: dark."),
        (PromptOptions(tempo=140), "Tempo: 140 BPM."),
        (PromptOptions(instrumental=True), "Instrumental, without vocals."),
        (PromptOptions(instrumental=False), "With vocals."),
        (
            PromptOptions(genre="trap", mood="dark", tempo=140, instrumental=True),
            "Genre: trap. Mood: dark. Tempo: 140 BPM. Instrumental, without vocals.",
        ),
        (PromptOptions(genre="  \n ", mood=""), ""),
        (PromptOptions(genre=" drum\n and  bass. "), "Genre: drum and bass."),
    ],
    ids=short,
)
def test_options_become_one_line_of_text(wishes: PromptOptions, text: str) -> None:
    assert options_text(wishes) == text


@pytest.mark.parametrize(
    ("prompt", "added", "sent"),
    [
        ("a song", "", "a song"),
        ("a song", "Genre: trap.", "a song\n\nGenre: trap."),
        ("  a song\n", " Genre: trap.\n", "a song\n\nGenre: trap."),
        (" ", "Genre: trap.", "Genre: trap."),
        (" ", " ", ""),
    ],
)
def test_options_are_added_below_the_prompt(prompt: str, added: str, sent: str) -> None:
    assert with_options(prompt, added) == sent


@pytest.mark.parametrize("words", [GENRES, MOODS], ids=["genres", "moods"])
def test_the_lists_are_in_order_without_repetition_and_fit_the_option(words: tuple[str, ...]) -> None:
    folded = [word.casefold() for word in words]
    assert folded == sorted(set(folded))
    assert max(map(len, words)) <= MAX_OPTION_CHARS


def test_suggestions_that_begin_as_typed_come_first() -> None:
    assert suggestions(GENRES, "hip")[0] == "hip-hop"
    assert suggestions(GENRES, " HIP ") == ["hip-hop", "chiptune", "lo-fi hip-hop"]
    assert suggestions(MOODS, "dre") == ["dreamy"]


def test_there_are_never_more_suggestions_than_discord_shows() -> None:
    assert suggestions(GENRES, "") == list(GENRES[:MAX_SUGGESTIONS])
    assert len(suggestions(GENRES, "o")) == MAX_SUGGESTIONS


def test_text_that_matches_no_word_has_no_suggestions() -> None:
    assert suggestions(GENRES, "polka of my own") == []


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a rainy day"], "a rainy day"),
        (["", " \n", "from an embed"], "from an embed"),
        (["first", "second"], "first"),
        (["<:cat:123> and <a:dance:456>"], ":cat: and :dance:"),
        ([], None),
        (["", "  "], None),
    ],
)
def test_the_first_text_that_is_not_blank_is_taken(texts: list[str], said: str | None) -> None:
    assert first_text(texts) == said


@pytest.mark.parametrize(
    ("prompt", "rest", "found"),
    [
        ("a trap song private:true", "a trap song", ("private:true",)),
        ("Private:True", "", ("Private:True",)),
        ("genre:jazz a song tempo:120", "a song", ("genre:jazz", "tempo:120")),
        ("Mood: dark. Tempo: 120 BPM.", "Mood: dark. Tempo: 120 BPM.", ()),
        ("a song about private:thoughts", "a song about private:thoughts", ()),
        ("tempo:fast, (private:true)", "tempo:fast, (private:true)", ()),
        ("a song\n\nin two parts", "a song\n\nin two parts", ()),
    ],
)
def test_options_typed_as_text_are_found(prompt: str, rest: str, found: tuple[str, ...]) -> None:
    typed = typed_options(prompt)
    assert (typed.prompt, typed.found) == (rest, found)
    assert typed.is_private is any("private:true" in each.casefold() for each in found)


def test_options_typed_as_text_become_options() -> None:
    typed = typed_options("a song genre:jazz mood:dark tempo:120 instrumental:true private:false")
    assert typed.options == PromptOptions(genre="jazz", mood="dark", tempo=120, instrumental=True)
    assert not typed.is_private


def test_options_typed_in_the_members_language_are_found() -> None:
    names = {"privat": "private", "stimmung": "mood"}
    typed = typed_options("ein Trap-Song Stimmung:a:b Privat:true stimmung:dark", names)
    assert (typed.prompt, typed.is_private) == ("ein Trap-Song Stimmung:a:b", True)
    assert (typed.options.mood, typed.found) == ("dark", ("Privat:true", "stimmung:dark"))
    lyrics = "Stimmung: dunkel, privat"
    assert typed_options(lyrics, names).prompt == lyrics
