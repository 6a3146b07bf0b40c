"""Sleep until woken, restarts after errors, due times, running tasks, and shutdown."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.concurrency import DueTimes, InFlight, RestartBackoff, Wakeup, cancel_and_wait, supervised
from bot.store.errors import DatabaseBusy

Work = Callable[[], Awaitable[None]]
SHORT = partial(RestartBackoff, first_s=0.001, max_s=0.004, steady_s=300)


class SetClock(Clock):
    """Monotonic time that a test sets."""

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
    """The waits between the runs, as logged; each failure is reported by the task's name."""
    failures: list[str] = []
    with capture_logs() as logs:
        await supervised("tracker", work, clock=clock, on_failure=failures.append, restarts=SHORT())
    assert failures == ["tracker"] * len(logs)
    assert {line["task"] for line in logs} <= {"tracker"}
    return [line["retry_in_s"] for line in logs]


async def test_a_failed_loop_restarts_after_doubled_waits_up_to_a_maximum(clock: SetClock) -> None:
    work = failing_with(*([RuntimeError("x")] * 4), None, clock=clock)
    assert await waits_of(work, clock) == [0.001, 0.002, 0.004, 0.004]
    assert await waits_of(failing_with(None, clock=clock), clock) == []


async def test_a_steady_run_resets_the_wait(clock: SetClock) -> None:
    work = failing_with(*([RuntimeError("x")] * 3), None, lasting_s=301, clock=clock)
    assert await waits_of(work, clock) == [0.001, 0.001, 0.001]


async def test_only_unforeseen_errors_are_logged_with_a_traceback(clock: SetClock) -> None:
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


async def test_a_wake_ends_the_sleep_and_is_kept_once_for_the_next() -> None:
    wakeup = Wakeup()
    wakeup.wake()
    wakeup.wake()
    await wakeup.sleep(None)
    sleeper = asyncio.create_task(wakeup.sleep(None))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not sleeper.done()
    wakeup.wake()
    await sleeper


async def test_a_sleep_ends_by_time_without_a_wake() -> None:
    await Wakeup().sleep(0.001)


async def test_shutdown_grants_the_grace_period_and_counts_cancelled_tasks() -> None:
    quick = asyncio.create_task(asyncio.sleep(0))
    slow = [asyncio.create_task(asyncio.sleep(60)) for _ in range(3)]
    assert await cancel_and_wait([quick, slow[0]], grace_s=0.05) == 1
    assert await cancel_and_wait(slow[1:]) == 2
    assert await cancel_and_wait([], grace_s=1) == 0
    assert [task.cancelled() for task in (quick, *slow)] == [False, True, True, True]


def test_keys_are_due_once_in_the_order_of_their_times() -> None:
    due = DueTimes()
    assert (due.next_in_s(5.0), list(due.take_due(5.0))) == (None, [])
    for key, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        due.schedule(key, at)
    assert due.next_in_s(4.0) == 6.0
    assert list(due.take_due(20.0)) == [2, 3]
    assert due.next_in_s(50.0) == 0.0
    assert list(due.take_due(50.0)) == [1]
    assert due.next_in_s(50.0) is None


def test_the_earlier_of_two_times_of_a_key_counts() -> None:
    due = DueTimes()
    for at in (30.0, 10.0, 20.0):
        due.schedule(1, at)
    assert list(due.take_due(15.0)) == [1]
    assert list(due.take_due(99.0)) == []


def test_a_cancelled_key_is_not_due_until_scheduled_again() -> None:
    due = DueTimes()
    due.schedule(1, 10.0)
    assert (due.first(), due.first()) == ((10.0, 1), (10.0, 1))
    due.cancel(1)
    assert due.next_in_s(0.0) is None
    due.schedule(1, 40.0)
    assert due.next_in_s(0.0) == 40.0
    assert list(due.take_due(40.0)) == [1]


async def test_tasks_are_in_flight_until_they_have_ended() -> None:
    ended: list[asyncio.Task[int]] = []
    running = InFlight[str, int](on_end=ended.append)
    gate = asyncio.Event()

    async def work(result: int) -> int:
        await gate.wait()
        return result

    # Two tasks of one subject: the end of the first must not hide the second.
    tasks = [running.start("a", work(1), name="a 1"), running.start("a", work(2), name="a 2")]
    assert (len(running), "a" in running, running.task_of("b")) == (2, True, None)
    assert (running.task_of("a"), running.subjects(), running.tasks()) == (tasks[0], ["a", "a"], tasks)
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    assert (ended, running.tasks()) == (tasks[:1], tasks[1:])
    gate.set()
    assert await tasks[1] == 2
    await asyncio.sleep(0)
    assert (ended, len(running)) == (tasks, 0)
