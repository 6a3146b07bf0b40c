from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AHEAD = timedelta(minutes=20)


class HandClock(Clock):
    """A wall clock that is AHEAD of Discord's and a monotonic clock, both moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.discords = NOON
        self.ahead = AHEAD

    def now(self) -> datetime:
        return self.discords + self.ahead

    def monotonic(self) -> float:
        return (self.discords - NOON).total_seconds()

    def passes(self, seconds: float) -> None:
        self.discords += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_a_deadline_of_this_process_ignores_wall_clock_steps(clock: HandClock) -> None:
    deadline = clock.deadline_in(60)
    clock.ahead += timedelta(hours=1)
    assert not clock.is_past(deadline)
    clock.ahead -= timedelta(hours=2)
    clock.passes(60)
    assert clock.is_past(deadline)


def test_a_deadline_of_an_earlier_process_uses_the_wall_clock(clock: HandClock) -> None:
    assert clock.is_past(clock.now())
    assert not clock.is_past(clock.now() + timedelta(seconds=1))


def test_ended_deadlines_are_dropped(clock: HandClock) -> None:
    for _ in range(100):
        clock.deadline_in(60)
        clock.passes(30)
    assert len(clock._deadlines) <= 3
