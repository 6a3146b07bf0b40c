from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.gate import DEFAULT_HOLD_S, MAX_PROBE_WAIT_S, Gate


class SetClock(Clock):
    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def gate(clock: SetClock) -> Iterator[Gate]:
    with capture_logs():
        yield Gate(clock=clock, first_probe_wait_s=5, calls_per_s=5, burst=1000)


def test_lets_everybody_through_at_first(gate: Gate) -> None:
    assert all(gate.enter() for _ in range(100))
    assert gate.opens_in_s() == 0


def test_the_budget_holds_everybody_and_looks_leave_room_for_a_submit(clock: SetClock) -> None:
    gate = Gate(clock=clock, first_probe_wait_s=5, calls_per_s=2, burst=2)
    assert gate.enter(look=True)
    assert not gate.enter(look=True)
    assert gate.opens_in_s(look=True) == 0.5
    assert gate.enter()
    assert gate.opens_in_s() == 0.5


def test_complaints_make_calls_rarer_and_answers_bring_them_back(gate: Gate) -> None:
    gate.overloaded()
    assert gate.calls_per_s == 2.5
    gate.accept_key()
    assert 2.5 < gate.calls_per_s < 5


def test_an_overloaded_answer_that_names_a_wait_holds_everybody(gate: Gate, clock: SetClock) -> None:
    gate.overloaded(30.0)
    assert gate.opens_in_s() == 30
    clock.seconds += 30
    assert gate.enter()


def test_a_pause_holds_everybody_for_as_long_as_whisul_asked(gate: Gate, clock: SetClock) -> None:
    gate.pause(30)
    assert not gate.enter()
    assert gate.opens_in_s() == 30
    clock.seconds += 30
    assert gate.enter()


def test_a_pause_without_a_wait_takes_the_default(gate: Gate) -> None:
    gate.pause(None)
    assert gate.opens_in_s() == DEFAULT_HOLD_S


def test_a_shorter_pause_never_shortens_a_longer_one(gate: Gate) -> None:
    gate.pause(60)
    gate.pause(1)
    assert gate.opens_in_s() == 60


def test_a_refused_key_lets_one_call_through_per_wait(gate: Gate, clock: SetClock) -> None:
    gate.refuse_key()
    assert gate.key_refused
    assert not gate.enter()
    clock.seconds += 5
    assert gate.enter()
    assert not gate.enter()


def test_the_wait_between_probes_grows_to_a_limit(gate: Gate, clock: SetClock) -> None:
    waits: list[float] = []
    for _ in range(6):
        gate.refuse_key()
        waits.append(gate.opens_in_s())
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
    assert waits == [5, 10, 20, 40, MAX_PROBE_WAIT_S, MAX_PROBE_WAIT_S]


def test_calls_that_were_on_their_way_at_the_refusal_are_no_probes(gate: Gate, clock: SetClock) -> None:
    for _ in range(10):
        assert gate.enter()
    for _ in range(10):
        gate.refuse_key()
    assert gate.opens_in_s() == 5
    clock.seconds += 5
    assert gate.enter()
    gate.refuse_key()
    gate.refuse_key()
    assert gate.opens_in_s() == 10


def test_an_accepted_probe_opens_the_gate_and_tells_the_waiting(gate: Gate, clock: SetClock) -> None:
    told: list[str] = []
    gate.when_opened(lambda: told.append("open"))
    gate.accept_key()
    assert told == []
    gate.refuse_key()
    assert gate.is_paused
    gate.accept_key()  # the late answer to a call from before the refusal
    assert told == []
    clock.seconds += 5
    assert gate.enter()
    gate.accept_key()
    assert told == ["open"]
    assert not gate.is_paused
    assert not gate.key_refused
    assert gate.enter()


def test_the_refusal_is_said_once_at_error(clock: SetClock) -> None:
    with capture_logs() as lines:
        gate = Gate(clock=clock, first_probe_wait_s=5)
        for _ in range(5):
            gate.refuse_key()
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
        gate.accept_key()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("whisul_key_refused", "error"),
        ("whisul_key_accepted", "info"),
    ]
