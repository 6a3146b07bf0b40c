from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.generation.api_gate import DEFAULT_PAUSE_S, MAX_PROBE_WAIT_S, ApiGate
from bot.whisul.errors import (
    WhisulNoCredit,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
)
from tests.factories import alone


class SetClock(Clock):
    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


KEY_REFUSED = WhisulUnauthorised("x", status=401)
NO_CREDIT = WhisulNoCredit("x")


def overload(wait_s: float | None = None) -> WhisulUnavailable:
    return WhisulUnavailable("x", status=503, retry_after_s=wait_s, created_nothing=True)


def rate_limit(wait_s: float | None) -> WhisulRateLimited:
    return WhisulRateLimited("x", retry_after_s=wait_s)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def gate(clock: SetClock) -> Iterator[ApiGate]:
    with capture_logs():
        yield ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5, calls_per_s=5, burst=1000)


def test_a_new_gate_is_open(gate: ApiGate) -> None:
    assert all(gate.enter() for _ in range(100))
    assert gate.opens_in_s() == 0


def test_the_budget_limits_all_calls_and_polls_leave_one_to_submits(clock: SetClock) -> None:
    gate = ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5, calls_per_s=2, burst=2)
    assert gate.enter(is_poll=True)
    assert not gate.enter(is_poll=True)
    assert gate.opens_in_s(is_poll=True) == 0.5
    assert gate.enter()
    assert gate.opens_in_s() == 0.5


def test_an_overload_slows_calls_down_and_answers_restore_the_rate(gate: ApiGate) -> None:
    gate.record(overload())
    assert gate.calls_per_s == 2.5
    gate.record(None)
    assert 2.5 < gate.calls_per_s < 5


def test_an_overload_with_a_retry_after_pauses_all_calls(gate: ApiGate, clock: SetClock) -> None:
    gate.record(overload(30.0))
    assert gate.opens_in_s() == 30
    clock.seconds += 30
    assert gate.enter()


def test_a_429_pauses_all_calls_for_its_retry_after(gate: ApiGate, clock: SetClock) -> None:
    gate.record(rate_limit(30))
    assert not gate.enter()
    assert gate.opens_in_s() == 30
    clock.seconds += 30
    assert gate.enter()


def test_a_pause_without_a_wait_takes_the_default(gate: ApiGate) -> None:
    gate.record(rate_limit(None))
    assert gate.opens_in_s() == DEFAULT_PAUSE_S


def test_a_shorter_pause_never_shortens_a_longer_one(gate: ApiGate) -> None:
    gate.record(rate_limit(60))
    gate.record(rate_limit(1))
    assert gate.opens_in_s() == 60


def test_a_refused_key_lets_one_call_through_per_wait(gate: ApiGate, clock: SetClock) -> None:
    gate.record(KEY_REFUSED)
    assert gate.key_refused
    assert not gate.enter()
    clock.seconds += 5
    assert gate.enter()
    assert not gate.enter()


def test_the_wait_between_probes_grows_to_a_limit(gate: ApiGate, clock: SetClock) -> None:
    waits: list[float] = []
    for _ in range(6):
        gate.record(KEY_REFUSED)
        waits.append(gate.opens_in_s())
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
    assert waits == [5, 10, 20, 40, MAX_PROBE_WAIT_S, MAX_PROBE_WAIT_S]


def test_calls_sent_before_the_refusal_are_no_probes(gate: ApiGate, clock: SetClock) -> None:
    for _ in range(10):
        assert gate.enter()
    for _ in range(10):
        gate.record(KEY_REFUSED)
    assert gate.opens_in_s() == 5
    clock.seconds += 5
    assert gate.enter()
    gate.record(KEY_REFUSED)
    gate.record(KEY_REFUSED)
    assert gate.opens_in_s() == 10


def test_an_accepted_probe_opens_the_gate_and_calls_back(gate: ApiGate, clock: SetClock) -> None:
    told: list[str] = []
    gate.on_reopened(lambda: told.append("open"))
    gate.record(None)
    assert told == []
    gate.record(KEY_REFUSED)
    assert gate.is_paused
    gate.record(None)  # the late answer to a call from before the refusal
    assert told == []
    clock.seconds += 5
    assert gate.enter()
    gate.record(None)
    assert told == ["open"]
    assert not gate.is_paused
    assert not gate.key_refused
    assert gate.enter()


def test_a_refused_key_is_logged_once_as_an_error(clock: SetClock) -> None:
    with capture_logs() as lines:
        gate = ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5)
        for _ in range(5):
            gate.record(KEY_REFUSED)
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
        gate.record(None)
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("whisul_key_refused", "error"),
        ("whisul_key_accepted", "info"),
    ]


def test_without_credit_submits_are_probed_and_polls_go_on(gate: ApiGate, clock: SetClock) -> None:
    opened: list[str] = []
    gate.on_reopened(lambda: opened.append("open"))
    assert gate.enter()
    gate.record(NO_CREDIT)
    assert (gate.no_credit, gate.is_paused) == (True, False)
    waits: list[float] = []
    for _ in range(3):
        waits.append(gate.opens_in_s())
        assert gate.enter(is_poll=True)
        gate.record(None, is_poll=True)
        assert not gate.enter()
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
        gate.record(NO_CREDIT)
    assert (waits, opened) == ([5, 10, 20], [])
    clock.seconds += gate.opens_in_s()
    assert gate.enter()
    gate.record(WhisulRefused("x", status=400, reason=None))
    assert gate.no_credit
    clock.seconds += gate.opens_in_s()
    assert gate.enter()
    gate.record(None)
    assert (gate.no_credit, opened) == (False, ["open"])
    assert gate.enter()


def test_an_unreachable_api_does_not_accept_the_key(gate: ApiGate, clock: SetClock) -> None:
    gate.record(KEY_REFUSED)
    clock.seconds += 5
    assert gate.enter()
    gate.record(WhisulUnreachable("a page", created_nothing=True))
    assert gate.key_refused
    assert not gate.enter()


def test_an_accepted_key_does_not_end_a_pause(gate: ApiGate, clock: SetClock) -> None:
    gate.record(KEY_REFUSED)
    clock.seconds += 5
    assert gate.enter()
    gate.record(rate_limit(30))
    gate.record(None)
    assert (gate.key_refused, gate.opens_in_s()) == (False, 30)


def test_missing_credit_is_logged_once_as_an_error(clock: SetClock) -> None:
    with capture_logs() as lines:
        gate = ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5)
        for _ in range(5):
            gate.record(NO_CREDIT)
        clock.seconds += gate.opens_in_s()
        assert gate.enter()
        gate.record(None)
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("whisul_no_credit", "error"),
        ("whisul_credit_restored", "info"),
    ]
