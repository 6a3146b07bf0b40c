import random
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.generation.poll_schedule import (
    JITTER,
    LONGEST_WAIT_INTERVALS,
    MAX_FAILURE_WAIT_S,
    Expectation,
    PollSchedule,
    expectation,
)


def schedule(
    *, seen: int = 0, interval_s: float = 5, chance: float = 0, median_s: float = 144
) -> PollSchedule:
    rng = random.Random(1)
    made = PollSchedule(interval_s=interval_s, random_share=lambda: chance)
    for _ in range(seen):
        made.add_duration(median_s * exp(rng.gauss(0, 0.35)))
    return made


def test_without_durations_the_interval_alone_decides() -> None:
    made = schedule()
    made.update_step([10, 20], polls_per_s=0.001)
    assert [made.next_wait_s(age_s, failures=0) for age_s in (0, 60, 144, 10_000)] == [5, 5, 5, 5]
    assert made.first_wait_s(0) == 5


def test_jobs_taken_over_are_spread_over_one_interval() -> None:
    assert schedule(chance=0).first_wait_s(100) == 0
    assert schedule(chance=0.5, seen=50).first_wait_s(100) == 2.5


def test_polls_are_rare_early_and_frequent_where_finishes_are_likely() -> None:
    made = schedule(seen=200)
    made.update_step([0.0], polls_per_s=5)
    assert made.first_wait_s(0) > 30
    assert made.next_wait_s(140, failures=0) < 8
    assert (
        5
        < made.next_wait_s(800, failures=0)
        < made.next_wait_s(1600, failures=0)
        < made.next_wait_s(6400, failures=0)
    )


def test_a_new_duration_counts_from_the_next_update_on() -> None:
    made = schedule(seen=200)
    made.update_step([0.0], polls_per_s=5)
    before = made.next_wait_s(20, failures=0)
    made.add_duration(160.0)
    assert made.next_wait_s(20, failures=0) == before
    made.update_step([0.0], polls_per_s=5)
    assert made.next_wait_s(20, failures=0) != before


def test_many_jobs_share_the_budget() -> None:
    made = schedule(seen=200)
    ages = [float(age_s) for age_s in range(0, 200, 2)]
    made.update_step(ages, polls_per_s=100)
    ample = made.step
    made.update_step(ages, polls_per_s=1)
    assert made.step > 2 * ample
    made.update_step(ages, polls_per_s=0.5)
    assert made.step > 4 * ample


def test_the_schedule_scales_with_the_interval() -> None:
    slow, quick = schedule(seen=200), schedule(seen=200, interval_s=0.05, median_s=1.44)
    for made in (slow, quick):
        made.update_step([0.0], polls_per_s=500)
    assert quick.first_wait_s(0) * 100 == pytest.approx(slow.first_wait_s(0), rel=0.1)


def test_unanswered_polls_double_the_wait_up_to_a_limit() -> None:
    waits = [schedule().next_wait_s(60, failures=faults) for faults in (0, 1, 2, 3, 4, 50)]
    assert waits == [5, 5, 10, 20, 40, MAX_FAILURE_WAIT_S]


@given(
    st.lists(st.floats(min_value=0, max_value=1e5), max_size=40),
    st.floats(min_value=0, max_value=1e6),
    st.integers(min_value=0, max_value=10_000),
    st.floats(min_value=0.01, max_value=600),
    st.floats(min_value=0, max_value=1, exclude_max=True),
    st.floats(min_value=0.01, max_value=1000),
)
def test_waits_between_polls_stay_within_their_bounds(
    seen: list[float], age_s: float, faults: int, interval_s: float, chance: float, looks_per_s: float
) -> None:
    made = PollSchedule(interval_s=interval_s, random_share=lambda: chance)
    for duration_s in seen:
        made.add_duration(duration_s)
    made.update_step([age_s, 10.0], polls_per_s=looks_per_s)
    wait_s = made.next_wait_s(age_s, failures=faults)
    longest_s = max(LONGEST_WAIT_INTERVALS * interval_s, MAX_FAILURE_WAIT_S)
    assert interval_s <= wait_s <= longest_s * (1 + JITTER)


@pytest.mark.parametrize("waits_s", [[], [144.0], [144.0, 150.0]])
def test_too_few_waits_give_no_expectation(waits_s: list[float]) -> None:
    assert expectation(waits_s) is None


def test_three_waits_are_enough() -> None:
    assert expectation([200.0, 100.0, 150.0]) == Expectation(median_s=150.0, p90_s=190.0, samples=3)


def test_one_slow_song_moves_the_ninetieth_percentile_and_not_the_median() -> None:
    found = expectation([*[140.0] * 9, 1000.0])
    assert found is not None
    assert (found.median_s, found.samples) == (140.0, 10)
    assert 140.0 < found.p90_s < 1000.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=50))
def test_the_median_and_percentile_are_ordered_and_within_the_samples(waits_s: list[float]) -> None:
    found = expectation(waits_s)
    assert found is not None
    assert min(waits_s) <= found.median_s <= found.p90_s <= max(waits_s) * (1 + 1e-9)
    assert found.samples == len(waits_s)
