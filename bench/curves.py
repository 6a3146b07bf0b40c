"""Charts as SVG, in the colours of the reader's light or dark theme.

The horizontal axis is logarithmic, the vertical one linear.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 40, 72
LINES = 5
COLOURS = ("series-1", "series-2", "series-3")

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600; font-size: 15px }
.grid { stroke: #d1d9e0 } .series-1 { stroke: #0550ae } .series-2 { stroke: #bc4c00 } .series-3 { stroke: #1a7f37 }
polyline { fill: none; stroke-width: 2 } circle { fill: #fff; stroke-width: 2 } .back { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .grid { stroke: #3d444d } .series-1 { stroke: #79c0ff } .series-2 { stroke: #ffa657 }
.series-3 { stroke: #7ee787 } circle { fill: #0d1117 } .back { fill: #0d1117 }
}
"""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """`name` is that of its file; `x` and `y` say what the axes show, with the unit."""

    name: str
    title: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a value stands in the picture."""

    low: float
    high: float
    top: float

    def x(self, value: float) -> float:
        share = math.log10(value / self.low) / math.log10(self.high / self.low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM), 1)


def drawn(chart: Chart, curves: Mapping[str, Points]) -> str:
    """The chart with these curves, at most three, as an SVG file."""
    points = [point for curve in curves.values() for point in curve]
    values = [x for x, _ in points]
    scale = _Scale(min(values), max(values), _round_top(max(y for _, y in points)))
    marks = sorted(set(values))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(_described(chart, curves))}</title><style>{_STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        f'<text class="title" x="{LEFT}" y="24">{escape(chart.title)}, {escape(chart.y)}</text>',
        *_grid(scale),
        *(_text(scale.x(x), HEIGHT - BOTTOM + 18, _short(x), anchor="middle") for x in _apart(marks, scale)),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 36, chart.x, anchor="middle"),
        *_legend(tuple(curves)),
    ]
    for colour, curve in zip(COLOURS, curves.values(), strict=False):
        line = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in curve)
        parts.append(f'<polyline class="{colour}" points="{line}"/>')
        parts += [f'<circle class="{colour}" cx="{scale.x(x)}" cy="{scale.y(y)}" r="3.5"/>' for x, y in curve]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _described(chart: Chart, curves: Mapping[str, Points]) -> str:
    """All that the picture shows, for those who do not see it."""
    told = (
        f"{name}: " + ", ".join(f"{y:g} at {_short(x)}" for x, y in curve) for name, curve in curves.items()
    )
    return f"{chart.title} in {chart.y}, by {chart.x}. " + "; ".join(told)


def _grid(scale: _Scale) -> Iterator[str]:
    for number in range(LINES + 1):
        value = scale.top * number / LINES
        y = scale.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:g}", anchor="end")


def _legend(names: Sequence[str]) -> Iterator[str]:
    x = float(LEFT)
    for colour, name in zip(COLOURS, names, strict=False):
        yield f'<line class="{colour}" stroke-width="3" x1="{x}" x2="{x + 20}" y1="{HEIGHT - 18}" y2="{HEIGHT - 18}"/>'
        yield _text(x + 26, HEIGHT - 14, name)
        x += 52 + 7 * len(name)


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _apart(marks: Sequence[float], scale: _Scale) -> Iterator[float]:
    """Those marks of the axis whose numbers do not touch."""
    last = -math.inf
    for mark in marks:
        if scale.x(mark) - last > 44:
            last = scale.x(mark)
            yield mark


def _round_top(value: float) -> float:
    """The end of the vertical axis: above the value, and divisible into round steps."""
    size = 10 ** math.floor(math.log10(value))
    return next(step * size for step in (1, 1.5, 2, 2.5, 4, 5, 7.5, 10) if step * size >= value)


def _short(value: float) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
