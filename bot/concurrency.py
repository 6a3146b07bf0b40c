"""Tools for loops and tasks: sleep until woken, due times, running tasks, restart after an error, shutdown."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from bot.clock import Clock
from bot.errors import BotError, Fatal

log = structlog.get_logger(__name__)

CHECK_EVERY_S = 0.1

Subject = TypeVar("Subject")
Result = TypeVar("Result")


class Wakeup:
    """An event that ends a loop's sleep early. A wake while nobody sleeps ends the next sleep at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """End the current sleep, or else the next one."""
        self._event.set()

    async def sleep(self, at_most_s: float | None) -> None:
        """Return at the next `wake`, or after `at_most_s` seconds (None: only at a `wake`)."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._event.wait()
        except TimeoutError:
            # Not cleared: a wake that came together with the time-out ends the next sleep.
            return
        # Before the caller looks for work: a wake from here on ends its next sleep, so that none is lost.
        self._event.clear()


class DueTimes:
    """When each key is due, in monotonic seconds: a heap with lazy deletion. A key has one time at most."""

    def __init__(self) -> None:
        self._due_at: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def schedule(self, key: int, at: float) -> bool:
        """Have the key due then, unless it is due earlier anyway; returns whether it is now the first that is due."""
        if at >= self._due_at.get(key, float("inf")):
            return False
        self._due_at[key] = at
        heapq.heappush(self._heap, (at, key))
        return self._heap[0] == (at, key)

    def cancel(self, key: int) -> None:
        """Have the key no longer due."""
        self._due_at.pop(key, None)

    def take_due(self, now: float) -> Iterator[int]:
        """The keys that are due, those due for longest first; each is cancelled as it is yielded."""
        while (first := self.first()) is not None and first[0] <= now:
            self.cancel(first[1])
            yield first[1]

    def next_in_s(self, now: float) -> float | None:
        """Seconds until a key is due, 0 if one is; None while there is none."""
        first = self.first()
        return None if first is None else max(0.0, first[0] - now)

    def first(self) -> tuple[float, int] | None:
        """The earliest time, with its key; None while there is none."""
        # Entries that were cancelled, or replaced by an earlier time, are dropped here instead of being searched for.
        while self._heap and self._due_at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None


class InFlight(Generic[Subject, Result]):
    """Running tasks, each with what it works on. A task leaves when it has ended, before `on_end` is called with it."""

    def __init__(self, on_end: Callable[[asyncio.Task[Result]], None] | None = None) -> None:
        # By task, since a subject can have two for a moment: an ended one leaves only when the loop runs its callback.
        self._subjects: dict[asyncio.Task[Result], Subject] = {}
        self._on_end = on_end

    def start(
        self, subject: Subject, work: Coroutine[Any, Any, Result], *, name: str
    ) -> asyncio.Task[Result]:
        """Run `work` as a task, which is kept by reference until it ends."""
        task = asyncio.create_task(work, name=name)
        self._subjects[task] = subject
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Result]) -> None:
        del self._subjects[task]
        if self._on_end is not None:
            self._on_end(task)

    def __len__(self) -> int:
        return len(self._subjects)

    def __contains__(self, subject: Subject) -> bool:
        return subject in self._subjects.values()

    def task_of(self, subject: Subject) -> asyncio.Task[Result] | None:
        """A task that works on the subject; None while there is none."""
        return next((task for task, each in self._subjects.items() if each == subject), None)

    def subjects(self) -> list[Subject]:
        """What is worked on."""
        return list(self._subjects.values())

    def tasks(self) -> list[asyncio.Task[Result]]:
        """The running tasks."""
        return list(self._subjects)


@dataclass(slots=True)
class RestartBackoff:
    """The waits before restarts, in seconds: doubled from `first_s` to `max_s`, and reset by a run longer than `steady_s`."""

    first_s: float
    max_s: float
    steady_s: float
    _next_s: float = 0.0

    def next_wait_s(self, ran_s: float) -> float:
        """The wait after a run of `ran_s` seconds."""
        wait_s = self.first_s if ran_s > self.steady_s else max(self.first_s, self._next_s)
        self._next_s = min(self.max_s, wait_s * 2)
        return wait_s


def loop_backoff() -> RestartBackoff:
    """The waits of a loop: from 1 to 60 s, and from 1 s again after 5 minutes without an error."""
    return RestartBackoff(first_s=1.0, max_s=60.0, steady_s=300.0)


async def supervised(
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    on_failure: Callable[[str], None],
    restarts: RestartBackoff | None = None,
) -> None:
    """Run `work` until it returns; after an error, log it, call `on_failure` with the name, wait, and run it again.

    Raises:
        Fatal: `work` has raised it; the program is to end.
    """
    restarts = restarts or loop_backoff()
    while True:
        began = clock.monotonic()
        try:
            await work()
            return
        except Fatal:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other loops go on
            wait_s = restarts.next_wait_s(clock.monotonic() - began)
            _log_failure(name, error, wait_s)
            on_failure(name)
        await asyncio.sleep(wait_s)


def _log_failure(name: str, error: Exception, wait_s: float) -> None:
    """Log a BotError as a sentence, and any other error with its traceback."""
    if isinstance(error, BotError):
        log.error("task_failed", task=name, error=str(error), retry_in_s=wait_s)
    else:
        log.error("task_crashed", task=name, retry_in_s=wait_s, exc_info=error)


async def wait_until(condition: Callable[[], Awaitable[bool]], *, timeout_s: float, clock: Clock) -> bool:
    """Check a condition every 0.1 s until it holds; False when it still does not after `timeout_s`.

    For states in the database, which any task may write. The condition is checked at least once.
    """
    give_up_at = clock.monotonic() + timeout_s
    while not await condition():
        if clock.monotonic() >= give_up_at:
            return False
        await asyncio.sleep(CHECK_EVERY_S)
    return True


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]], *, grace_s: float = 0) -> int:
    """Wait `grace_s` seconds for tasks, then cancel the rest and wait for them; returns how many were cancelled.

    Unfinished work is recorded in the database and resumed at the next start.
    """
    pending = set(tasks)
    if pending and grace_s:
        _, pending = await asyncio.wait(pending, timeout=grace_s)
    for task in pending:
        task.cancel()
    # `wait` raises no error of a task, so that all of them are awaited.
    if pending:
        await asyncio.wait(pending)
    return len(pending)
