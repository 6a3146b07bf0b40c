"""The same jobs followed by the bot, by the loop that tutorials show, and by one task for each job.

Each follower has a simulator of its own, in a process of its own, with the same jobs; delays and requests are what
the simulator saw, and CPU and memory are those of the follower's process alone.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from statistics import fmean
from typing import Literal

from bench.figures import Figure, percentile
from bench.filling import fill
from bench.processes import Usage
from bench.simulator import Simulator, simulator
from bench.stage import staged
from bench.watched_bot import late_s

Follower = Literal["bot", "loop", "tasks"]
FOLLOWERS: tuple[Follower, ...] = ("bot", "loop", "tasks")
NAMES = {"bot": "the bot", "loop": "a loop over all", "tasks": "a task for each"}
INTERVAL_S = 5.0
FINDING_S = 15.0
"""How long after the last stretch its jobs may still be found; those that are not count with what has passed."""


@dataclass(frozen=True, slots=True)
class Case:
    """So many jobs, measured in `stretches` of `stretch_s` seconds after `warm_up_s`, `copies` times at once."""

    jobs: int
    copies: int
    stretches: int
    stretch_s: float
    warm_up_s: float = 8.0


# 100 jobs finish too rarely for five short stretches, and need so little that five runs fit beside each other.
SMALL = (Case(100, copies=5, stretches=1, stretch_s=25.0), Case(1_000, copies=1, stretches=5, stretch_s=5.0))
LARGE = Case(10_000, copies=1, stretches=5, stretch_s=3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One stretch of one follower."""

    delay_s: float
    requests_per_s: float
    cores: float
    memory_mb: float
    late_ms: float | None


def baseline_sweep() -> list[Figure]:
    """All three followers with all numbers of jobs; the bot's run with the most of them is `jobs_followed`, too."""
    return asyncio.run(_sweep())


def jobs_followed() -> list[Figure]:
    """The bot with the most jobs, and what it is compared with: a task for each job."""
    return asyncio.run(_bot_and_tasks())


async def _bot_and_tasks() -> list[Figure]:
    return _bounded(await followed(LARGE, "bot"), await followed(LARGE, "tasks"))


async def _sweep() -> list[Figure]:
    pairs = list(product(SMALL, FOLLOWERS))
    small = await asyncio.gather(*(followed(case, follower) for case, follower in pairs))
    large = [await followed(LARGE, follower) for follower in FOLLOWERS]
    pairs += product((LARGE,), FOLLOWERS)
    runs = zip(pairs, (*small, *large), strict=True)
    return [figure for pair, seen in runs for figure in _rows(*pair, seen)] + _bounded(large[0], large[-1])


def _rows(case: Case, follower: Follower, seen: list[Seen]) -> list[Figure]:
    row = partial(Figure, case=f"{case.jobs:,} jobs, {NAMES[follower]}")
    return [
        row(name="baseline_sweep delay_s", values=[each.delay_s for each in seen]),
        row(name="baseline_sweep requests_per_s", values=[each.requests_per_s for each in seen]),
        row(name="baseline_sweep cpu_cores", values=[each.cores for each in seen]),
        row(name="baseline_sweep memory_mb", values=[each.memory_mb for each in seen]),
    ]


def _bounded(seen: list[Seen], tasks: list[Seen]) -> list[Figure]:
    """The bot's own figures, and its CPU relative to a task for each job in the same run.

    A fixed interval needs requests in inverse proportion to its delay, so that a task's CPU at the bot's delay follows.
    """
    row = partial(Figure, case=f"{LARGE.jobs:,} jobs")
    pairs = list(zip(seen, tasks, strict=True))
    return [
        row(name="jobs_followed cpu_per_poll_ratio", values=[_per_poll(*pair) for pair in pairs], bound=1.5),
        row(
            name="jobs_followed cpu_at_equal_delay_ratio",
            values=[bot.cores * bot.delay_s / (peer.cores * peer.delay_s) for bot, peer in pairs],
            bound=1.0,
        ),
        row(name="jobs_followed memory_mb", values=[each.memory_mb for each in seen], bound=110.0),
        row(name="jobs_followed late_p99_ms", values=[each.late_ms or 0.0 for each in seen], bound=250.0),
    ]


def _per_poll(bot: Seen, peer: Seen) -> float:
    return (bot.cores / bot.requests_per_s) / (peer.cores / peer.requests_per_s)


# --- one follower -----------------------------------------------------------------------------------------------------


async def followed(case: Case, follower: Follower) -> list[Seen]:
    """What each stretch of each copy used."""
    runs = await asyncio.gather(*(_run(case, follower, seed) for seed in range(1, case.copies + 1)))
    return [seen for run in runs for seen in run]


async def _run(case: Case, follower: Follower, seed: int) -> list[Seen]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        notes = folder / "late"
        async with (
            simulator(case.jobs, seed=seed) as whisul,
            _bot(whisul, folder, notes) if follower == "bot" else _baseline(whisul, folder, follower) as pid,
        ):
            await asyncio.sleep(case.warm_up_s)
            usages = [Usage.of(pid)]
            for _ in range(case.stretches):
                await asyncio.sleep(case.stretch_s)
                usages.append(Usage.of(pid))
            await _until_found(whisul, usages[0].at, usages[-1].at)
            late = partial(late_s, notes) if follower == "bot" else None
            return [await _seen(whisul, *ends, late) for ends in pairwise(usages)]


async def _until_found(whisul: Simulator, began: float, ended: float) -> None:
    patient_until = time.monotonic() + FINDING_S
    while time.monotonic() < patient_until:
        if not (await whisul.stretch(began, ended)).unfound:
            return
        await asyncio.sleep(1.0)


async def _seen(
    whisul: Simulator, before: Usage, after: Usage, late: Callable[..., list[float]] | None
) -> Seen:
    stretch = await whisul.stretch(before.at, after.at)
    return Seen(
        delay_s=fmean(stretch.delays_s) if stretch.delays_s else float("nan"),
        requests_per_s=stretch.requests / (after.at - before.at),
        cores=after.cores_since(before),
        memory_mb=after.peak_mb,
        late_ms=1000 * percentile(late(began=before.at, ended=after.at), 0.99) if late else None,
    )


@asynccontextmanager
async def _bot(whisul: Simulator, folder: Path, notes: Path) -> AsyncGenerator[int]:
    """The bot's process. Its jobs are detached: followed and settled as any, but not posted, as the others post nothing.

    It may make as many requests as the others would like to.
    """
    jobs = [(job["id"], datetime.fromisoformat(job["started_at"])) for job in whisul.jobs]
    database = folder / "bot.db"
    await fill(database, followed=jobs, state="detached")
    budget = str(max(1, len(jobs) // int(INTERVAL_S)))
    settings = {
        "WHISUL_API_URL": whisul.url,
        "WHISUL_API_KEY": whisul.key,
        "WHISUL_REQUESTS_PER_SECOND": budget,
        "POLL_INTERVAL_S": str(INTERVAL_S),
        "JOB_DEADLINE_S": "36000",
    }
    command = ("-m", "bench.watched_bot", str(notes))
    async with staged(command=command, database=database, settings=settings) as stage:
        await stage.start()
        yield stage.pid


@asynccontextmanager
async def _baseline(whisul: Simulator, folder: Path, follower: Follower) -> AsyncGenerator[int]:
    file = folder / "jobs.json"
    file.write_text(json.dumps({"url": whisul.url, "key": whisul.key, "jobs": whisul.jobs}))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.baselines", follower, str(file)
    )
    try:
        yield process.pid
    finally:
        process.kill()
        await process.wait()
