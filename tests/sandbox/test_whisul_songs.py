"""Songs fit their prompts: style, tempo, title and tags."""

import pytest

from sandbox.whisul.genres import GENRES, Genre, recognise
from sandbox.whisul.songs import compose


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("a trap song", "trap"),
        ("Lo-Fi for a rainy night", "lofi"),
        ("lofi hip hop", "lofi"),
        ("boom-bap about chess", "hip hop"),
        ("deep house at sunset", "house"),
        ("TECHNO", "techno"),
        ("drum & bass", "drum and bass"),
        ("d&b roller", "drum and bass"),
        ("synthwave", "synthwave"),
        ("an ambient drone", "ambient"),
        ("post-rock", "rock"),
        ("smoky jazz", "jazz"),
        ("a campfire lullaby", "folk"),
        ("something for my cat", "pop"),
        ("a trapdoor opens", "pop"),
        ("", "pop"),
        ("雨の歌", "pop"),
    ],
)
def test_the_first_style_named_in_the_prompt_is_recognised(prompt: str, genre: str) -> None:
    assert recognise(prompt).name == genre


@pytest.mark.parametrize("genre", GENRES, ids=lambda genre: genre.name)
def test_songs_of_every_style_have_a_believable_tempo_length_and_title(genre: Genre) -> None:
    for seed in range(20):
        song = compose(genre.name, seed=str(seed))
        assert genre.bpm[0] <= song.bpm <= genre.bpm[1]
        assert 120 <= song.duration_s <= 220
        assert song.genre == genre.name == song.tags[0]
        assert 3 <= len(song.tags) <= 6
        assert 1 <= len(song.title.split()) <= 2


@pytest.mark.parametrize(
    ("prompt", "lowest", "highest"),
    [
        ("trap, 93 bpm", 93, 93),
        ("house 128BPM", 128, 128),
        ("a 240 bpm hardcore", 240, 240),
        ("jazz 900 bpm", 104, 148),
        ("jazz 3 bpm", 104, 148),
        ("jazz 1140 bpm", 104, 148),
        ("jazz bpm 12", 104, 148),
    ],
)
def test_a_possible_tempo_in_the_prompt_is_kept(prompt: str, lowest: int, highest: int) -> None:
    assert lowest <= compose(prompt, seed="0").bpm <= highest


def test_moods_and_instruments_of_the_prompt_become_tags() -> None:
    assert compose("a dreamy, sad jazz tune with piano", seed="0").tags[1:4] == ("dreamy", "sad", "piano")


def test_titles_begin_with_words_of_the_prompt() -> None:
    titles = {compose("lofi about Lisbon", seed=str(seed)).title for seed in range(30)}
    assert any(title.startswith("Lisbon ") for title in titles)
    assert not any("Lofi" in title or "About" in title for title in titles)


def test_durations_are_formatted_as_minutes_and_two_digit_seconds() -> None:
    assert compose("x", seed="0", duration_s=125).duration == "2:05"
    assert compose("x", seed="0", duration_s=3).duration == "0:03"
