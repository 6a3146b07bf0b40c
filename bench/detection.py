"""How soon finishes are found, by the bot's own schedule and by fixed intervals, on a virtual clock.

Every job that is found finished is replaced by a new one, so that there are always as many. All looks of a run go
through one budget, one after another. What happens before `WARM_UP` jobs are done is not counted: in it the schedule
learns the distribution from nothing but the finished jobs.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from bench.worlds import World
from bot.generation.poll_schedule import PollSchedule

WARM_UP = 1000
COUNTED = 4000
PLAN_EVERY_S = 5.0
INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Mean seconds from finish to detection; looks a second of the whole run; looks for each job."""

    delay_s: float
    looks_per_s: float
    looks_per_job: float


@dataclass(slots=True)
class _Job:
    started: float
    finishes: float


class _Population:
    """The jobs of one run, and what was counted."""

    def __init__(self, world: World, rng: random.Random, number: int) -> None:
        self._world = world
        self._rng = rng
        self._numbers = count()
        self._looks = 0
        self._delays: list[float] = []
        self._found = 0
        self._counting_since = 0.0
        # Steady state: the first jobs are of every age.
        self.jobs = [self._born(0.0, aged=True) for _ in range(number)]

    @property
    def is_done(self) -> bool:
        return len(self._delays) >= COUNTED

    def _born(self, now: float, *, aged: bool = False) -> _Job:
        duration_s = self._world.draw(self._rng, next(self._numbers))
        started = now - self._rng.random() * duration_s if aged else now
        return _Job(started, started + duration_s)

    def look(self, index: int, now: float) -> float | None:
        """Look at a job; the duration if it has finished, and then a new one takes its place."""
        self._looks += 1
        job = self.jobs[index]
        if job.finishes > now:
            return None
        self._found += 1
        if self._found == WARM_UP:
            self._looks, self._counting_since = 0, now
        elif self._found > WARM_UP:
            self._delays.append(now - job.finishes)
        self.jobs[index] = self._born(now)
        return job.finishes - job.started

    def outcome(self, now: float) -> Outcome:
        return Outcome(
            delay_s=sum(self._delays) / len(self._delays),
            looks_per_s=self._looks / (now - self._counting_since),
            looks_per_job=self._looks / len(self._delays),
        )


def by_schedule(world: World, *, jobs: int, looks_per_s: float, seed: int) -> Outcome:
    """The bot's schedule, learning as it goes, within a budget."""
    rng = random.Random(seed)
    population = _Population(world, rng, jobs)
    schedule = PollSchedule(interval_s=INTERVAL_S, random_share=rng.random)
    due = [(schedule.first_wait_s(INTERVAL_S), index) for index in range(jobs)]
    heapq.heapify(due)
    now, free_at, planned_at = 0.0, 0.0, 0.0
    while not population.is_done:
        when, index = heapq.heappop(due)
        now = max(when, free_at)
        free_at = now + 1 / looks_per_s
        if now - planned_at >= PLAN_EVERY_S:
            planned_at = now
            schedule.update_step((now - job.started for job in population.jobs), polls_per_s=looks_per_s)
        duration_s = population.look(index, now)
        if duration_s is None:
            wait_s = schedule.next_wait_s(now - population.jobs[index].started, failures=0)
        else:
            schedule.add_duration(duration_s)
            wait_s = schedule.first_wait_s(0.0)
        heapq.heappush(due, (now + wait_s, index))
    return population.outcome(now)


def by_round_robin(world: World, *, jobs: int, looks_per_s: float, seed: int) -> Outcome:
    """Each job in turn, as many looks a second as given: a fixed interval of jobs / looks_per_s."""
    population = _Population(world, random.Random(seed), jobs)
    turns, now = deque(range(jobs)), 0.0
    while not population.is_done:
        now += 1 / looks_per_s
        population.look(turns[0], now)
        turns.rotate(-1)
    return population.outcome(now)


def delay_ratio(world: World, *, jobs: int, looks_per_s: float, seed: int) -> float:
    """The schedule's mean delay over that of a fixed interval that makes as many looks."""
    ours = by_schedule(world, jobs=jobs, looks_per_s=looks_per_s, seed=seed)
    theirs = by_round_robin(world, jobs=jobs, looks_per_s=ours.looks_per_s, seed=seed)
    return ours.delay_s / theirs.delay_s


def requests_ratio(world: World, *, seed: int) -> float:
    """With an ample budget: looks for each job over those of the fixed interval with the same mean delay."""
    ours = by_schedule(world, jobs=150, looks_per_s=150, seed=seed)
    theirs = _interval_for(
        lambda rate: by_round_robin(world, jobs=150, looks_per_s=rate, seed=seed), ours.delay_s
    )
    return ours.looks_per_job / theirs.looks_per_job


def _interval_for(run: Callable[[float], Outcome], delay_s: float) -> Outcome:
    """The fixed interval whose mean delay is as wanted. It is half the interval but for the noise of one run."""
    looks_per_s = 150 / (2 * delay_s)
    for _ in range(2):
        looks_per_s *= run(looks_per_s).delay_s / delay_s
    return run(looks_per_s)
