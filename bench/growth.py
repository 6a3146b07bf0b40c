"""`python -m bench.growth`: how costs grow, as the curves of docs/performance.md.

CPU, memory and delay with 100 to 20,000 jobs in progress; calls of the store, and the file's size, with 1,000 to 1,000,000 rows
on SQLite. Writes bench/growth.json and a picture of each chart to docs/images/growth. Takes about ten minutes, and 2 GB of disk.
"""

import asyncio
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

import click

from bench.curves import Chart, drawn
from bench.filling import fill, newest_of, sqlite_url
from bench.following import NAMES, Case, Follower, Seen, followed
from bench.limiting import POLICY, SERVERS, call_times_ms
from bot.store import open_store

RESULTS = Path(__file__).parent / "growth.json"
PICTURES = Path(__file__).parents[1] / "docs" / "images" / "growth"

JOBS = (100, 1_000, 2_500, 5_000, 10_000, 20_000)
STRETCHES, STRETCH_S = 3, 5.0
COMPARED: tuple[Follower, ...] = ("bot", "tasks")
ROWS = (1_000, 10_000, 100_000, 1_000_000)
CALLS = 500
CALL_NAMES = ("a job by its ID", "the check of a request", "the use of all limits")

Curves = dict[str, list[tuple[float, float]]]
"""The points of each curve, by its name."""

CHARTS = (
    Chart("poll-cpu", "CPU for each poll", x="jobs in progress", y="ms"),
    Chart("memory", "Memory of the process", x="jobs in progress", y="MB"),
    Chart("delay", "From a song's finish to its detection", x="jobs in progress", y="s"),
    Chart("calls", "A call of the store on SQLite, median", x="songs in the database", y="ms"),
    Chart("size", "Size of the database file for each song", x="songs in the database", y="bytes"),
)


@click.command(help=__doc__)
def main() -> None:
    """Measure, write the results, and draw them."""
    curves = asyncio.run(_measured())
    RESULTS.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")
    for name, picture in pictures(curves).items():
        (PICTURES / name).write_text(picture, encoding="utf-8")


def pictures(curves: Mapping[str, Curves]) -> dict[str, str]:
    """The SVG files, by their names."""
    return {f"{chart.name}.svg": drawn(chart, curves[chart.name]) for chart in CHARTS}


async def _measured() -> dict[str, Curves]:
    return await _of_jobs() | await _of_rows()


async def _of_jobs() -> dict[str, Curves]:
    """Programs that follow so many jobs, one after the other."""
    found: dict[str, Curves] = {name: defaultdict(list) for name in ("poll-cpu", "memory", "delay")}
    for number in JOBS:
        for follower in COMPARED:
            # What few jobs cost shows in several runs at once only.
            copies = 4 if number <= 1_000 else 1
            seen = await followed(Case(number, copies, STRETCHES, STRETCH_S), follower)
            costs = _costs(seen)
            for name, value in costs.items():
                found[name][NAMES[follower]].append((number, value))
            click.echo(f"{number:,} jobs, {NAMES[follower]}: {costs}", err=True)
    return found


def _costs(seen: Sequence[Seen]) -> dict[str, float]:
    requests_per_s = sum(each.requests_per_s for each in seen)
    # Among few jobs none may finish for some seconds.
    delays = [each.delay_s for each in seen if not math.isnan(each.delay_s)]
    return {
        "poll-cpu": round(1000 * sum(each.cores for each in seen) / requests_per_s, 3),
        "memory": round(median(each.memory_mb for each in seen), 1),
        "delay": round(median(delays), 2),
    }


async def _of_rows() -> dict[str, Curves]:
    """Databases with so many songs: sizes, and calls in one process."""
    calls: Curves = defaultdict(list)
    sizes: Curves = {"all tables and indexes": []}
    for number in ROWS:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            database = Path(name) / "bot.db"
            await fill(database, followed=[], state="running", completed=number)
            sizes["all tables and indexes"].append((number, round(database.stat().st_size / number)))
            for call, value in zip(CALL_NAMES, await _call_times(database, number), strict=True):
                calls[call].append((number, round(value, 3)))
        click.echo(f"{number:,} songs: {[points[-1] for points in calls.values()]}", err=True)
    return {"calls": calls, "size": sizes}


async def _call_times(database: Path, rows: int) -> list[float]:
    now = newest_of(rows) + timedelta(seconds=1)
    async with open_store(sqlite_url(database)) as store:
        for guild_id in range(SERVERS):
            await store.policies.change(guild_id, lambda _: POLICY, by=1, what="bench", now=now)
        times = await call_times_ms(store, random.Random(1), now, rows=rows, calls=CALLS)
    return [median(each) for each in times]


if __name__ == "__main__":
    main()
