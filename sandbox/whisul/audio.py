"""Songs as mp3 files: four bars of every instrument are synthesised once, then mixed as the arrangement says.

Sounds are float32 arrays of shape (2, frames), left and right. A note that is longer than its loop goes on at the
loop's beginning, so that loops follow each other without a seam, and the beat keeps the song's tempo to the last bar.
"""

import math
import random
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

import lameenc
import numpy as np
from numpy.typing import NDArray

from sandbox.whisul.genres import BY_NAME, Genre
from sandbox.whisul.songs import Song

Sound = NDArray[np.floating[Any]]

SAMPLE_RATE = 44_100
_BARS, _STEPS = 4, 64
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
_INTRO, _BUILD, _MAIN = (0, 1, 1, 0, 0, 0), (1, 1, 0, 0, 0, 1), (1, 1, 0, 1, 1, 1)
"""How loud bass, chords, lead, kick, snare and hats are in a part."""


def encode_song(song: Song) -> bytes:
    """The song as an mp3 with its tags: stereo, 44.1 kHz, 128 kbit/s, as long as the song says."""
    return _id3_tag(song) + _encoded(render(song))


def encode_tone() -> bytes:
    """A second of one soft tone: the quickest mp3 that every player accepts."""
    return _encoded(np.tile(0.3 * np.sin(math.tau * 440 * _times(1)), (2, 1)).T)


def render(song: Song) -> Sound:
    """The song as frames of shape (frames, 2) between -1 and 1, exactly as long as it says."""
    frames, loop_frames = song.duration_s * SAMPLE_RATE, round(_STEPS * 15 / song.bpm * SAMPLE_RATE)
    rng, genre = random.Random(f"sound/{song.seed}/{song.title}"), BY_NAME[song.genre]
    layers = np.stack([*_tunes(genre, loop_frames, rng), *_drums(genre, loop_frames, rng)])
    parts, order = np.unique(_arrangement(math.ceil(frames / loop_frames)), axis=0, return_inverse=True)
    # Not by matmul: the threads of its BLAS go on spinning, which costs more CPU than the sum.
    mixes = np.einsum("pl,lsf->psf", parts, layers)
    # Quiet passages pass unchanged, peaks bend to 0.86 at most, which leaves the encoder room to overshoot.
    mixes *= np.float32(0.86) / np.sqrt(1 + mixes * mixes)
    loops = mixes[order]
    # Instruments leave and enter within 10 ms, so that nothing clicks.
    ramp = np.linspace(1, 0, 441, dtype=np.float32)
    loops[1:, :, :441] += (mixes[order[:-1], :, :441] - mixes[order[1:], :, :441]) * ramp
    sound = np.concatenate(loops, axis=1)[:, :frames]
    fade = min(frames // 4, 5 * SAMPLE_RATE)
    sound[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound.T


def _arrangement(loops: int) -> Sound:
    """The instruments' loudness by four bars: short pieces have no beginning and end, long ones a pause in the middle."""
    gains = np.ones((loops, 6), np.float32)
    gains[2::4] = gains[3::4] = _MAIN
    if loops > 3:  # noqa: PLR2004 - long enough for a beginning and an end
        gains[0], gains[1], gains[-1] = _INTRO, _BUILD, _BUILD
    if loops > 8:  # noqa: PLR2004 - long enough for a pause
        gains[loops // 2] = _INTRO
    return gains


def _tunes(genre: Genre, frames: int, rng: random.Random) -> Iterator[Sound]:
    """Loops of bass, chords and lead, each as loud as in the mix; all but the bass echo from side to side."""
    bass, chords = genre.groove.split()[3:]
    bass_voice, chord_voice, lead_voice, scale, roots = genre.sound.split()
    degrees = np.arange(14)
    pitches = rng.randint(41, 52) + 12 * (degrees // 7) + np.array(_SCALES[scale])[degrees % 7]
    hertz = 440 * np.exp2((pitches - 69) / 12, dtype=np.float32)
    eighths = ("0-", "2-", "4-", "7-", "4.", "--", "--", "..")
    motif = "0-" + "".join(rng.choice(eighths) for _ in range(7))
    for bar, voice, octave, width, level in (
        (bass, bass_voice, hertz / 2, 0, 0.16),
        (chords, chord_voice, hertz, 0.5, 0.125),
        (motif, lead_voice, hertz * 2, 0.25, 0.1),
    ):
        loop = _loop(frames, _notes(bar * _BARS, voice, roots, octave, frames / _STEPS, width))
        for delay_s in (0.0297, 0.0811, 0.2210) if width else ():
            loop = loop + np.float32(0.45) * np.roll(loop[::-1], int(delay_s * SAMPLE_RATE), axis=1)
        yield loop * (level / np.sqrt(np.mean(loop * loop)))


def _notes(
    pattern: str, voice: str, roots: str, hertz: Sound, step_frames: float, width: float
) -> Iterator[tuple[int, Sound]]:
    """Each note's first step and sound, a chord where the pattern says `x`; `hertz` has the pitches by degree.

    Every other degree is further left or right by `width`.
    """
    for stroke in re.finditer(r"\w-*", pattern):
        root, mark = int(roots[stroke.start() // 16]), stroke[0][0]
        # A chord's upper notes stay within one octave, so that each leads into the next.
        chord = [root, *((root + third) % 7 + 7 for third in (0, 2, 4))]
        degrees = np.array(chord if mark == "x" else [root + int(mark)])
        side = width * (1 - 2 * (degrees % 2))
        tones = _tones(voice, hertz[degrees], len(stroke[0]) * step_frames / SAMPLE_RATE)
        yield stroke.start(), np.einsum("sn,nf->sf", np.array([1 - side, 1 + side], np.float32), tones)


def _tones(voice: str, hertz: Sound, length_s: float) -> Sound:
    """Mono notes of shape (pitches, frames), each with its own beginning and end."""
    partials, slope, attack_s, decay_s = _VOICES[voice]
    # One period of the voice, from which notes of every pitch are read.
    cycle = np.fft.irfft([0, *(-2048j / np.arange(1, partials + 1) ** slope)], 4096).astype(np.float32)
    time = _times(length_s + 0.06)
    swell = np.minimum(time / attack_s, 1) * np.minimum(time[::-1] / 0.06, 1) * np.exp(time / -decay_s)
    return swell * cycle[(4096 * hertz[:, None] * time).astype(np.int32) % 4096]


def _drums(genre: Genre, frames: int, rng: random.Random) -> Iterator[Sound]:
    """Loops of kick, snare and hats; `x` is loud, `o` soft."""
    time = _times(0.5)
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal((2, len(time)), np.float32)

    def skin(hertz: float, decay_s: float) -> Sound:
        """A sine that falls to its pitch within some 30 ms."""
        turns = hertz * time + 4 * (1 - np.exp(time / -0.028))
        return np.tanh(1.6 * np.sin(math.tau * turns) * np.exp(time / -decay_s))

    hits = (
        0.7 * skin(50, 0.2),
        0.25 * skin(190, 0.1) + 0.15 * noise * np.exp(time / -0.11),
        # The difference of neighbouring samples takes the lows out of the noise.
        0.12 * np.diff(noise, append=0) * np.exp(time / -0.035),
    )
    for hit, bar in zip(hits, genre.groove.split()[:3], strict=True):
        sounds = {"x": hit, "o": 0.5 * hit}
        yield _loop(frames, ((step, sounds[mark]) for step, mark in enumerate(bar * _BARS) if mark != "."))


def _loop(frames: int, sounds: Iterable[tuple[int, Sound]]) -> Sound:
    """A loop of sounds, each from its step on; what runs over the end goes on at the beginning."""
    loop = np.zeros((2, 2 * frames), np.float32)
    for step, sound in sounds:
        at = step * frames // _STEPS
        loop[:, at : at + sound.shape[-1]] += sound
    return loop[:, :frames] + loop[:, frames:]


def _times(seconds: float) -> Sound:
    return np.arange(int(seconds * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)


def _encoded(sound: Sound) -> bytes:
    """Frames of shape (frames, 2) between -1 and 1 as an mp3 without tags."""
    pcm = (sound * np.float32(32_767)).astype("<i2")
    encoder = cast("Any", lameenc.Encoder())  # pyright: ignore[reportUnknownMemberType] - it brings no types
    encoder.set_bit_rate(128)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(2)
    encoder.set_quality(7)
    encoder.silence()
    return bytes(encoder.encode(pcm.tobytes()) + encoder.flush())


def _id3_tag(song: Song) -> bytes:
    """An ID3v2.3 tag: title, artist, genre, tempo and length in milliseconds."""
    names, length_ms = ("TIT2", "TPE1", "TCON", "TBPM", "TLEN"), song.duration_s * 1000
    frames = b""
    for name, value in zip(
        names, (song.title, "Whisul Sandbox", song.genre, song.bpm, length_ms), strict=True
    ):
        content = b"\x01" + str(value).encode("utf-16")
        frames += name.encode() + len(content).to_bytes(4, "big") + b"\x00\x00" + content
    size = bytes((len(frames) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frames
