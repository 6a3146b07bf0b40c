"""A measured figure: five values, what they are bounded by, and how they are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

RUNS = 5
COLUMNS = ("figure", "case", "median", "min", "max", "limit", "wanted_at_most", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One value for each of `RUNS` runs; the unit is the end of the name, a figure without one is a ratio or a count.

    `limit` is what theory allows at best, `bound` what the median has to stay at or below.
    """

    name: str
    case: str
    values: Sequence[float]
    limit: float | None = None
    bound: float | None = None

    @property
    def met(self) -> bool:
        """Whether the median is where it has to be."""
        return self.bound is None or median(self.values) <= self.bound

    def row(self) -> dict[str, Any]:
        """The figure as it stands in results.json."""
        return {
            "figure": self.name,
            "case": self.case,
            "median": _rounded(median(self.values)),
            "min": _rounded(min(self.values)),
            "max": _rounded(max(self.values)),
            "limit": self.limit,
            "wanted_at_most": None if self.bound is None else _rounded(self.bound),
            "met": self.met,
        }


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed; NaN where there are none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows for a terminal."""
    texts = [COLUMNS, *(tuple(shown(row[name]) for name in COLUMNS) for row in rows)]
    widths = [max(len(text[number]) for text in texts) for number in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(text, widths, strict=True)).rstrip()
        for text in texts
    )


def shown(value: Any) -> str:
    """A cell as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _rounded(value: float) -> float:
    """Three decimals for what is small, fewer for what is large: no figure here is known to more than three digits."""
    if abs(value) < 10:
        return round(value, 3)
    return round(value, 1) if abs(value) < 1000 else round(value)
