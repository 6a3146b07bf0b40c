"""Rendered songs: stereo, at the stated tempo, of the stated length, loud enough and never clipped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.whisul.audio import SAMPLE_RATE, render
from sandbox.whisul.genres import GENRES
from sandbox.whisul.songs import Song, compose

BEATS = {
    "trap": 140,
    "lofi": 78,
    "house": 124,
    "techno": 133,
    "drum and bass": 174,
    "rock": 97,
    "pop": 111,
}
"""Styles whose beat can be measured, and a tempo for each."""

_HOP = 256
_RATE_HZ = SAMPLE_RATE / _HOP

Samples = NDArray[np.floating[Any]]


def _song(genre: str, *, bpm: int, duration_s: int) -> Song:
    return replace(compose(genre, seed="audio"), genre=genre, bpm=bpm, duration_s=duration_s)


def _onsets(sound: Samples) -> Samples:
    """How much louder it gets, hop by hop, summed over frequencies."""
    mono = sound.mean(axis=1)
    hops = len(mono) // _HOP - 3
    frames = np.lib.stride_tricks.sliding_window_view(mono, 4 * _HOP)[::_HOP][:hops]
    spectrum = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(4 * _HOP), axis=1)))
    rise = np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1)
    return rise - rise.mean()


def _heard_bpm(sound: Samples, near_bpm: float) -> float:
    """The tempo within 12 % of the expected one at which the onsets repeat best, measured over sixteen beats."""
    onsets = _onsets(sound)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(onsets, n=2 * len(onsets))) ** 2)
    tempos = np.arange(near_bpm * 0.88, near_bpm * 1.12, 0.05)
    lags = 60 / tempos * _RATE_HZ
    beats = np.arange(1, 17)[:, None]
    strength = np.interp(lags[None, :] * beats, np.arange(len(onsets)), likeness[: len(onsets)]).sum(axis=0)
    return float(tempos[np.argmax(strength)])


@pytest.mark.parametrize("asked", [60, 61, 119.5, 187])
def test_tempo_measurement_is_right_for_clicks(asked: float) -> None:
    clicks = np.zeros((SAMPLE_RATE * 20, 2))
    for beat in range(int(20 * asked / 60)):
        at = round(beat * 60 / asked * SAMPLE_RATE)
        clicks[at : at + 400] = 0.5
    assert _heard_bpm(clicks, asked * 1.07) == pytest.approx(asked, rel=0.01)


@pytest.mark.parametrize("genre", [genre.name for genre in GENRES])
def test_every_genre_is_stereo_audible_in_tempo_and_unclipped(genre: str) -> None:
    song = replace(compose(genre, seed="audio", duration_s=20), genre=genre)
    song = replace(song, bpm=BEATS.get(genre, song.bpm))
    sound = render(song)
    assert sound.shape == (20 * SAMPLE_RATE, 2)
    assert np.isfinite(sound).all()
    assert 0.4 < np.abs(sound).max() < 0.9
    assert np.sqrt(np.mean(sound[: 5 * SAMPLE_RATE] ** 2)) > 0.05
    assert abs(sound.mean()) < 0.02
    assert not np.array_equal(sound[:, 0], sound[:, 1])
    if genre in BEATS:
        assert _heard_bpm(sound, song.bpm) == pytest.approx(song.bpm, rel=0.01)


def test_songs_fade_out_and_do_not_click_between_loops() -> None:
    sound = render(_song("ambient", bpm=120, duration_s=60))
    assert np.abs(sound[-20:]).max() < 0.001
    seams = [number * 8 * SAMPLE_RATE for number in range(1, 7)]
    jumps = np.abs(np.diff(sound, axis=0)).max(axis=1)
    for seam in seams:
        assert jumps[seam - 2 : seam + 2].max() <= jumps.max()
        assert jumps[seam - 2 : seam + 2].max() < 0.2


def test_sound_depends_on_the_seed_alone() -> None:
    song = _song("house", bpm=124, duration_s=2)
    assert np.array_equal(render(song), render(song))
    assert not np.array_equal(render(song), render(replace(song, seed="another")))


def test_long_songs_have_an_intro_and_a_break() -> None:
    sound = render(_song("techno", bpm=140, duration_s=110))
    loop = round(16 * 60 / 140 * SAMPLE_RATE)
    loudness = [
        float(np.sqrt(np.mean(sound[at : at + loop] ** 2))) for at in range(0, len(sound) - loop, loop)
    ]
    intro, middle = loudness[0], max(loudness)
    assert intro < 0.8 * middle
    assert min(loudness[3:-2]) < 0.8 * middle
