"""Single sounds: drums and notes, as mono arrays of float32 at the song's sample rate."""

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.whisul.grooves import Kit, Voice

Sound = NDArray[np.floating[Any]]

SAMPLE_RATE = 44_100
_TABLE_SIZE = 4096


def seconds(count: int) -> Sound:
    """The times of so many frames."""
    return np.arange(count, dtype=np.float32) / np.float32(SAMPLE_RATE)


def noise(rng: random.Random, count: int) -> Sound:
    """White noise, the same for the same generator."""
    return np.random.default_rng(rng.getrandbits(32)).standard_normal(count, dtype=np.float32)


def _frames(duration_s: float) -> int:
    return max(1, int(duration_s * SAMPLE_RATE))


def _decay(count: int, decay_s: float) -> Sound:
    return np.exp(-seconds(count) / np.float32(decay_s))


def _bright(sound: Sound) -> Sound:
    """The sound without its lows: the difference of neighbours, twice."""
    return np.diff(sound, n=2, prepend=sound[:1], append=sound[-1:]) * np.float32(0.3)


def _softened(sound: Sound) -> Sound:
    """The sound without its sharpest highs: the average of four neighbours."""
    return np.convolve(sound, np.full(4, 0.25, dtype=np.float32), mode="same")


def _sine_sweep(count: int, start_hz: float, end_hz: float, glide_s: float) -> Sound:
    time_s = seconds(count)
    fallen = np.float32((start_hz - end_hz) * glide_s) * (1 - np.exp(-time_s / np.float32(glide_s)))
    return np.sin(np.float32(2 * np.pi) * (np.float32(end_hz) * time_s + fallen)).astype(np.float32)


def kick(kit: Kit) -> Sound:
    """A bass drum: a sine that falls fast, with a click."""
    end_hz, decay_s, level = {
        "808": (46, 0.28, 1.0),
        "909": (50, 0.16, 1.0),
        "acoustic": (58, 0.11, 0.95),
        "dusty": (55, 0.13, 0.9),
        "brushes": (60, 0.09, 0.55),
        "none": (48, 0.3, 0.45),
    }[kit]
    count = _frames(decay_s * 4)
    body = _sine_sweep(count, 190, end_hz, 0.028) * _decay(count, decay_s)
    return np.tanh(body * np.float32(1.6)) * np.float32(level)


def snare(kit: Kit, rng: random.Random) -> Sound:
    """A snare drum, a clap or a brush, whichever the kit has."""
    tone_hz, decay_s, tone, level = {
        "808": (190, 0.11, 0.35, 0.75),
        "909": (200, 0.12, 0.5, 0.7),
        "acoustic": (185, 0.1, 0.7, 0.75),
        "dusty": (170, 0.09, 0.6, 0.65),
        "brushes": (220, 0.13, 0.1, 0.3),
        "none": (200, 0.1, 0.1, 0.2),
    }[kit]
    count = _frames(decay_s * 5)
    rattle = noise(rng, count)
    hiss = (_softened(rattle) - np.roll(_softened(rattle), 8)) * np.float32(0.4) * _decay(count, decay_s)
    body = _sine_sweep(count, tone_hz * 1.5, tone_hz, 0.02) * _decay(count, decay_s * 0.6)
    return (hiss + body * np.float32(tone)) * np.float32(level)


def hat(kit: Kit, rng: random.Random, *, is_open: bool = False) -> Sound:
    """A hi-hat, closed or open."""
    decay_s = 0.14 if is_open else 0.06 if kit in ("brushes", "none") else 0.028
    level = {"808": 0.3, "909": 0.3, "acoustic": 0.28, "dusty": 0.18, "brushes": 0.2, "none": 0.12}[kit]
    count = _frames(decay_s * 5)
    return _bright(noise(rng, count)) * _decay(count, decay_s) * np.float32(level)


def crash(rng: random.Random) -> Sound:
    """A cymbal that rings for a while."""
    count = _frames(2.5)
    return _bright(noise(rng, count)) * _decay(count, 0.6) * np.float32(0.22)


def note(voice: Voice, hertz: float, duration_s: float) -> Sound:
    """One note, with its own beginning and end; plucked voices ring out by themselves."""
    match voice:
        case "sub":
            return _sub(hertz, duration_s)
        case "saw" | "stab" | "reese" | "pad" | "power":
            return _reed(voice, hertz, duration_s)
        case "upright" | "pluck":
            return _string(voice, hertz, duration_s)
        case "keys" | "bell":
            return _struck(voice, hertz, duration_s)
        case "flute":
            return _flute(hertz, duration_s)


def _edges(sound: Sound, attack_s: float, release_s: float) -> Sound:
    attack, release = min(len(sound), _frames(attack_s)), min(len(sound), _frames(release_s))
    sound[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    sound[-release:] *= np.linspace(1, 0, release, dtype=np.float32) ** 2
    return sound


def _wave(hertz: float, count: int, partials: int, slope: float) -> Sound:
    """A wave of so many partials that fall off as 1/n**slope, none of them above what the rate can carry."""
    usable = max(1, min(partials, int(16_000 / hertz)))
    circle = np.linspace(0, 2 * np.pi, _TABLE_SIZE, endpoint=False, dtype=np.float32)
    table = np.zeros(_TABLE_SIZE, dtype=np.float32)
    for number in range(1, usable + 1):
        table += np.sin(circle * np.float32(number)) / np.float32(number**slope)
    places = (np.arange(count, dtype=np.float64) * (hertz * _TABLE_SIZE / SAMPLE_RATE)).astype(np.int64)
    return table[places & (_TABLE_SIZE - 1)]


def _sub(hertz: float, duration_s: float) -> Sound:
    count = _frames(duration_s)
    body = _sine_sweep(count, hertz * 1.5, hertz, 0.02) * _decay(count, 0.7)
    return _edges(np.tanh(body * np.float32(2.2)), 0.003, 0.03) * np.float32(0.6)


def _reed(voice: Voice, hertz: float, duration_s: float) -> Sound:
    partials, slope, attack_s, decay_s, release_s, level = {
        "saw": (7, 1.2, 0.004, 0.35, 0.02, 0.42),
        "reese": (9, 1.2, 0.02, 4.0, 0.05, 0.34),
        "stab": (20, 1.0, 0.004, 0.3, 0.05, 0.2),
        "pad": (12, 1.25, 0.25, 9.0, 0.4, 0.16),
        "power": (12, 1.0, 0.004, 1.2, 0.05, 0.5),
    }[str(voice)]
    count = _frames(duration_s + release_s)
    spread = 0.008 if voice == "reese" else 0.004
    sound = _wave(hertz * (1 - spread), count, partials, slope) + _wave(
        hertz * (1 + spread), count, partials, slope
    )
    if voice == "power":
        sound = np.tanh(sound * np.float32(1.8)) * np.float32(0.35)
    return _edges(sound * _decay(count, decay_s), attack_s, release_s) * np.float32(level)


def _string(voice: Voice, hertz: float, duration_s: float) -> Sound:
    """A plucked string: the higher a partial, the sooner it is gone."""
    decay_s, level = (0.5, 0.75) if voice == "upright" else (0.45, 0.34)
    count = _frames(max(duration_s, 0.5 if voice == "pluck" else 0.1))
    dull = _wave(hertz, count, 3, 1.3) * _decay(count, decay_s)
    bright = _wave(hertz, count, 10, 0.9) * _decay(count, decay_s * 0.18) * np.float32(0.5)
    return _edges(dull + bright, 0.003, 0.06) * np.float32(level)


def _struck(voice: Voice, hertz: float, duration_s: float) -> Sound:
    """An electric piano or a bell: one sine bends the other."""
    ratio, bend, bend_s, decay_s, level = (
        (1.0, 1.3, 0.35, 1.1, 0.24) if voice == "keys" else (3.5, 1.6, 0.25, 0.6, 0.26)
    )
    count = _frames(max(duration_s, 0.9))
    turn = np.float32(2 * np.pi * hertz) * seconds(count)
    bent = np.sin(turn * np.float32(ratio)) * np.float32(bend) * _decay(count, bend_s)
    return _edges(np.sin(turn + bent) * _decay(count, decay_s), 0.004, 0.12) * np.float32(level)


def _flute(hertz: float, duration_s: float) -> Sound:
    count = _frames(duration_s + 0.08)
    time_s = seconds(count)
    vibrato = np.sin(np.float32(2 * np.pi * 5.1) * time_s) * np.minimum(time_s * 3, 1) * np.float32(0.35)
    turn = np.float32(2 * np.pi * hertz) * time_s + vibrato
    sound = np.sin(turn) + np.float32(0.25) * np.sin(turn * 2) + np.float32(0.08) * np.sin(turn * 3)
    return _edges(sound, 0.05, 0.09) * np.float32(0.24)
