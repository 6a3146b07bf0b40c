"""Colours for covers: what the sky, the light and the ground of each style look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """From the top of the picture to its bottom, and what shines in it."""

    top: Colour
    middle: Colour
    bottom: Colour
    light: Colour
    accent: Colour


def _hex(text: str) -> Palette:
    colours = [(int(each[0:2], 16), int(each[2:4], 16), int(each[4:6], 16)) for each in text.split()]
    return Palette(*colours)


PALETTES: Mapping[str, tuple[Palette, ...]] = MappingProxyType(
    {
        "trap": (
            _hex("0b0618 3a0f5c b3245e ff7a4d 38e1ff"),
            _hex("05070f 14213d 5a189a f72585 4cc9f0"),
            _hex("0a0a12 2b0b3f 8a1c7c ffb347 a0ffe6"),
        ),
        "lofi": (
            _hex("2d3250 7077a1 f6b17a ffe3c2 424769"),
            _hex("355070 b56576 eaac8b ffe8d6 6d597a"),
            _hex("264653 7a9e9f e9c46a fff3d6 e76f51"),
        ),
        "hip hop": (
            _hex("1b1b1e 6b2737 e08e45 f8f4a6 bdf7b7"),
            _hex("14213d 7c3626 fca311 ffe8b6 e5e5e5"),
        ),
        "house": (
            _hex("12002f 6a0dad ff4d8d ffd166 06d6a0"),
            _hex("03045e 0077b6 ff9f1c fff1c9 ff5d8f"),
            _hex("240046 c9184a ff8fa3 fff0f3 ffd60a"),
        ),
        "techno": (
            _hex("050505 1a1a2e 16213e e94560 f5f5f5"),
            _hex("020202 0b2027 184d47 b8f35e e8fff1"),
            _hex("07070c 1f1147 4a00e0 00f5d4 fee440"),
        ),
        "drum and bass": (
            _hex("020024 090979 00b4d8 caf0f8 ff9e00"),
            _hex("0d0221 0f4c5c e36414 ffd9a0 9dfff0"),
        ),
        "synthwave": (
            _hex("0d0221 541388 ff3864 ffd319 2de2e6"),
            _hex("10002b 7b2cbf ff6d00 ffea00 00f5ff"),
        ),
        "ambient": (
            _hex("0b132b 1c2541 5bc0be f0fff1 6fffe9"),
            _hex("10123a 4b3f72 ffc857 fff6df 119da4"),
            _hex("1b2a41 6d8ea0 e8c7c8 ffffff b8d8d8"),
        ),
        "rock": (
            _hex("0d0d0d 3d0c11 d80032 f9d9aa edf2f4"),
            _hex("141414 43302e c1440e ffcf70 fff4e0"),
        ),
        "jazz": (
            _hex("0f1a3c 20508f f2b134 fff4d9 ed553b"),
            _hex("1c1124 5f0f40 e36414 ffe9c9 fb8b24"),
            _hex("08263a 0f4c5c e9b44c fcf0d8 9a031e"),
        ),
        "folk": (
            _hex("2f3e46 84a98c f2cc8f fff8e7 e07a5f"),
            _hex("3d405b 81b29a f4d9a0 fffaf0 bc6c25"),
        ),
        "pop": (
            _hex("3a0ca3 f72585 ffb703 ffffff 4cc9f0"),
            _hex("5f0fff ff5c8a ffc971 ffffff 9bf6ff"),
            _hex("0081a7 00afb9 fed9b7 fffdf7 f07167"),
        ),
    }
)
