"""Covers of songs: a picture in the colours of the song's style, with the title at its foot.

A picture is painted as two fields with a number for every pixel. `tone` (0 to 1) runs through four of the style's
colours from dark to light; `glint` (0 to 1) is how strongly the fifth, for lines and lamps, lies over them.
Coordinates run from 0 to 1, `y` downwards.
"""

import io
import math
import random
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from sandbox.whisul.genres import BY_NAME
from sandbox.whisul.songs import Song

Field = NDArray[np.floating[Any]]
Painted = tuple[Field, Field]

COVER_PX = 512


def paint_cover(song: Song, size_px: int = COVER_PX) -> bytes:
    """The song's cover as a square jpg."""
    rng = random.Random(f"cover/{song.seed}/{song.title}")
    picture, *colours = BY_NAME[song.genre].look.split()
    palette = np.array([ImageColor.getrgb(f"#{colour}") for colour in colours], np.float32)
    axis = np.linspace(0, 1, size_px, dtype=np.float32)
    tone, glint = _PICTURES[picture](axis[None, :], axis[:, None], rng)
    # The foot is darkened for the title; the grain hides the steps between neighbouring colours.
    foot = np.interp(axis, (0.5, 0.85), (1, 0.25)).astype(np.float32)[:, None]
    tone = tone * foot + 0.008 * np.random.default_rng(0).standard_normal(tone.shape, np.float32)
    pixels = np.empty((size_px, size_px, 3), np.uint8)
    for part, (*stops, line) in enumerate(palette.T):
        shade = np.interp(tone, np.linspace(0, 1, 4), stops)
        pixels[..., part] = shade + np.clip(glint, 0, 1) * foot * (line - shade)
    image = Image.fromarray(pixels)
    _letter(image, song, tuple(palette[3].astype(int)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()


def _edge(depth: Field, softness: float = 0.003) -> Field:
    """1 where `depth` is positive, 0 where it is negative, with a smooth edge in between."""
    return np.clip(depth / softness + 0.5, 0, 1)


def _sun(x: Field, y: Field, rng: random.Random) -> Painted:
    """A striped sun over mountains, and a grid that runs to the horizon."""
    left, radius, horizon = rng.uniform(0.4, 0.6), rng.uniform(0.2, 0.26), 0.58
    far = np.hypot(x - left, y - horizon + radius * 0.6)
    stripes = _edge(np.sin(y * 170) + 2.2 - 3 * np.clip((y - horizon) / radius + 1, 0, 1), 0.3)
    sky = 0.08 + 0.3 * y + 0.35 * np.exp(-((far / radius / 1.6) ** 2))
    tone = sky + (0.75 + 0.5 * (horizon - y) - sky) * _edge(radius - far) * stripes
    peaks = [horizon - abs(rng.gauss(0, 0.05)) for _ in range(19)]
    tone = tone * _edge(np.interp(x, np.linspace(0, 1, 19), peaks) - y)
    depth = np.maximum(y - horizon, 1e-4)
    lines = [np.abs((at + 0.5) % 1 - 0.5) for at in ((x - 0.5) * 0.9 / depth, 0.35 / depth)]
    grid = _edge(0.006 - lines[0] * depth, 0.006) + _edge(0.004 - lines[1] * depth**2 * 3, 0.006)
    return tone, _edge(y - horizon) * grid * np.clip(depth * 9, 0, 0.8)


def _hills(x: Field, y: Field, rng: random.Random) -> Painted:
    """Hills behind hills in the mist, under a moon."""
    far, radius = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.3)), rng.uniform(0.08, 0.14)
    sky = 0.18 + 0.7 * y + 0.3 * np.exp(-((far / radius / 2.3) ** 2))
    tone = sky + (1 - sky) * _edge(radius - far)
    for layer in range(6):
        waves = (0.035 / n * np.sin(5 * n * x + rng.uniform(0, math.tau)) for n in (1, 2, 3, 5, 8))
        ridge = 0.46 + 0.09 * layer + sum(waves)
        hill = 0.62 - 0.11 * layer + 0.5 * np.clip(y - ridge, 0, 0.25)
        tone += (hill - tone) * _edge(y - ridge)
    return tone, 0 * x


def _rings(x: Field, y: Field, rng: random.Random) -> Painted:
    """Concentric rings, bent by waves."""
    x, y = x - rng.uniform(0.42, 0.58), y - rng.uniform(0.36, 0.44)
    far, angle = np.hypot(x, y), np.arctan2(y, x)
    wave = np.sin(angle * rng.randint(3, 7) + rng.uniform(0, math.tau) + far * rng.uniform(6, 14))
    rings = np.abs((far * (1 + 0.14 * wave) * 34) % 1 - 0.5)
    tone = 0.12 + 0.75 * np.exp(-((far / 0.3) ** 2)) + 0.1 * wave * far
    return tone, _edge(0.09 - rings, 0.12) * np.exp(-far * 1.5)


_PICTURES = {"sun": _sun, "hills": _hills, "rings": _rings}


def _letter(image: Image.Image, song: Song, colour: tuple[int, ...]) -> None:
    """Write title and style at the foot, the title as large as it fits."""
    size, draw, title = image.width, ImageDraw.Draw(image), "\n".join(song.title.upper().split(maxsplit=1))
    left, foot, style = 0.07 * size, 0.93 * size, f"{song.genre} · {song.bpm} bpm".upper()
    draw.text((left, foot), style, colour, _font(0.034 * size), anchor="ls")
    width = draw.textbbox((0, 0), title, _font(100))[2]
    font = _font(min(0.12 * size, 86 * size / max(width, 1)))
    draw.text((left, foot - 0.06 * size), title, "white", font, anchor="ld", spacing=0.01 * size)


_font = cache(ImageFont.load_default)
"""Pillow's own typeface, by its size in pixels."""
