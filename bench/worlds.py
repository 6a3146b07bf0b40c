"""How long songs take in the worlds that the schedule is measured in."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import exp

Draw = Callable[[random.Random, int], float]
CHANGE_EVERY = 400


@dataclass(frozen=True, slots=True)
class World:
    """A distribution of durations in seconds.

    `limit` is (∫√(f·S))² / E[T], below which no schedule can come that knows the distribution; None where it changes
    or has none in closed form. `draw` gets the number of the job, for worlds that change.
    """

    name: str
    draw: Draw
    limit: float | None = None


def lognormal(sigma: float, limit: float) -> World:
    """The shape of real durations: a median of 144 s."""
    return World(f"lognormal sigma {sigma:g}", lambda rng, _: 144 * exp(rng.gauss(0, sigma)), limit)


def _bimodal(rng: random.Random, _: int) -> float:
    return (60 if rng.random() < 0.5 else 240) * exp(rng.gauss(0, 0.15))


def _shifting(rng: random.Random, number: int) -> float:
    return (100 if number // CHANGE_EVERY % 2 else 200) * exp(rng.gauss(0, 0.25))


LOGNORMAL = lognormal(0.35, 0.574)
WORLDS = (
    LOGNORMAL,
    lognormal(0.2, 0.364),
    lognormal(0.5, 0.732),
    World("bimodal 60 s and 240 s", _bimodal),
    World("uniform 60 s to 300 s", lambda rng, _: rng.uniform(60, 300)),
    World(f"200 s and 100 s in turn, every {CHANGE_EVERY} jobs", _shifting),
)
