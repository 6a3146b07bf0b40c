import random
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.duration_model import FEWEST_SEEN, LONGEST_S, REMEMBERED, SHORTEST_S, Durations


def learned(draw: list[float]) -> Durations:
    durations = Durations()
    for duration_s in draw:
        durations.learn(duration_s)
    return durations


def lognormal(number: int, *, median_s: float = 144, sigma: float = 0.35, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [median_s * exp(rng.gauss(0, sigma)) for _ in range(number)]


def test_too_few_say_nothing() -> None:
    assert not Durations().is_known
    assert not learned([100] * (FEWEST_SEEN - 1)).is_known
    assert learned([100] * FEWEST_SEEN).is_known


def test_the_integral_of_the_learned_distribution_is_near_the_true_one() -> None:
    # (integral of sqrt(f S))^2 / E[T] is 0.574 for this distribution.
    durations = learned(lognormal(400))
    mean_s = 144 * exp(0.35**2 / 2)
    assert sqrt(0.574 * mean_s) == pytest.approx(2 * durations.delay_per_step(), rel=0.1)


def test_urgency_gathers_fastest_where_finishes_are_likely() -> None:
    durations = learned(lognormal(400))
    assert durations.pace(30) < durations.pace(80) < durations.pace(140)
    assert durations.pace(3000) < durations.pace(200)


def test_a_change_of_pace_is_noticed_within_30_jobs() -> None:
    durations = learned([*lognormal(300), *lognormal(30, median_s=40)])
    assert durations.pace(40) > 3 * learned(lognormal(300)).pace(40)
    assert durations.seen < 60


def test_chance_alone_is_no_change_of_pace() -> None:
    forgotten = sum(learned(lognormal(REMEMBERED, seed=seed)).seen < REMEMBERED for seed in range(10))
    assert forgotten <= 1


def test_equal_durations_are_learned_too() -> None:
    durations = learned([120.0] * 50)
    assert durations.pace(120) > 5 * durations.pace(60)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=FEWEST_SEEN, max_size=60))
def test_urgency_only_grows_and_age_at_is_its_inverse(draw: list[float]) -> None:
    durations = learned(draw)
    ages = [SHORTEST_S * exp(log(LONGEST_S / SHORTEST_S) * share / 40) for share in range(41)]
    gathered = [durations.urgency(age_s) for age_s in ages]
    assert gathered == sorted(gathered)
    for age_s, urgency in zip(ages[1:-1], gathered[1:-1], strict=True):
        assert durations.urgency(durations.age_at(urgency)) == pytest.approx(urgency, rel=1e-6, abs=1e-9)
        assert durations.pace(age_s) >= 0


def test_beyond_every_age_nothing_is_promised() -> None:
    durations = learned(lognormal(50))
    assert durations.age_at(1e9) == LONGEST_S
    assert durations.urgency(2 * LONGEST_S) == durations.urgency(LONGEST_S)
    assert durations.urgency(0) == 0
    assert durations.pace(0) == durations.pace(2 * LONGEST_S) == 0
