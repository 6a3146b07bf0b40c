"""The canvas of the covers: a square sky to be painted on, with shapes, light and tints."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.whisul.palettes import Colour, Palette

Field = NDArray[np.floating[Any]]
"""A number for every pixel."""
Draw = Callable[[ImageDraw.ImageDraw, float], None]
"""Paints with 255 on a sheet, whose width in pixels it is given."""
Points = list[tuple[float, float]]

_SMOOTH = 2
"""Shapes are drawn this many times larger and shrunk, which smooths their edges."""


class Canvas:
    """A square picture that begins as its palette's sky. Coordinates run from 0 to 1, downwards."""

    def __init__(self, size_px: int, palette: Palette, rng: random.Random) -> None:
        self.size_px = size_px
        self.palette = palette
        self.rng = rng
        axis = np.linspace(0, 1, size_px, dtype=np.float32)
        self.x, self.y = np.meshgrid(axis, axis)
        self.image = self._sky()

    def _sky(self) -> Image.Image:
        stops = np.array([self.palette.top, self.palette.middle, self.palette.bottom], dtype=np.float32)
        at = np.linspace(0, 1, self.size_px)
        columns = [np.interp(at, (0, 0.55, 1), stops[:, channel]) for channel in range(3)]
        row = np.stack(columns, axis=1)
        return Image.fromarray(np.repeat(row[:, None, :], self.size_px, axis=1).astype(np.uint8))

    def tint(self, strength: Field, colour: Colour) -> None:
        """Lay a colour over the picture, as strongly (0 to 1) as the field says at each pixel."""
        mask = Image.fromarray((np.clip(strength, 0, 1) * 255).astype(np.uint8))
        self.image = Image.composite(Image.new("RGB", self.image.size, colour), self.image, mask)

    def glow(self, at: tuple[float, float], radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add soft light around a point."""
        far = np.hypot(self.x - at[0], self.y - at[1]) / radius
        light = np.exp(-(far**2) * 2.2) * strength
        glow = (light[..., None] * np.array(colour, dtype=np.float32)).astype(np.uint8)
        self.image = ImageChops.screen(self.image, Image.fromarray(glow))

    def shape(self, draw: Draw, colour: Colour, alpha: float = 1.0) -> None:
        """Fill what `draw` paints with 255 on a larger sheet, whose size in pixels it is given."""
        mask = self._mask(draw)
        self.image.paste(colour, mask=mask.point(lambda value: value * alpha))

    def neon(self, draw: Draw, colour: Colour, halo: float = 0.012) -> None:
        """Paint in light: lines with a halo around them."""
        mask = self._mask(draw)
        blurred = mask.filter(ImageFilter.GaussianBlur(self.size_px * halo))
        for light in (blurred.point(lambda value: value * 1.6), mask):
            layer = Image.composite(
                Image.new("RGB", self.image.size, colour), Image.new("RGB", self.image.size), light
            )
            self.image = ImageChops.screen(self.image, layer)

    def stars(self, count: int, lowest: float) -> None:
        """Points of light above a height."""

        def draw(sheet: ImageDraw.ImageDraw, size: float) -> None:
            for _ in range(count):
                x, y = self.rng.random() * size, self.rng.random() ** 1.4 * lowest * size
                radius = self.rng.choice((0.0007, 0.001, 0.001, 0.0018)) * size
                sheet.ellipse(
                    (x - radius, y - radius, x + radius, y + radius), fill=self.rng.randint(90, 255)
                )

        self.shape(draw, (255, 255, 255), 0.85)

    def _mask(self, draw: Draw) -> Image.Image:
        sheet = Image.new("L", (self.size_px * _SMOOTH, self.size_px * _SMOOTH), 0)
        draw(ImageDraw.Draw(sheet), float(sheet.width))
        return sheet.resize(self.image.size, Image.Resampling.BOX)


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """A colour between two: `part` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def disc(x: float, y: float, radius: float, value: int = 255) -> Draw:
    """Draws a disc."""

    def draw(sheet: ImageDraw.ImageDraw, size: float) -> None:
        box = ((x - radius) * size, (y - radius) * size, (x + radius) * size, (y + radius) * size)
        sheet.ellipse(box, fill=value)

    return draw
