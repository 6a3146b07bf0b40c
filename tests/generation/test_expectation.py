import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.generation.poll_schedule import Expectation, expectation


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
def test_the_median_and_percentile_are_ordered_and_within_the_samples(
    waits_s: list[float],
) -> None:
    found = expectation(waits_s)
    assert found is not None
    assert min(waits_s) <= found.median_s <= found.p90_s <= max(waits_s) * (1 + 1e-9)
    assert found.samples == len(waits_s)
