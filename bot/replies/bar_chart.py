"""A bar chart as a PNG file, drawn without an image library: it shows digits only, so that no title can lack a glyph.

It has a background of its own, and is readable in Discord's light and dark themes.
"""

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 1200, 420
MARGIN_PX = 36
BASELINE_PX = 350
TOP_PX = 86
LABEL_GAP_PX = 14
MAX_BAR_PX = 76
BAR_SHARE = 0.64
CORNER_PX = 10
MAX_SCALE = 5
GLYPH_COLUMNS, GLYPH_ROWS = 5, 7

_BACKGROUND, _LINE, _BAR, _FIRST, _TEXT = range(5)
_PALETTE = (0x2B2D31, 0x4E5058, 0x2FA98C, 0xE5B84B, 0xF2F3F5)

_GLYPHS = {
    "0": (0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E),
    "1": (0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E),
    "2": (0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F),
    "3": (0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E),
    "4": (0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02),
    "5": (0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E),
    "6": (0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E),
    "7": (0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08),
    "8": (0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E),
    "9": (0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C),
}
"""The rows of each digit from the top, five bits each, the leftmost pixel highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: the number below it, its value, which is also written above it, and whether it stands out."""

    label: int
    value: int
    is_first: bool = False


def draw(bars: Sequence[Bar]) -> bytes:
    """The bars from left to right as a PNG file of `WIDTH_PX` by `HEIGHT_PX` pixels. Values are 0 or more."""
    rows = [bytearray([_BACKGROUND]) * WIDTH_PX for _ in range(HEIGHT_PX)]
    _fill(rows, MARGIN_PX, BASELINE_PX, WIDTH_PX - 2 * MARGIN_PX, 3, _LINE)
    slot_px = (WIDTH_PX - 2 * MARGIN_PX) / max(1, len(bars))
    most = max((bar.value for bar in bars), default=0)
    value_scale = _scale(most, slot_px)
    label_scale = _scale(max((bar.label for bar in bars), default=0), slot_px)
    width = round(min(MAX_BAR_PX, slot_px * BAR_SHARE))
    for number, bar in enumerate(bars):
        middle = round(MARGIN_PX + (number + 0.5) * slot_px)
        height = math.ceil(bar.value * (BASELINE_PX - TOP_PX) / most) if most else 0
        _bar(rows, middle - width // 2, width, height, _FIRST if bar.is_first else _BAR)
        _write(rows, str(bar.label), middle, BASELINE_PX + LABEL_GAP_PX, label_scale)
        top = BASELINE_PX - height - LABEL_GAP_PX - GLYPH_ROWS * value_scale
        _write(rows, str(bar.value), middle, top, value_scale)
    return _png(rows)


def as_text(bars: Sequence[Bar]) -> str:
    """The same for screen readers: `1: 12, 2: 9`."""
    return ", ".join(f"{bar.label}: {bar.value}" for bar in bars)


def _scale(longest: int, slot_px: float) -> int:
    """How many pixels wide a pixel of a digit may be, so that this number stays in its slot."""
    # Two more: numbers side by side must not read as one.
    pixels = (GLYPH_COLUMNS + 1) * len(str(longest)) + 2
    return max(1, min(MAX_SCALE, int(slot_px / pixels)))


def _fill(rows: list[bytearray], left: int, top: int, width: int, height: int, colour: int) -> None:
    for row in rows[top : top + height]:
        row[left : left + width] = bytes([colour]) * width


def _bar(rows: list[bytearray], left: int, width: int, height: int, colour: int) -> None:
    """A bar on the base line whose upper corners are round."""
    corner = min(CORNER_PX, width // 2, height)
    for down in range(height):
        across = max(0, corner - down) - 0.5
        inset = corner - round(math.sqrt(corner**2 - across**2)) if across > 0 else 0
        _fill(rows, left + inset, BASELINE_PX - height + down, width - 2 * inset, 1, colour)


def _write(rows: list[bytearray], digits: str, middle: int, top: int, scale: int) -> None:
    """A number, centred."""
    advance = (GLYPH_COLUMNS + 1) * scale
    left = middle - (len(digits) * advance - scale) // 2
    for number, digit in enumerate(digits):
        for down, bits in enumerate(_GLYPHS[digit]):
            for across in range(GLYPH_COLUMNS):
                if bits & (1 << (GLYPH_COLUMNS - 1 - across)):
                    x, y = left + number * advance + across * scale, top + down * scale
                    _fill(rows, x, y, scale, scale, _TEXT)


def _png(rows: Sequence[bytearray]) -> bytes:
    """Rows of palette indices as a PNG file."""
    size = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    palette = b"".join(colour.to_bytes(3) for colour in _PALETTE)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", size), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
