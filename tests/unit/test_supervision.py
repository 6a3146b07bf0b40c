from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot import supervision
from bot.clock import Clock
from bot.errors import DatabaseBusy
from bot.supervision import supervised

Work = Callable[[], Awaitable[None]]


class SetClock(Clock):
    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "RESTART_WAIT_S", 0.001)
    monkeypatch.setattr(supervision, "MAX_RESTART_WAIT_S", 0.004)


def failing_with(*errors: Exception | None, lasting_s: float = 0, clock: SetClock) -> Work:
    """Work that raises one after the other, after so many seconds each, and ends at None."""
    left = list(errors)

    async def work() -> None:
        clock.seconds += lasting_s
        error = left.pop(0)
        if error is not None:
            raise error

    return work


async def waits_of(work: Work, clock: SetClock) -> list[float]:
    failures: list[str] = []
    with capture_logs() as logs:
        await supervised("tracker", work, clock=clock, on_failure=failures.append)
    assert failures == ["tracker"] * len(logs)
    assert {line["task"] for line in logs} <= {"tracker"}
    return [line["again_in_s"] for line in logs]


async def test_what_fails_starts_again_after_growing_waits_with_an_end(clock: SetClock) -> None:
    work = failing_with(*([RuntimeError("x")] * 4), None, clock=clock)
    assert await waits_of(work, clock) == [0.001, 0.002, 0.004, 0.004]


async def test_what_has_run_for_long_is_started_soon_again(clock: SetClock) -> None:
    work = failing_with(*([RuntimeError("x")] * 3), None, lasting_s=301, clock=clock)
    assert await waits_of(work, clock) == [0.001, 0.001, 0.001]


async def test_a_foreseen_error_is_a_sentence_and_any_other_has_its_traceback(clock: SetClock) -> None:
    work = failing_with(DatabaseBusy("it is locked"), KeyError("x"), None, clock=clock)
    with capture_logs() as logs:
        await supervised("cards", work, clock=clock, on_failure=lambda _: None)
    foreseen, other = logs
    assert (foreseen["event"], foreseen["error"], "exc_info" in foreseen) == (
        "task_failed",
        "it is locked",
        False,
    )
    assert (other["event"], type(other["exc_info"])) == ("task_crashed", KeyError)


async def test_what_returns_is_done(clock: SetClock) -> None:
    assert await waits_of(failing_with(None, clock=clock), clock) == []
