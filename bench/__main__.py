"""`python -m bench`: measure, print a table, write bench/results.json."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.detection import by_schedule, delay_ratio, requests_ratio
from bench.worlds import LOGNORMAL, WORLDS, World

RESULTS = Path(__file__).parent / "results.json"
SEEDS = (1, 2, 3, 4, 5)
LOADS = ((150, 10), (600, 20), (1500, 50))
WORST_OVER_LIMIT = 1.08
NEVER_WORSE = 1.02
REQUESTS_TARGET = 0.65

Map = Callable[..., Any]


def main() -> None:
    """Run everything; the exit code says whether the figures are where they should be."""
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as workers:
        rows = [row for world in WORLDS for row in _detection(world, workers.map)]
        rows += _requests(workers.map)
    report = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"python": platform.python_version(), "discord.py": version("discord.py")},
        "seeds": list(SEEDS),
        "took_s": round(time.monotonic() - began, 1),
        "figures": rows,
    }
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _print(rows)
    sys.exit(0 if all(row["met"] for row in rows) else 1)


def _detection(world: World, run: Map) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for jobs, looks_per_s in LOADS:
        figures = list(run(partial(_delay_ratio, world.name, jobs, looks_per_s), SEEDS))
        bound = NEVER_WORSE if world.limit is None else world.limit * WORST_OVER_LIMIT
        case = f"{world.name}, {jobs} jobs, {looks_per_s} requests/s"
        rows.append(_row("detection_delay_ratio", case, figures, limit=world.limit, bound=bound))
    return rows


def _requests(run: Map) -> list[dict[str, Any]]:
    case = f"{LOGNORMAL.name}, ample budget"
    ratios = list(run(_requests_ratio, SEEDS))
    delays = list(run(_ample_delay, SEEDS))
    return [
        _row("requests_per_job_ratio", case, ratios, limit=LOGNORMAL.limit, bound=REQUESTS_TARGET),
        _row("ample_delay_s", case, delays, limit=None, bound=None),
    ]


# Workers get names, not worlds: functions made on the spot do not travel between processes.


def _world(name: str) -> World:
    return next(world for world in WORLDS if world.name == name)


def _delay_ratio(name: str, jobs: int, looks_per_s: float, seed: int) -> float:
    return delay_ratio(_world(name), jobs=jobs, looks_per_s=looks_per_s, seed=seed)


def _requests_ratio(seed: int) -> float:
    return requests_ratio(LOGNORMAL, seed=seed)


def _ample_delay(seed: int) -> float:
    return by_schedule(LOGNORMAL, jobs=150, looks_per_s=150, seed=seed).delay_s


def _row(
    figure: str, case: str, values: list[float], *, limit: float | None, bound: float | None
) -> dict[str, Any]:
    middle = median(values)
    return {
        "figure": figure,
        "case": case,
        "median": round(middle, 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
        "limit": limit,
        "wanted_at_most": None if bound is None else round(bound, 3),
        "met": bound is None or middle <= bound,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    columns = ("figure", "case", "median", "min", "max", "limit", "wanted_at_most", "met")
    texts = [columns, *([str("-" if row[name] is None else row[name]) for name in columns] for row in rows)]
    widths = [max(len(text[number]) for text in texts) for number in range(len(columns))]
    for text in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(text, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
