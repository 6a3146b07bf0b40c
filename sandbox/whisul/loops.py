"""Four bars of every layer of a song, played on a circle of frames."""

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.whisul import instruments
from sandbox.whisul.grooves import GROOVES, Groove, Kit
from sandbox.whisul.instruments import SAMPLE_RATE, Sound

Stereo = NDArray[np.floating[Any]]

BARS = 4
STEPS_PER_BAR = 16
STEPS = BARS * STEPS_PER_BAR
_STRENGTH = {"x": 1.0, "o": 0.5, "r": 0.8}
_LEVELS_DB = {
    "kick": -13.0,
    "snare": -17.0,
    "hats": -24.0,
    "fill": -25.0,
    "bass": -15.0,
    "chords": -17.5,
    "lead": -19.0,
    "answer": -19.0,
}
"""How loud each layer is on average; the mixing desk of a full band."""
_KIT_DB: dict[Kit, float] = {"brushes": -8.0, "none": -13.0, "dusty": -1.5}
"""How far some kits stay behind a full one."""
_DRUMS = ("kick", "snare", "hats", "fill")
_REVERB_S = 1.8
_REVERB_FLOOR_HZ = 180
_REVERB_LEVEL = 0.06


class LoopGrid:
    """Where the sixteenths of four bars lie, in frames. `swing` moves every second one."""

    def __init__(self, bpm: float, swing: float = 0.0) -> None:
        self.step_s = 60 / bpm / 4
        self.frames = round(STEPS * self.step_s * SAMPLE_RATE)
        self._swing = swing

    def swung(self, swing: float) -> "LoopGrid":
        """The same grid with another swing."""
        return LoopGrid(60 / self.step_s / 4, swing)

    def at(self, step: float) -> int:
        """The frame of a step; fractions lie between."""
        late = self._swing if int(step) % 2 else 0.0
        return round((step + late) * self.frames / STEPS) % self.frames

    def silence(self) -> Sound:
        """An empty mono loop."""
        return np.zeros(self.frames, dtype=np.float32)


def play_layers(genre: str, grid: LoopGrid, rng: random.Random) -> dict[str, Stereo]:
    """All layers in stereo: kick, snare, hats, fill, bass, chords, lead, and answer (a second lead)."""
    groove = GROOVES[genre]
    return {
        name: _levelled(layer, _LEVELS_DB[name] + (_KIT_DB.get(groove.kit, 0.0) if name in _DRUMS else 0.0))
        for name, layer in _Band(groove, grid, rng).play().items()
    }


def _levelled(layer: Stereo, level_db: float) -> Stereo:
    """The layer at this average loudness; silence stays silent."""
    loudness = float(np.sqrt(np.mean(np.square(layer))))
    return layer * np.float32(10 ** (level_db / 20) / loudness) if loudness > 0 else layer


class _Band:
    def __init__(self, groove: Groove, grid: LoopGrid, rng: random.Random) -> None:
        self._groove = groove
        self._grid = grid.swung(groove.swing)
        self._rng = rng
        self._root = rng.randint(41, 52)
        self._degrees = rng.choice(groove.progressions)
        self._room = _Room(grid.frames, rng)

    def play(self) -> dict[str, Stereo]:
        groove, wet = self._groove, self._groove.reverb
        chords = self._room.around(self._chords() * self._pumped(), wet)
        if groove.crackle:
            chords += _crackle(self._grid.frames, self._rng)
        snare = instruments.snare(groove.kit, self._rng)
        return {
            "kick": _spread(self._drum(groove.kick, instruments.kick(groove.kit))),
            "snare": self._room.around(self._drum(groove.snare, snare), wet * 0.4),
            "hats": self._hats(),
            "fill": _spread(self._fill(snare)),
            "bass": _spread(self._bass()),
            "chords": chords,
            "lead": self._room.around(self._echoed(self._lead()), wet),
            "answer": self._room.around(self._echoed(self._lead()), wet),
        }

    def _drum(self, pattern: str, sound: Sound) -> Sound:
        loop = self._grid.silence()
        for step, mark in enumerate(_tiled(pattern)):
            for part in range(3 if mark == "r" else 1):
                if mark in _STRENGTH:
                    strength = _STRENGTH[mark] * (1 - 0.2 * part)
                    lay(loop, sound * np.float32(strength), self._grid.at(step) + self._roll(part))
        return loop

    def _roll(self, part: int) -> int:
        return part * self._grid.frames // (STEPS * 3)

    def _hats(self) -> Stereo:
        closed = self._drum(self._groove.hat, instruments.hat(self._groove.kit, self._rng))
        opened = self._drum(self._groove.open_hat, instruments.hat(self._groove.kit, self._rng, is_open=True))
        return _spread(closed, pan=0.25) + _spread(opened, pan=-0.2)

    def _fill(self, snare: Sound) -> Sound:
        """A growing roll in the last half bar."""
        loop = self._grid.silence()
        for number, step in enumerate(range(STEPS - 8, STEPS)):
            lay(loop, snare * np.float32(0.2 + 0.09 * number), self._grid.at(step))
        return loop

    def _bass(self) -> Sound:
        loop = self._grid.silence()
        pattern = _tiled(self._groove.bass)
        struck = [step for step, mark in enumerate(pattern) if mark != "."]
        for step, after in zip(struck, [*struck[1:], STEPS], strict=True):
            degree = self._degree_at(step) + {"x": 0, "3": 2, "5": 4, "8": 7}[pattern[step]]
            length_s = min(after - step, 16) * self._grid.step_s * 0.95
            lay(loop, self._note(self._groove.bass_voice, degree, -1, length_s), self._grid.at(step))
        return loop

    def _chords(self) -> Sound:
        loop = self._grid.silence()
        for bar in range(BARS):
            for start, steps in _held(self._groove.chords):
                for degree in self._chord(self._degrees[bar]):
                    length_s = steps * self._grid.step_s
                    sound = self._note(self._groove.chord_voice, degree, 0, length_s)
                    lay(loop, sound, self._grid.at(bar * STEPS_PER_BAR + start))
        return loop

    def _lead(self) -> Sound:
        """A motif of one bar that follows the chords, turned at the end."""
        loop = self._grid.silence()
        steps = sorted(self._rng.sample(range(0, STEPS_PER_BAR, 2), k=min(8, self._groove.lead_notes)))
        motif = [(step, self._rng.choice((0, 2, 4, 4, 7, 1, 5))) for step in steps]
        for bar in range(BARS):
            shape = motif if bar < BARS - 1 else motif[: len(motif) // 2 + 1]
            for number, (step, degree) in enumerate(shape):
                after = shape[number + 1][0] if number + 1 < len(shape) else STEPS_PER_BAR
                length_s = min(after - step, 6) * self._grid.step_s * 0.9
                sound = self._note(self._groove.lead_voice, self._degrees[bar] % 7 + degree, 1, length_s)
                lay(loop, sound, self._grid.at(bar * STEPS_PER_BAR + step))
        return loop

    def _echoed(self, loop: Sound) -> Sound:
        delay = self._grid.at(3)
        return loop + np.roll(loop, delay) * np.float32(0.35) + np.roll(loop, 2 * delay) * np.float32(0.15)

    def _pumped(self) -> Sound:
        """What the kick leaves of the chords."""
        duck = self._grid.silence()
        fall = np.exp(-instruments.seconds(int(0.4 * SAMPLE_RATE)) / np.float32(0.12))
        for step, mark in enumerate(_tiled(self._groove.kick)):
            if mark in _STRENGTH:
                lay(duck, fall, self._grid.at(step))
        return 1 - np.float32(self._groove.pump) * np.minimum(duck, 1)

    def _degree_at(self, step: int) -> int:
        return self._degrees[step // STEPS_PER_BAR]

    def _chord(self, degree: int) -> list[int]:
        """The chord's notes near the middle of the scale, so that one leads into the next."""
        if self._groove.chord_voice == "power":
            return [degree - 7, degree - 3, degree]
        stack = (0, 2, 4, 6) if self._groove.sevenths else (0, 2, 4)
        return [degree, *((degree + third) % 7 + 7 for third in stack)]

    def _note(self, voice: instruments.Voice, degree: int, octave: int, length_s: float) -> Sound:
        up, place = divmod(degree, 7)
        pitch = self._root + 12 * (up + octave) + self._groove.scale[place]
        return instruments.note(voice, 440 * 2 ** ((pitch - 69) / 12), length_s)


def lay(loop: Sound, sound: Sound, at: int) -> None:
    """Add a sound to a loop from a frame on; what runs over the end goes on at the beginning."""
    size = len(loop)
    at %= size
    sound = sound[:size]
    first = min(len(sound), size - at)
    loop[at : at + first] += sound[:first]
    loop[: len(sound) - first] += sound[first:]


def _tiled(pattern: str) -> str:
    return pattern * (STEPS // len(pattern))


def _held(pattern: str) -> list[tuple[int, int]]:
    """Each stroke's step, and for how many steps it is held."""
    strokes = [step for step, mark in enumerate(pattern) if mark == "x"]
    return [(step, 1 + len(pattern[step + 1 :]) - len(pattern[step + 1 :].lstrip("-"))) for step in strokes]


def _spread(sound: Sound, pan: float = 0.0) -> Stereo:
    return np.stack([sound * np.float32(1 - pan), sound * np.float32(1 + pan)], axis=1)


def _crackle(frames: int, rng: random.Random) -> Stereo:
    """The dust on a record."""
    specks = _loudest(instruments.noise(rng, frames), 3.4) * np.float32(0.01)
    hiss = instruments.noise(rng, frames) * np.float32(0.0025)
    return _spread(specks + hiss)


def _loudest(sound: Sound, floor: float) -> Sound:
    return np.where(np.abs(sound) > floor, sound, np.float32(0))


class _Room:
    """A reverb on a circle: the same room for every layer, another tail for each ear."""

    def __init__(self, frames: int, rng: random.Random) -> None:
        self._frames = frames
        tail = min(frames, int(_REVERB_S * SAMPLE_RATE))
        self._size = _smooth(frames + tail)
        keep = np.fft.rfftfreq(self._size, 1 / SAMPLE_RATE) > _REVERB_FLOOR_HZ
        fall = np.exp(-instruments.seconds(tail) / np.float32(_REVERB_S / 5))
        self._tails = [
            np.fft.rfft(_dull(instruments.noise(rng, tail)) * fall, n=self._size) * keep for _ in range(2)
        ]

    def around(self, sound: Sound, wet: float) -> Stereo:
        """The mono loop in the middle of the room."""
        spectrum = np.fft.rfft(sound, n=self._size)
        ringing = np.stack([np.fft.irfft(spectrum * tail, n=self._size) for tail in self._tails], axis=1)
        folded = ringing[: self._frames]
        folded[: self._size - self._frames] += ringing[self._frames :]
        return _spread(sound) + folded.astype(np.float32) * np.float32(wet * _REVERB_LEVEL)


def _dull(sound: Sound) -> Sound:
    """Noise without its sharpest highs: the average of eight neighbours."""
    return np.convolve(sound, np.full(8, 0.125, dtype=np.float32), mode="same")


def _smooth(least: int) -> int:
    """The first size from `least` on that a Fourier transform is quick at: no prime factor above 5."""
    size = least
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 1
