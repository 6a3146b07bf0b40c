import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.concurrency import RestartWait, Wakeup, cancel_and_wait, supervised
from bot.store.errors import DatabaseBusy

Work = Callable[[], Awaitable[None]]
SHORT = partial(RestartWait, first_s=0.001, max_s=0.004, steady_s=300)


class SetClock(Clock):
    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


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
        await supervised("tracker", work, clock=clock, on_failure=failures.append, restarts=SHORT())
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
        await supervised("cards", work, clock=clock, on_failure=lambda _: None, restarts=SHORT())
    foreseen, other = logs
    assert (foreseen["event"], foreseen["error"], "exc_info" in foreseen) == (
        "task_failed",
        "it is locked",
        False,
    )
    assert (other["event"], type(other["exc_info"])) == ("task_crashed", KeyError)


async def test_what_returns_is_done(clock: SetClock) -> None:
    assert await waits_of(failing_with(None, clock=clock), clock) == []


async def test_a_wake_ends_the_sleep() -> None:
    wakeup = Wakeup()
    sleeper = asyncio.create_task(wakeup.sleep(None))
    await asyncio.sleep(0)
    assert not sleeper.done()
    wakeup.wake()
    await sleeper


async def test_a_wake_before_the_sleep_is_kept_once() -> None:
    wakeup = Wakeup()
    wakeup.wake()
    wakeup.wake()
    await wakeup.sleep(None)
    sleeper = asyncio.create_task(wakeup.sleep(None))
    await asyncio.sleep(0.01)
    assert not sleeper.done()
    sleeper.cancel()


async def test_the_time_ends_the_sleep_without_a_wake() -> None:
    await Wakeup().sleep(0.001)


async def test_tasks_get_their_time_and_the_late_are_counted() -> None:
    quick = asyncio.create_task(asyncio.sleep(0))
    slow = asyncio.create_task(asyncio.sleep(60))
    assert await cancel_and_wait([quick, slow], grace_s=0.05) == 1
    assert slow.cancelled()
    assert not quick.cancelled()


async def test_without_grace_all_are_cancelled_at_once() -> None:
    tasks = [asyncio.create_task(asyncio.sleep(60)) for _ in range(3)]
    assert await cancel_and_wait(tasks) == 3


async def test_nothing_to_end_is_fine() -> None:
    assert await cancel_and_wait([], grace_s=1) == 0
