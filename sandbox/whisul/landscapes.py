"""Covers that show a place: a road to the horizon, hills, water, a town at night."""

import math
import random

import numpy as np
from PIL import ImageDraw

from sandbox.whisul.canvas import Canvas, Draw, Points, disc, mixed
from sandbox.whisul.palettes import Colour


def grid_sun(canvas: Canvas) -> None:
    """A striped sun over a grid that runs to the horizon."""
    palette, rng = canvas.palette, canvas.rng
    horizon, x, radius = rng.uniform(0.56, 0.62), rng.uniform(0.42, 0.58), rng.uniform(0.2, 0.26)
    canvas.stars(220, horizon)
    y = horizon - radius * rng.uniform(0.35, 0.7)
    canvas.glow((x, y), radius * 2.4, palette.bottom, 0.75)

    def sun(sheet: ImageDraw.ImageDraw, size: float) -> None:
        disc(x, y, radius)(sheet, size)
        for stripe in range(6):
            top = y + radius * (0.05 + stripe * 0.17)
            sheet.rectangle((0, top * size, size, (top + 0.004 + stripe * 0.003) * size), fill=0)

    canvas.shape(sun, palette.light)
    hue = np.clip((canvas.y - (y - radius)) / (2 * radius), 0, 1)
    inside = np.hypot(canvas.x - x, canvas.y - y) < radius
    canvas.tint(np.where(inside, hue * 0.75, 0), palette.bottom)
    _mountains(canvas, horizon)
    _floor(canvas, horizon)


def _mountains(canvas: Canvas, horizon: float) -> None:
    palette, rng = canvas.palette, canvas.rng
    peaks = [horizon - abs(rng.gauss(0, 0.055)) * (1 if abs(n - 9) > 2 else 0.3) for n in range(19)]  # noqa: PLR2004 - lower where the sun is
    canvas.shape(_under([horizon, *peaks, horizon]), mixed(palette.top, palette.middle, 0.25))


def _floor(canvas: Canvas, horizon: float) -> None:
    palette = canvas.palette
    depth = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    canvas.tint(np.where(canvas.y >= horizon, 1, 0), mixed(palette.top, (0, 0, 0), 0.3))
    canvas.tint(np.where(canvas.y >= horizon, (1 - depth) ** 4 * 0.8, 0), palette.middle)

    def lines(sheet: ImageDraw.ImageDraw, size: float) -> None:
        for number in range(1, 15):
            y = (horizon + (1 - horizon) * (number / 14) ** 2.3) * size
            sheet.line((0, y, size, y), fill=60 + number * 13, width=max(2, round(number * size * 0.0002)))
        for number in range(-22, 23):
            x = (0.5 + number * 0.028) * size
            sheet.line((x, horizon * size, (0.5 + number * 0.24) * size, size), fill=190, width=4)

    canvas.neon(lines, palette.accent, halo=0.004)


def hills(canvas: Canvas) -> None:
    """Hills behind hills in the mist, under a moon."""
    palette, rng = canvas.palette, canvas.rng
    canvas.stars(90, 0.4)
    x, y, radius = rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.34), rng.uniform(0.075, 0.13)
    canvas.glow((x, y), radius * 4, palette.light, 0.5)
    canvas.shape(disc(x, y, radius), palette.light)
    canvas.glow((x, 0.66), 0.6, palette.bottom, 0.55)
    near = mixed(palette.top, (0, 0, 0), 0.25)
    for layer in range(6):
        part = layer / 5
        colour = mixed(mixed(palette.bottom, palette.middle, 0.55), near, part)
        line = _ridge(rng, 0.47 + 0.1 * layer, 0.03 - 0.002 * layer)
        canvas.shape(_under(line), colour, 0.94)
        across = np.linspace(0, 1, canvas.size_px)
        top = np.interp(across, np.linspace(0, 1, len(line)), line)
        mist = np.exp(-(((canvas.y - top[None, :] - 0.11) / 0.06) ** 2)) * 0.22 * (1 - part)
        canvas.tint(mist, palette.light)


def ribbons(canvas: Canvas) -> None:
    """Bands of light that flow across the picture."""
    palette, rng = canvas.palette, canvas.rng
    canvas.stars(120, 0.9)
    for band in range(7):
        centre = 0.16 + band * 0.095 + rng.uniform(-0.03, 0.03)
        waves = [(rng.uniform(1.5, 6), rng.random() * math.tau, rng.uniform(0.02, 0.075)) for _ in range(3)]
        line = centre + sum(np.sin(canvas.x * pace + turn) * size for pace, turn, size in waves)
        width = rng.uniform(0.05, 0.13)
        above = (line - canvas.y) / width
        body = np.exp(-np.maximum(above, 0) * 2.2 + np.minimum(above, 0) * 26)
        colour = mixed(palette.accent, palette.bottom, band / 6)
        canvas.tint((body * rng.uniform(0.5, 0.85)), colour)
        edge = np.exp(-(((canvas.y - line) / 0.0028) ** 2)) * 0.75
        canvas.tint(edge, palette.light)


def city(canvas: Canvas) -> None:
    """A town at night: lit windows, and rain or a moon above."""
    palette, rng = canvas.palette, canvas.rng
    canvas.stars(120, 0.5)
    x, radius = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.17)
    canvas.glow((x, 0.3), radius * 3.2, palette.light, 0.55)
    canvas.shape(disc(x, 0.3, radius), palette.light, 0.95)
    canvas.glow((0.5, 0.8), 0.7, palette.bottom, 0.7)
    for layer in range(3):
        colour = mixed(
            mixed(palette.middle, palette.bottom, 0.25), mixed(palette.top, (0, 0, 0), 0.35), layer / 2
        )
        _houses(canvas, 0.46 + layer * 0.11, colour, lit=0.16 + 0.1 * layer)


def _houses(canvas: Canvas, roof: float, colour: Colour, *, lit: float) -> None:
    rng = canvas.rng
    boxes: list[tuple[float, float, float]] = []
    left = -0.02
    while left < 1:
        width = rng.uniform(0.06, 0.14)
        boxes.append((left, roof + rng.uniform(-0.09, 0.12), left + width))
        left += width + rng.choice((0, 0, 0.008))

    def walls(sheet: ImageDraw.ImageDraw, size: float) -> None:
        for start, top, end in boxes:
            sheet.rectangle((start * size, top * size, end * size, size), fill=255)
            if rng.random() < 0.3:  # noqa: PLR2004 - some have a mast
                middle = (start + end) / 2
                sheet.line((middle * size, (top - 0.05) * size, middle * size, top * size), fill=255, width=5)

    def windows(sheet: ImageDraw.ImageDraw, size: float) -> None:
        for start, top, end in boxes:
            for row in range(24):
                for column in range(max(1, int((end - start - 0.012) / 0.017))):
                    if rng.random() < lit:
                        x, y = start + 0.01 + column * 0.017, top + 0.016 + row * 0.021
                        box = (x * size, y * size, (x + 0.0085) * size, (y + 0.011) * size)
                        sheet.rectangle(box, fill=rng.randint(110, 255))

    canvas.shape(walls, colour)
    canvas.neon(windows, mixed(canvas.palette.light, (255, 190, 90), 0.35), halo=0.005)


def _ridge(rng: random.Random, height: float, roughness: float, points: int = 257) -> list[float]:
    """The line of hills: heights from left to right, made of ever finer waves."""
    waves = [(octave, rng.random() * math.tau, roughness / octave) for octave in (1, 2, 3, 5, 8, 13)]
    line: list[float] = []
    for number in range(points):
        x = number / (points - 1)
        line.append(height + sum(math.sin(x * 5 * octave + turn) * size for octave, turn, size in waves))
    return line


def _under(line: list[float]) -> Draw:
    def draw(sheet: ImageDraw.ImageDraw, size: float) -> None:
        top: Points = [(number / (len(line) - 1) * size, y * size) for number, y in enumerate(line)]
        sheet.polygon([*top, (size, size), (0, size)], fill=255)

    return draw
