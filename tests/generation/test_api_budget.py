from hypothesis import given
from hypothesis import strategies as st

from bot.generation.api_budget import MIN_RATE_SHARE, TokenBucket


def test_a_burst_goes_at_once_and_then_the_rate_holds() -> None:
    budget = TokenBucket(per_s=5, burst=10, now=0)
    assert [budget.take(now=0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert budget.wait_s(now=0) == 0.2
    assert budget.take(now=0.2)
    assert not budget.take(now=0.2)


def test_a_reserve_is_left_over() -> None:
    budget = TokenBucket(per_s=5, burst=2, now=0)
    assert budget.take(now=0, reserve=1)
    assert not budget.take(now=0, reserve=1)
    assert budget.take(now=0)


def test_a_burst_of_one_still_admits_polls() -> None:
    assert TokenBucket(per_s=1, burst=1, now=0).take(now=0, reserve=1)


def test_overloads_halve_the_rate_and_answers_restore_it_in_steps() -> None:
    budget = TokenBucket(per_s=10, burst=1, now=0)
    budget.slow_down()
    budget.slow_down()
    assert budget.per_s == 2.5
    for _ in range(20):
        budget.recover()
    assert round(budget.per_s, 6) == 4.5
    for _ in range(1000):
        budget.recover()
    assert budget.per_s == 10


def test_the_rate_never_falls_to_nothing() -> None:
    budget = TokenBucket(per_s=10, burst=1, now=0)
    for _ in range(100):
        budget.slow_down()
    assert budget.per_s == 10 * MIN_RATE_SHARE


@given(st.floats(0.1, 100), st.floats(1, 50), st.lists(st.floats(0, 2), max_size=80))
def test_no_more_is_taken_than_burst_and_rate_allow(per_s: float, burst: float, pauses: list[float]) -> None:
    budget, now, taken = TokenBucket(per_s=per_s, burst=burst, now=0), 0.0, 0
    for pause_s in pauses:
        now += pause_s
        taken += budget.take(now=now)
    assert taken <= burst + now * per_s + 1e-3


@given(st.floats(0.1, 100), st.floats(1, 50), st.integers(1, 60))
def test_waiting_as_long_as_was_said_is_enough(per_s: float, burst: float, number: int) -> None:
    budget, now = TokenBucket(per_s=per_s, burst=burst, now=0), 0.0
    for _ in range(number):
        now += budget.wait_s(now=now)
        assert budget.take(now=now)
