"""Songs as mp3 files: four bars of every instrument are synthesised once, mixed to parts, and arranged.

Sounds are float32 arrays of shape (2, frames), left and right. A note that is longer than its loop goes on at the
loop's beginning, so that loops follow each other without a seam, and the beat keeps the song's tempo to the last bar.
"""

import math
import random
import re
from dataclasses import dataclass
from itertools import pairwise
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
_SCALES = {"minor": (0, 2, 3, 5, 7, 8, 10), "major": (0, 2, 4, 5, 7, 9, 11)}
_VOICES = {
    "round": (3, 1.4, 0.004, 0.6),
    "saw": (8, 0.8, 0.004, 0.5),
    "pad": (8, 1.2, 0.25, 6.0),
    "keys": (5, 1.2, 0.004, 1.1),
    "pluck": (8, 0.8, 0.003, 0.4),
    "flute": (4, 1.3, 0.06, 4.0),
}
"""The number of partials, how steeply they fall off, and the seconds of attack and decay."""
_PARTS = {
    "intro": ("chords", "lead"),
    "build": ("hats", "bass", "chords"),
    "main": ("kick", "snare", "hats", "bass", "chords"),
    "hook": ("kick", "snare", "hats", "bass", "chords", "lead"),
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
    layers = _layers(BY_NAME[song.genre], loop_frames, random.Random(f"sound/{song.seed}/{song.title}"))
    parts = _arrangement(math.ceil(frames / loop_frames))
    mixed = dict[str, Sound]()
    for part in set(parts):
        mix = np.sum([layers[name] for name in _PARTS[part]], axis=0)
        # Quiet passages pass unchanged, peaks bend towards the ceiling.
        mixed[part] = mix / np.sqrt(1 + mix * mix) * np.float32(_CEILING)
    sound = np.concatenate([mixed[part] for part in parts], axis=1)
    ramp = np.linspace(1, 0, _SEAM_FRAMES, dtype=np.float32)
    for number, (before, part) in enumerate(pairwise(parts), start=1):
        # The part before goes on for a moment and fades, so that nothing clicks.
        seam = sound[:, number * loop_frames :][:, :_SEAM_FRAMES]
        seam += (mixed[before] - mixed[part])[:, :_SEAM_FRAMES] * ramp
    fade = min(frames // 4, int(_FADE_S * SAMPLE_RATE))
    sound[:, frames - fade : frames] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound[:, :frames].T


def _arrangement(loops: int) -> list[str]:
    """Which part each four bars are: short pieces have no beginning and end, long ones a pause in the middle."""
    parts = ["hook", "hook", "main", "main"] * loops
    if loops > 3:  # noqa: PLR2004 - long enough for a beginning and an end
        parts[:2] = ["intro", "build"]
        parts[loops - 1] = "build"
    if loops > 8:  # noqa: PLR2004 - long enough for a pause
        parts[loops // 2] = "intro"
    return parts[:loops]


def _layers(genre: Genre, frames: int, rng: random.Random) -> dict[str, Sound]:
    """The instruments by name, each a loop of so many frames at its loudness in the mix."""
    kick, snare, hats, bass, chords = (bar * _BARS for bar in genre.groove.split())
    bass_voice, chord_voice, lead_voice, scale, degrees = genre.sound.split()
    notes = _Notes(frames, rng.randint(41, 52), _SCALES[scale], [int(degree) for degree in degrees])
    eighths = ("0-", "2-", "4-", "7-", "4.", "--", "--", "..")
    motif = "0-" + "".join(rng.choice(eighths) for _ in range(7))
    time = _times(0.5)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal((2, len(time)), np.float32)
    return {
        "kick": _drum(frames, kick, 0.7 * _thump(50, 0.2)),
        "snare": _drum(frames, snare, 0.15 * noise * np.exp(time / -0.11) + 0.25 * _thump(190, 0.1)),
        # The difference of neighbouring samples takes the lows out of the noise.
        "hats": _drum(frames, hats, 0.12 * np.diff(noise, append=0) * np.exp(time / -0.035)),
        "bass": _levelled(notes.play(bass, bass_voice, octave=-1, width=0), 0.16),
        "chords": _levelled(_echoing(notes.play(chords, chord_voice, octave=0, width=0.5)), 0.125),
        "lead": _levelled(_echoing(notes.play(motif * _BARS, lead_voice, octave=1, width=0.25)), 0.1),
    }


@dataclass(frozen=True, slots=True)
class _Notes:
    """Plays loops of so many frames in one key (a MIDI note); `roots` are the degrees of the bars' chords."""

    frames: int
    key: int
    scale: tuple[int, ...]
    roots: list[int]

    def play(self, pattern: str, voice: str, *, octave: int, width: float) -> Sound:
        """Notes, or chords where it says `x`; every other degree is further left or right by `width`."""
        loop = np.zeros((2, self.frames), np.float32)
        for stroke in re.finditer(r"\w-*", pattern):
            root, mark = self.roots[stroke.start() // 16], stroke[0][0]
            length_s = len(stroke[0]) * self.frames / _STEPS / SAMPLE_RATE
            # A chord's upper notes stay within one octave, so that each leads into the next.
            chord = [root, *((root + third) % 7 + 7 for third in (0, 2, 4))]
            for degree in chord if mark == "x" else [root + int(mark)]:
                pitch = self.key + 12 * (degree // 7 + octave) + self.scale[degree % 7]
                side = width * (-1) ** degree
                sound = _note(voice, 440 * 2 ** ((pitch - 69) / 12), length_s)
                _lay(loop, sound * np.array([[1 - side], [1 + side]], np.float32), stroke.start())
        return loop


def _drum(frames: int, pattern: str, sound: Sound) -> Sound:
    """A loop with the sound at each stroke of the pattern: `x` loud, `o` soft."""
    loop = np.zeros((2, frames), np.float32)
    for step, mark in enumerate(pattern):
        if mark != ".":
            _lay(loop, sound if mark == "x" else 0.5 * sound, step)
    return loop


def _lay(loop: Sound, sound: Sound, step: int) -> None:
    """Add a sound to a loop from a step on; what runs over the end goes on at the beginning."""
    frames = loop.shape[1]
    at, sound = step * frames // _STEPS, sound[:, :frames]
    loop[:, at : at + sound.shape[1]] += sound[:, : frames - at]
    loop[:, : max(0, at + sound.shape[1] - frames)] += sound[:, frames - at :]


def _times(seconds: float) -> Sound:
    return np.arange(int(seconds * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)


def _thump(hertz: float, decay_s: float) -> Sound:
    """Half a second of a sine that falls to its pitch within some 30 ms, as a drum's skin does."""
    time = _times(0.5)
    turns = hertz * time + 4 * (1 - np.exp(time / -0.028))
    return np.tanh(1.6 * np.sin(math.tau * turns) * np.exp(time / -decay_s))[None, :]


def _note(voice: str, hertz: float, length_s: float) -> Sound:
    """One mono note, with its own beginning and end."""
    partials, slope, attack_s, decay_s = _VOICES[voice]
    time = _times(length_s + 0.06)
    swell = np.minimum(time / attack_s, 1) * np.minimum(time[::-1] / 0.06, 1)
    phase = np.float32(math.tau * hertz) * time
    tone = np.sum([np.sin(n * phase) / np.float32(n**slope) for n in range(1, partials + 1)], axis=0)
    return tone * swell * np.exp(time / -decay_s)


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
