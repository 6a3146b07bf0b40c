"""Songs fit their prompts, and every style has all that it needs."""

import pytest

from sandbox.whisul.genres import GENRES, Genre, recognise
from sandbox.whisul.grooves import GROOVES
from sandbox.whisul.palettes import PALETTES
from sandbox.whisul.scenes import SCENES
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
def test_the_style_is_heard_in_the_prompt(prompt: str, genre: str) -> None:
    assert recognise(prompt).name == genre


@pytest.mark.parametrize("genre", GENRES, ids=lambda genre: genre.name)
def test_every_style_has_a_groove_colours_pictures_and_a_believable_tempo(genre: Genre) -> None:
    assert genre.name in GROOVES
    assert genre.name in PALETTES
    assert genre.name in SCENES
    for seed in range(20):
        song = compose(genre.name, seed=str(seed))
        assert genre.bpm[0] <= song.bpm <= genre.bpm[1]
        assert 120 <= song.duration_s <= 220
        assert song.genre == genre.name == song.tags[0]
        assert 3 <= len(song.tags) <= 6
        assert 1 <= len(song.title.split()) <= 2


@pytest.mark.parametrize(
    ("prompt", "bpm"), [("trap, 93 bpm", 93), ("house 128BPM", 128), ("a 240 bpm hardcore", 240)]
)
def test_an_asked_for_tempo_is_kept(prompt: str, bpm: int) -> None:
    assert compose(prompt, seed="0").bpm == bpm


@pytest.mark.parametrize("prompt", ["jazz 900 bpm", "jazz 3 bpm", "jazz 1140 bpm", "jazz bpm 12"])
def test_an_impossible_tempo_is_not(prompt: str) -> None:
    assert 104 <= compose(prompt, seed="0").bpm <= 148


def test_moods_and_instruments_of_the_prompt_become_tags() -> None:
    assert compose("a dreamy, sad jazz tune with piano", seed="0").tags[1:4] == ("dreamy", "sad", "piano")


def test_own_words_of_the_prompt_find_their_way_into_titles() -> None:
    titles = {compose("lofi about Lisbon", seed=str(seed)).title for seed in range(30)}
    assert any(title.startswith("Lisbon ") for title in titles)
    assert not any("Lofi" in title or "About" in title for title in titles)


def test_the_length_is_written_with_two_digits_of_seconds() -> None:
    assert compose("x", seed="0", duration_s=125).duration == "2:05"
    assert compose("x", seed="0", duration_s=3).duration == "0:03"
