import random
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.duration_model import (
    MAX_DURATION_S,
    MAX_SAMPLES,
    MIN_DURATION_S,
    MIN_SAMPLES,
    DurationModel,
)


def learned(draw: list[float]) -> DurationModel:
    durations = DurationModel()
    for duration_s in draw:
        durations.add(duration_s)
    return durations


def lognormal(number: int, *, median_s: float = 144, sigma: float = 0.35, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [median_s * exp(rng.gauss(0, sigma)) for _ in range(number)]


def test_too_few_durations_give_no_estimate() -> None:
    assert not DurationModel().has_estimate
    assert not learned([100] * (MIN_SAMPLES - 1)).has_estimate
    assert learned([100] * MIN_SAMPLES).has_estimate


def test_the_integral_of_the_learned_distribution_is_near_the_true_one() -> None:
    # (integral of sqrt(f S))^2 / E[T] is 0.574 for this distribution.
    durations = learned(lognormal(400))
    mean_s = 144 * exp(0.35**2 / 2)
    assert sqrt(0.574 * mean_s) == pytest.approx(2 * durations.delay_per_step(), rel=0.1)


def test_urgency_gathers_fastest_where_finishes_are_likely() -> None:
    durations = learned(lognormal(400))
    assert durations.urgency_per_s(30) < durations.urgency_per_s(80) < durations.urgency_per_s(140)
    assert durations.urgency_per_s(3000) < durations.urgency_per_s(200)


def test_a_change_of_pace_is_noticed_within_30_jobs() -> None:
    durations = learned([*lognormal(300), *lognormal(30, median_s=40)])
    assert durations.urgency_per_s(40) > 3 * learned(lognormal(300)).urgency_per_s(40)
    assert durations.samples < 60


def test_random_variation_is_not_taken_for_a_change() -> None:
    forgotten = sum(learned(lognormal(MAX_SAMPLES, seed=seed)).samples < MAX_SAMPLES for seed in range(10))
    assert forgotten <= 1


def test_equal_durations_are_learned_too() -> None:
    durations = learned([120.0] * 50)
    assert durations.urgency_per_s(120) > 5 * durations.urgency_per_s(60)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=MIN_SAMPLES, max_size=60))
def test_urgency_only_grows_and_age_at_is_its_inverse(draw: list[float]) -> None:
    durations = learned(draw)
    ages = [MIN_DURATION_S * exp(log(MAX_DURATION_S / MIN_DURATION_S) * share / 40) for share in range(41)]
    gathered = [durations.urgency(age_s) for age_s in ages]
    assert gathered == sorted(gathered)
    for age_s, urgency in zip(ages[1:-1], gathered[1:-1], strict=True):
        assert durations.urgency(durations.age_at(urgency)) == pytest.approx(urgency, rel=1e-6, abs=1e-9)
        assert durations.urgency_per_s(age_s) >= 0


def test_urgency_is_constant_beyond_the_longest_duration() -> None:
    durations = learned(lognormal(50))
    assert durations.age_at(1e9) == MAX_DURATION_S
    assert durations.urgency(2 * MAX_DURATION_S) == durations.urgency(MAX_DURATION_S)
    assert durations.urgency(0) == 0
    assert durations.urgency_per_s(0) == durations.urgency_per_s(2 * MAX_DURATION_S) == 0
