"""Generates the placeholder for covers that cannot be downloaded: a small PNG of a record.

Run it as `.venv/bin/python scripts/paint_cover.py` when the picture is to change; it needs the packages of the demo.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TARGET = Path(__file__).resolve().parents[1] / "bot" / "delivery" / "stand_in_cover.png"
SIZE_PX = 480
MAX_BYTES = 60 * 1024

Field = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]

NIGHT, DUSK, EMBER = (24, 18, 48), (108, 44, 106), (244, 132, 92)
VINYL, SHEEN, LABEL, CREAM = (17, 14, 24), (122, 98, 150), (232, 96, 98), (255, 226, 190)


def main() -> None:
    """Paint it twice as large as needed, which smooths its edges, and save it with few colours."""
    picture = Image.fromarray(painted(SIZE_PX * 2).clip(0, 255).astype(np.uint8))
    small = picture.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    small.quantize(160, dither=Image.Dither.NONE).save(TARGET, optimize=True)
    if (size_bytes := TARGET.stat().st_size) > MAX_BYTES:
        raise SystemExit(f"{size_bytes} bytes are too many")
    print(f"{TARGET.name}: {size_bytes} bytes")


def painted(size: int) -> Field:
    """The picture, as one colour for each pixel."""
    axis = np.linspace(-1, 1, size)
    x, y = np.meshgrid(axis, axis)
    far = np.hypot(x, y)
    picture = sky(y)
    picture = laid(picture, np.exp(-((far / 0.95) ** 2) * 2) * 0.55, EMBER)
    picture = laid(picture, shade(far, 0.74) * 0.5, (8, 6, 16))
    picture = laid(picture, disc(far, 0.68), VINYL)
    picture = laid(picture, grooves(far) * light(x, y), SHEEN)
    picture = laid(picture, disc(far, 0.235), LABEL)
    picture = laid(picture, disc(far, 0.235) * (y > 0) * 0.16, VINYL)
    picture = laid(picture, disc(far, 0.2) - disc(far, 0.192), CREAM)
    for place, height in enumerate((0.05, 0.1, 0.13, 0.08, 0.05), start=-2):
        picture = laid(picture, bar(x - place * 0.055, y, height), CREAM)
    return picture


def sky(y: Field) -> Field:
    """From night at the top to embers at the bottom."""
    stops = np.array([NIGHT, DUSK, EMBER], dtype=np.float64)
    return np.stack([np.interp(y, (-1.0, 0.35, 1.3), stops[:, channel]) for channel in range(3)], axis=-1)


def laid(picture: Field, strength: Field, colour: Colour) -> Field:
    """A colour over the picture, as strongly (0 to 1) as the field says."""
    alpha = np.clip(strength, 0, 1)[..., None]
    return picture * (1 - alpha) + np.array(colour, dtype=np.float64) * alpha


def disc(far: Field, radius: float) -> Field:
    """1 within the radius, 0 outside."""
    return (far < radius).astype(np.float64)


def shade(far: Field, radius: float) -> Field:
    """1 within the radius, falling off softly around it."""
    return np.clip((radius - far) / 0.12 + 0.5, 0, 1)


def grooves(far: Field) -> Field:
    """The rings of the record, with a wider gap between its songs."""
    rings = 0.55 + 0.45 * np.sin(far * 330)
    gaps = np.where(np.abs((far * 7.5) % 1 - 0.5) < 0.03, 0.15, 1.0)  # noqa: PLR2004 - the width of a gap
    return rings * gaps * (disc(far, 0.665) - disc(far, 0.25))


def light(x: Field, y: Field) -> Field:
    """Two beams that lie across the record."""
    return 0.1 + 0.75 * np.clip(np.cos(2 * (np.arctan2(y, x) + 0.9)), 0, 1) ** 6


def bar(x: Field, y: Field, height: float) -> Field:
    """One bar of a level meter, with round ends."""
    return (np.hypot(x, np.maximum(np.abs(y) - height + 0.015, 0)) < 0.015).astype(np.float64)  # noqa: PLR2004 - half its width


if __name__ == "__main__":
    main()
