"""Songs as mp3 files: four bars of every instrument are synthesised once, mixed to parts, and arranged.

Sounds are float32 arrays of shape (2, frames), left and right. A loop's echoes run over its end into its beginning,
so that loops follow each other without a seam, and the beat keeps the song's tempo to the last bar.
"""

import math
import random
import re
from functools import cache
from typing import Any, cast

import lameenc
import numpy as np
from numpy.typing import NDArray

from sandbox.whisul.genres import BY_NAME, Genre
from sandbox.whisul.songs import Song

Sound = NDArray[np.floating[Any]]

SAMPLE_RATE = 44_100
_BARS, _STEPS = 4, 64
_SEAM_FRAMES = 441
_FADE_S = 5.0
_CEILING = 0.86
"""The highest peak; the encoder may overshoot it a little."""
_ENCODER_DELAY_FRAMES = 1152
"""What the encoder puts before the sound; as much is cut at the end so that the length comes out right."""
_CYCLE = 2048
"""Samples in one cycle of a stored waveform; a power of two."""
_SCALES = {"minor": (0, 2, 3, 5, 7, 8, 10), "major": (0, 2, 4, 5, 7, 9, 11), "dorian": (0, 2, 3, 5, 7, 9, 10)}
_STROKES = {"x": (1.0,), "o": (0.5,), "r": (0.8, 0.6, 0.7)}

# Partials above the fundamental, how steeply they fall off, and the seconds of attack and decay.
_VOICES = {
    "sub": (range(2, 4), 1.6, 0.004, 0.8),
    "saw": (range(2, 10), 1.0, 0.004, 0.35),
    "reese": (range(2, 10), 0.8, 0.02, 3.0),
    "upright": (range(2, 5), 1.2, 0.004, 0.5),
    "pad": (range(2, 14), 1.2, 0.25, 6.0),
    "keys": (range(2, 10, 2), 0.9, 0.004, 1.1),
    "stab": (range(2, 18), 0.8, 0.004, 0.3),
    "pluck": (range(2, 14), 0.7, 0.003, 0.4),
    "power": (range(2, 18), 0.7, 0.004, 1.2),
    "bell": (range(4, 14, 5), 0.4, 0.004, 0.7),
    "flute": (range(2, 6), 1.3, 0.06, 4.0),
}
# Seconds of decay of kick, snare and hats; their level in the mix; how far each beat pushes the chords down; the part
# of a step by which every second one is late.
_KITS = {
    "808": (0.28, 0.11, 0.03, 1.0, 0.0, 0.0),
    "909": (0.16, 0.12, 0.04, 1.0, 0.55, 0.0),
    "acoustic": (0.11, 0.10, 0.03, 1.0, 0.0, 0.0),
    "dusty": (0.13, 0.09, 0.025, 0.85, 0.15, 0.25),
    "brushes": (0.09, 0.13, 0.06, 0.45, 0.0, 0.33),
    "soft": (0.20, 0.10, 0.06, 0.3, 0.0, 0.0),
}
_PARTS = {
    "intro": ("chords", "lead"),
    "build": ("chords", "hats", "bass", "fill"),
    "main": ("kick", "snare", "hats", "bass", "chords"),
    "drop": ("kick", "snare", "hats", "bass", "chords", "lead", "crash"),
    "hook": ("kick", "snare", "hats", "bass", "chords", "lead"),
    "break": ("chords", "lead", "fill"),
    "outro": ("kick", "hats", "chords"),
}


def encode_song(song: Song) -> bytes:
    """The song as an mp3 with its tags: stereo, 44.1 kHz, 128 kbit/s, as long as the song says."""
    return _id3_tag(song) + _encoded(render(song))


def encode_tone() -> bytes:
    """A second of one soft tone: the quickest mp3 that every player accepts."""
    return _encoded(np.tile(0.3 * np.sin(math.tau * 440 * _times(1)), (2, 1)).T)


def render(song: Song) -> Sound:
    """The song as frames of shape (frames, 2) between -1 and 1, exactly as long as it says."""
    frames, loop_frames = song.duration_s * SAMPLE_RATE, round(_STEPS * 15 / song.bpm * SAMPLE_RATE)
    rng = random.Random(f"sound/{song.seed}/{song.title}")
    layers = _Band(BY_NAME[song.genre], loop_frames, rng).layers()

    @cache
    def mixed(part: str) -> Sound:
        mix = np.zeros((2, loop_frames), np.float32)
        for name in _PARTS[part]:
            mix += layers[name]
        # Quiet passages pass unchanged, peaks bend towards the ceiling.
        return mix / np.sqrt(1 + mix * mix) * np.float32(_CEILING)

    parts = _arrangement(math.ceil(frames / loop_frames))
    sound = np.concatenate([mixed(part) for part in parts], axis=1)[:, :frames]
    ramp = np.linspace(1, 0, _SEAM_FRAMES, dtype=np.float32)
    for at, before, part in zip(range(loop_frames, frames, loop_frames), parts, parts[1:], strict=False):
        # The part before goes on for a moment and fades, so that nothing clicks.
        seam = sound[:, at : at + _SEAM_FRAMES]
        overlap = (mixed(before)[:, :_SEAM_FRAMES] - mixed(part)[:, :_SEAM_FRAMES]) * ramp
        seam += overlap[:, : seam.shape[1]]
    fade = min(frames // 4, int(_FADE_S * SAMPLE_RATE))
    sound[:, frames - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound.T


def _arrangement(loops: int) -> list[str]:
    """Which part each four bars are: short pieces have no beginning and end, long ones a pause in the middle."""
    if loops <= 3:  # noqa: PLR2004 - too short for a beginning and an end
        return ["build", "drop", "hook"][-loops:]
    body = (["drop", "hook", "main", "main"] * loops)[: loops - 3]
    if loops >= 9:  # noqa: PLR2004 - long enough for a pause
        body[loops // 2 - 2 : loops // 2] = ["break", "drop"]
    return ["intro", "build", *body, "outro"]


class _Band:
    """Plays four bars of every layer in one key, each a loop of so many frames."""

    def __init__(self, genre: Genre, frames: int, rng: random.Random) -> None:
        kit, *self._voices, scale, degrees = genre.sound.split()
        self._kick_s, self._snare_s, self._hat_s, self._level, self._pump, self._swing = _KITS[kit]
        self._scale, self._roots = _SCALES[scale], [int(degree) for degree in degrees]
        self._groove = [pattern * _BARS for pattern in genre.groove.split()]
        self._frames, self._key = frames, rng.randint(41, 52)
        eighths = ("0-", "2-", "4-", "7-", "4.", "--", "--", "..")
        motif = "0-" + "".join(rng.choice(eighths) for _ in range(7))
        self._melody = motif * (_BARS - 1) + motif[:6]
        noise = np.random.default_rng(rng.getrandbits(32))
        self._noise = noise.standard_normal((2, 2 * SAMPLE_RATE), np.float32)
        self._note = cache(_note)

    def layers(self) -> dict[str, Sound]:
        """The layers by name; the figures are their average loudness."""
        kick, snare, hats, bass, chords = self._groove
        bass_voice, chord_voice, lead_voice = self._voices
        rattle = self._hiss(self._snare_s, 0)
        lead, delay = self._notes(self._melody, lead_voice, 1, 0.25), self._at(3)
        ducked = 1 - np.float32(self._pump) * self._drum("x..." * 16, np.exp(_times(0.5) / -0.12))
        return {
            "kick": _levelled(self._drum(kick, _thump(50, self._kick_s)), 0.21 * self._level),
            "snare": _levelled(self._drum(snare, rattle), 0.105 * self._level)
            + _levelled(self._drum(snare, _thump(190, self._snare_s)), 0.05 * self._level),
            "hats": _levelled(self._drum(hats, self._hiss(self._hat_s, 1)), 0.048 * self._level),
            "fill": _levelled(self._drum("." * 56 + "ooooxxxx", rattle), 0.05 * self._level),
            "crash": _levelled(self._drum("x", self._hiss(0.38, 1)), 0.03 * self._level),
            "bass": _levelled(self._notes(bass, bass_voice, -1, 0), 0.16),
            "chords": _levelled(_echoing(self._notes(chords, chord_voice, 0, 0.5)) * ducked, 0.125),
            "lead": _levelled(_echoing(lead + np.float32(0.4) * np.roll(lead[::-1], delay, axis=1)), 0.1),
        }

    def _at(self, step: float) -> int:
        """The frame of a step."""
        return round((step + self._swing * (int(step) % 2)) * self._frames / _STEPS)

    def _hiss(self, decay_s: float, sharpness: int) -> Sound:
        """Noise that dies away, without its lows."""
        fall = np.exp(_times(decay_s * 5) / -decay_s)
        return np.diff(self._noise, sharpness)[:, : len(fall)] * fall

    def _drum(self, pattern: str, sound: Sound) -> Sound:
        loop = np.zeros((2, self._frames), np.float32)
        for step, mark in enumerate(pattern):
            for part, strength in enumerate(_STROKES.get(mark, ())):
                _lay(loop, sound * np.float32(strength), self._at(step) + part * self._frames // _STEPS // 3)
        return loop

    def _notes(self, pattern: str, voice: str, octave: int, width: float) -> Sound:
        """Notes or chords over the roots of the bars, every other degree further left or right by `width`."""
        loop = np.zeros((2, self._frames), np.float32)
        for stroke in re.finditer(r"\w-*", pattern):
            root = self._roots[stroke.start() // 16]
            length_s = len(stroke[0]) * self._frames / _STEPS / SAMPLE_RATE
            # A chord's upper notes stay within one octave, so that each leads into the next.
            chord = [root, *((root + third) % 7 + 7 for third in (0, 2, 4))]
            for degree in chord if stroke[0][0] == "x" else [root + int(stroke[0][0])]:
                pitch = self._key + 12 * (degree // 7 + octave) + self._scale[degree % 7]
                sides = np.array([[1 - width * (-1) ** degree], [1 + width * (-1) ** degree]], np.float32)
                sound = self._note(voice, 440 * 2 ** ((pitch - 69) / 12), length_s)
                _lay(loop, sound * sides, self._at(stroke.start()))
        return loop


def _times(seconds: float) -> Sound:
    return np.arange(int(seconds * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)


def _thump(hertz: float, decay_s: float) -> Sound:
    """A sine that falls to its pitch within some 30 ms, as a drum's skin does."""
    time = _times(decay_s * 5)
    turns = hertz * time + 4 * (1 - np.exp(time / -0.028))
    return np.tanh(1.6 * np.sin(math.tau * turns) * np.exp(time / -decay_s))


def _note(voice: str, hertz: float, length_s: float) -> Sound:
    """One mono note, with its own beginning and end; its partials fade sooner than its fundamental."""
    partials, _, attack_s, decay_s = _VOICES[voice]
    time = _times(length_s + 0.06)
    places = (time * np.float32(hertz * _CYCLE)).astype(np.int32) & (_CYCLE - 1)
    fall = np.exp(time / -decay_s) * np.minimum(time / attack_s, 1) * np.minimum(time[::-1] / 0.06, 1)
    dull, bright = _waveforms(voice, min(partials.stop, int(12_000 / hertz)))
    return (dull[places] + bright[places] * fall) * fall


@cache
def _waveforms(voice: str, end: int) -> tuple[Sound, Sound]:
    """One cycle of a voice's fundamental, and one of its partials before `end`: higher ones would fold back."""
    partials, slope, *_ = _VOICES[voice]
    circle = np.linspace(0, math.tau, _CYCLE, endpoint=False)
    bright = sum((np.sin(circle * n) / n**slope for n in partials if n < end), np.zeros(_CYCLE))
    return np.sin(circle).astype(np.float32), bright.astype(np.float32)


def _lay(loop: Sound, sound: Sound, at: int) -> None:
    """Add a sound to a loop from a frame on; what runs over the end goes on at the beginning."""
    at, size = at % loop.shape[1], loop.shape[1]
    sound = np.atleast_2d(sound)[:, :size]
    loop[:, at : at + sound.shape[1]] += sound[:, : size - at]
    loop[:, : max(0, at + sound.shape[1] - size)] += sound[:, size - at :]


def _echoing(loop: Sound) -> Sound:
    """The loop with seven echoes, each pass doubling their number, that cross from side to side."""
    for delay_s in (0.0297, 0.0811, 0.2210):
        loop = loop + np.float32(0.45) * np.roll(loop[::-1], int(delay_s * SAMPLE_RATE), axis=1)
    return loop


def _levelled(layer: Sound, level: float) -> Sound:
    """The layer at this average loudness (root mean square); silence stays silent."""
    loudness = math.sqrt(np.vdot(layer, layer) / layer.size)
    return layer * np.float32(level / loudness if loudness else 0)


def _encoded(sound: Sound) -> bytes:
    """Frames of shape (frames, 2) between -1 and 1 as an mp3 without tags."""
    pcm = (sound[: len(sound) - _ENCODER_DELAY_FRAMES] * np.float32(32_767)).astype("<i2")
    encoder = cast("Any", lameenc.Encoder())  # pyright: ignore[reportUnknownMemberType] - it brings no types
    encoder.set_bit_rate(128)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(2)
    encoder.set_quality(7)
    encoder.silence()
    return bytes(encoder.encode(pcm.tobytes()) + encoder.flush())


def _id3_tag(song: Song) -> bytes:
    """An ID3v2.3 tag: title, artist, genre, tempo and length in milliseconds."""
    fields = ("TIT2", song.title), ("TPE1", "Whisul Sandbox"), ("TCON", song.genre)
    frames = b""
    for name, text in (*fields, ("TBPM", f"{song.bpm}"), ("TLEN", f"{song.duration_s * 1000}")):
        content = b"\x01" + text.encode("utf-16")
        frames += name.encode() + len(content).to_bytes(4, "big") + b"\x00\x00" + content
    size = bytes((len(frames) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frames
