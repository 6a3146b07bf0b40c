"""What the learned schedule is worth, on a virtual clock: delay for the same requests, requests for the same delay."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from bench.detection import by_schedule, delay_ratio, requests_ratio
from bench.figures import RUNS, Figure
from bench.worlds import LOGNORMAL, WORLDS, World

SEEDS = tuple(range(1, RUNS + 1))
LOADS = ((150, 10), (600, 20), (1500, 50))
WORST_OVER_LIMIT = 1.08
NEVER_WORSE = 1.02
REQUESTS_TARGET = 0.65


def detection_delay_ratio() -> list[Figure]:
    """Every world at every load."""
    cases = [(world, *load) for world in WORLDS for load in LOADS]
    calls = [
        partial(_delay_ratio, world.name, jobs, per_s, seed) for world, jobs, per_s in cases for seed in SEEDS
    ]
    values = _called(calls)
    return [
        Figure(
            name="detection_delay_ratio",
            case=f"{world.name}, {jobs:,} jobs, {per_s} requests/s",
            values=values[number * RUNS : (number + 1) * RUNS],
            limit=world.limit,
            bound=NEVER_WORSE if world.limit is None else world.limit * WORST_OVER_LIMIT,
        )
        for number, (world, jobs, per_s) in enumerate(cases)
    ]


def requests_per_job_ratio() -> list[Figure]:
    """With an ample budget."""
    case = f"{LOGNORMAL.name}, ample budget"
    values = _called(
        [partial(_requests_ratio, seed) for seed in SEEDS] + [partial(_delay, seed) for seed in SEEDS]
    )
    return [
        Figure(
            name="requests_per_job_ratio",
            case=case,
            values=values[:RUNS],
            limit=LOGNORMAL.limit,
            bound=REQUESTS_TARGET,
        ),
        Figure(name="ample_delay_s", case=case, values=values[RUNS:]),
    ]


def _called(calls: Iterable[Callable[[], float]]) -> list[float]:
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as workers:
        return [made.result() for made in [workers.submit(call) for call in calls]]


# Workers get names, not worlds: functions made on the spot do not travel between processes.


def _world(name: str) -> World:
    return next(world for world in WORLDS if world.name == name)


def _delay_ratio(name: str, jobs: int, looks_per_s: float, seed: int) -> float:
    return delay_ratio(_world(name), jobs=jobs, looks_per_s=looks_per_s, seed=seed)


def _requests_ratio(seed: int) -> float:
    return requests_ratio(LOGNORMAL, seed=seed)


def _delay(seed: int) -> float:
    return by_schedule(LOGNORMAL, jobs=150, looks_per_s=150, seed=seed).delay_s
