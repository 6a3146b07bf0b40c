from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from bot.discord_time import SAMPLES, DiscordTime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AHEAD = timedelta(minutes=20)


class HandClock(Clock):
    """A machine's clock that is AHEAD of Discord's, and monotonic time beside it, both moved by hand."""

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


def test_the_least_delayed_acknowledgement_tells_the_skew(clock: HandClock) -> None:
    discord_time = DiscordTime(clock)
    assert discord_time.skew_s == 0
    for delay_s in (2.5, 0.2, 3.0):
        clock.passes(60)
        discord_time.acknowledged(clock.discords - timedelta(seconds=delay_s))
    assert discord_time.skew_s == pytest.approx(AHEAD.total_seconds() + 0.2)
    assert discord_time.at(clock.now()) == clock.discords - timedelta(seconds=0.2)


def test_the_skew_follows_a_clock_that_is_set_right(clock: HandClock) -> None:
    discord_time = DiscordTime(clock)
    discord_time.acknowledged(clock.discords)
    clock.ahead = timedelta()
    assert discord_time.skew_s == pytest.approx(0)


def test_old_acknowledgements_are_left_out_of_the_skew(clock: HandClock) -> None:
    discord_time = DiscordTime(clock)
    discord_time.acknowledged(clock.discords + timedelta(seconds=100))
    for _ in range(SAMPLES):
        discord_time.acknowledged(clock.discords)
    assert discord_time.skew_s == pytest.approx(AHEAD.total_seconds())


def test_a_deadline_of_this_process_ignores_steps_of_the_wall_clock(clock: HandClock) -> None:
    deadline = clock.deadline_in(60)
    clock.ahead += timedelta(hours=1)
    assert not clock.is_past(deadline)
    clock.ahead -= timedelta(hours=2)
    clock.passes(60)
    assert clock.is_past(deadline)


def test_a_deadline_of_an_earlier_process_is_judged_by_the_wall_clock(clock: HandClock) -> None:
    assert clock.is_past(clock.now())
    assert not clock.is_past(clock.now() + timedelta(seconds=1))


def test_deadlines_that_are_past_are_not_kept(clock: HandClock) -> None:
    for _ in range(100):
        clock.deadline_in(60)
        clock.passes(30)
    assert len(clock._deadlines) <= 3
