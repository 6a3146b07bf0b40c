"""A picture for every song: a sky, a scene of the style's own, grain, and the title."""

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sandbox.whisul.canvas import Canvas, mixed
from sandbox.whisul.palettes import PALETTES, Colour, Palette
from sandbox.whisul.scenes import scene_for
from sandbox.whisul.songs import Song

_QUALITY = 86
_PAINTED_PX = 1024
_MARGIN = 0.07
_ONE_LINE_CHARS = 11


def paint_cover(song: Song, *, size_px: int = _PAINTED_PX) -> bytes:
    """The song's cover as a square jpg."""
    rng = _chance(song)
    palette = rng.choice(PALETTES[song.genre])
    canvas = Canvas(_PAINTED_PX, palette, rng)
    scene_for(song.genre, rng)(canvas)
    image = _shaded(_grained(canvas.image, rng))
    _letter(image, song, palette)
    if size_px != _PAINTED_PX:
        image = image.resize((size_px, size_px), Image.Resampling.LANCZOS)
    return _jpg(image)


def paint_thumbnail(song: Song, *, size_px: int) -> bytes:
    """The bare sky of the song's cover as a square jpg: painted in no time, for those who don't look."""
    rng = _chance(song)
    return _jpg(Canvas(size_px, rng.choice(PALETTES[song.genre]), rng).image)


def _chance(song: Song) -> random.Random:
    return random.Random(f"cover/{song.seed}/{song.title}")


def _jpg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return file.getvalue()


def _grained(image: Image.Image, rng: random.Random) -> Image.Image:
    """A film's grain, and darker corners."""
    pixels = np.asarray(image, dtype=np.float32)
    size = pixels.shape[0]
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 3.0, (size, size, 1)).astype(np.float32)
    axis = np.linspace(-1, 1, size, dtype=np.float32) ** 2
    corners = 1 - np.float32(0.16) * np.clip(axis[:, None] + axis[None, :] - 0.5, 0, None)[..., None]
    return Image.fromarray(np.clip(pixels * corners + grain, 0, 255).astype(np.uint8))


def _shaded(image: Image.Image) -> Image.Image:
    """The picture with a shadow at its foot, for the title to stand on."""
    size = image.width
    fall = np.clip((np.linspace(0, 1, size) - 0.52) / 0.48, 0, 1) ** 1.1 * 220
    mask = Image.fromarray(np.repeat(fall.astype(np.uint8)[:, None], size, axis=1))
    return Image.composite(Image.new("RGB", image.size, (6, 5, 12)), image, mask)


def _letter(image: Image.Image, song: Song, palette: Palette) -> None:
    """Title and style at the foot, as large as they fit."""
    size = image.width
    margin = round(size * _MARGIN)
    lines, font = _fitted(song.title.upper(), size - 2 * margin, size)
    small = _font(size * 0.028)
    line_px = font.size * 1.02
    top = size - margin - size * 0.055 - line_px * len(lines)
    shadow = Image.new("L", image.size, 0)
    for number, line in enumerate(lines):
        ImageDraw.Draw(shadow).text((margin, top + number * line_px), line, font=font, fill=150)
    image.paste((0, 0, 0), mask=shadow.filter(ImageFilter.GaussianBlur(size * 0.012)))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((margin, top + number * line_px), line, font=font, fill=(255, 255, 255))
    foot = f"{song.genre} · {song.bpm} bpm".upper()
    _spaced(
        draw, (margin, size - margin - small.size), foot, small, mixed(palette.light, (255, 255, 255), 0.5)
    )


def _spaced(
    draw: ImageDraw.ImageDraw, at: tuple[int, float], text: str, font: ImageFont.FreeTypeFont, colour: Colour
) -> None:
    """Small capitals with air between them."""
    left: float = at[0]
    for letter in text:
        draw.text((left, at[1]), letter, font=font, fill=colour)
        left += font.getlength(letter) + font.size * 0.22


def _fitted(title: str, width_px: int, size: int) -> tuple[list[str], ImageFont.FreeTypeFont]:
    words = title.split()
    lines = [title] if len(title) <= _ONE_LINE_CHARS or len(words) == 1 else [words[0], " ".join(words[1:])]
    font_px = size * 0.13
    while True:
        font = _font(font_px)
        if max(font.getlength(line) for line in lines) <= width_px or font_px < size * 0.03:
            return lines, font
        font_px *= 0.94


def _font(size_px: float) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface.

    Raises:
        TypeError: if this Pillow was built without FreeType, and has bitmap letters only.
    """
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType: covers can't be lettered")
    return font
