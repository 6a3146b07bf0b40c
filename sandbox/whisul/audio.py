"""From a song's few facts to its sound: four bars are played once in layers, then arranged to the song's length.

Every layer is a loop of exactly four bars whose echoes run over its end into its beginning, so that loops follow
each other without a seam and the beat stays at the song's tempo to the last bar.
"""

import math
import random
from dataclasses import dataclass

import numpy as np

from sandbox.whisul.instruments import SAMPLE_RATE, Sound, noise, seconds
from sandbox.whisul.loops import LoopGrid, Stereo, play_layers
from sandbox.whisul.songs import Song

__all__ = ["SAMPLE_RATE", "render"]

Section = frozenset[str]

_CEILING = 0.86
"""The highest peak. The encoder may overshoot a little; this leaves it room."""
_DRIVE = 1.0
_SEAM_FRAMES = 441
_FADE_S = 5.0

_RHYTHM = frozenset({"kick", "snare", "hats"})
_INTRO: Section = frozenset({"chords", "lead"})
_BUILD: Section = frozenset({"chords", "hats", "bass", "fill"})
_MAIN: Section = _RHYTHM | {"bass", "chords"}
_HOOK: Section = _MAIN | {"lead"}
_ANSWER: Section = _MAIN | {"answer"}
_BREAK: Section = frozenset({"chords", "answer", "fill"})
_OUTRO: Section = frozenset({"kick", "hats", "chords"})


def render(song: Song) -> Stereo:
    """The song as stereo frames between -1 and 1, exactly as long as it says."""
    frames = round(song.duration_s * SAMPLE_RATE)
    rng = random.Random(f"sound/{song.seed}/{song.title}")
    grid = LoopGrid(song.bpm)
    mixer = _Mixer(play_layers(song.genre, grid, rng), rng)
    sections = _arrangement(math.ceil(frames / grid.frames))
    sound = np.zeros((len(sections) * grid.frames, 2), dtype=np.float32)
    for number, section in enumerate(sections):
        before = sections[number - 1] if number else section
        place = slice(number * grid.frames, (number + 1) * grid.frames)
        mixer.write(sound[place], section, before=before, opens=number > 0)
    return _faded(sound[:frames])


def _arrangement(loops: int) -> list[Section]:
    """What plays in each four bars; short pieces go straight to the point."""
    if loops <= 3:  # noqa: PLR2004 - too short for a beginning and an end
        return [_HOOK] * loops
    middle: list[Section] = [_MAIN, _HOOK, _HOOK, _MAIN, _ANSWER, _ANSWER]
    body = loops - 3
    verse = [middle[at % len(middle)] for at in range(body)]
    if body >= 6:  # noqa: PLR2004 - long enough for a breath in the middle
        verse[body // 2] = _BREAK
        verse[-1] = _HOOK | {"answer"}
    return [_INTRO, _BUILD, *verse, _OUTRO]


def _faded(sound: Stereo) -> Stereo:
    fade = min(len(sound) // 4, int(_FADE_S * SAMPLE_RATE))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return sound


@dataclass(slots=True)
class _Loop:
    """A mix of layers, mastered: with a cymbal on its first beat, and without."""

    plain: Stereo
    opened: Stereo


class _Mixer:
    """Mixes and masters each combination of layers once."""

    def __init__(self, layers: dict[str, Stereo], rng: random.Random) -> None:
        self._layers = layers
        self._made: dict[Section, _Loop] = {}
        self._cymbal = _cymbal(rng, len(layers["kick"]))
        peak = float(np.percentile(np.abs(self._sum(_HOOK)[::7]), 99.7))
        self._gain = np.float32(_DRIVE / max(peak, 1e-6))

    def write(self, target: Stereo, section: Section, *, before: Section, opens: bool) -> None:
        """Put the section's four bars into `target`, sliding over from what came before."""
        loop = self._loop(section)
        is_new = section != before
        target[:] = loop.opened if is_new and opens and "kick" in section else loop.plain
        if is_new:
            ramp = np.linspace(0, 1, _SEAM_FRAMES, dtype=np.float32)[:, None]
            last = self._loop(before).plain[:_SEAM_FRAMES]
            target[:_SEAM_FRAMES] = target[:_SEAM_FRAMES] * ramp + last * (1 - ramp)

    def _loop(self, section: Section) -> _Loop:
        if section not in self._made:
            mix = self._sum(section)
            self._made[section] = _Loop(self._mastered(mix), self._mastered(mix + self._cymbal))
        return self._made[section]

    def _sum(self, section: Section) -> Stereo:
        mix = np.zeros_like(self._layers["kick"])
        for name in sorted(section):
            mix += self._layers[name]
        return mix

    def _mastered(self, mix: Stereo) -> Stereo:
        """Limited softly: quiet passages pass as they are, peaks bend towards the ceiling."""
        return np.tanh(mix * self._gain) * np.float32(_CEILING)


def _cymbal(rng: random.Random, frames: int) -> Stereo:
    ring = np.zeros((frames, 2), dtype=np.float32)
    length = min(frames, int(2.5 * SAMPLE_RATE))
    fall = np.exp(-seconds(length) / np.float32(0.6)) * np.float32(0.05)
    for side in (0, 1):
        hiss: Sound = np.diff(noise(rng, length), prepend=np.float32(0))
        ring[:length, side] = hiss * fall
    return ring
