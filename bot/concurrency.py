"""How the program's loops sleep, start again after an error, and end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from bot.clock import Clock
from bot.errors import BotError

log = structlog.get_logger(__name__)

CHECK_EVERY_S = 0.1


class Wakeup:
    """What a loop sleeps on: returns when it is set or the time is up. Set while nobody sleeps, it is kept for the next sleep."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """End the sleep: there is something to do."""
        self._event.set()

    async def sleep(self, at_most_s: float | None) -> None:
        """Return at the next `wake`, or after `at_most_s` seconds (None: only at a `wake`)."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


@dataclass(slots=True)
class RestartWait:
    """The growing pause before something starts again, in seconds.

    It doubles from `first_s` to `max_s`, and begins anew after a run of more than `steady_s`.
    """

    first_s: float
    max_s: float
    steady_s: float
    _next_s: float = 0.0

    def after(self, ran_s: float) -> float:
        """The pause after a run of `ran_s` seconds."""
        wait_s = self.first_s if ran_s > self.steady_s else max(self.first_s, self._next_s)
        self._next_s = min(self.max_s, wait_s * 2)
        return wait_s


def loop_restarts() -> RestartWait:
    """The pauses of a loop that fails: from 1 to 60 s, and from 1 s again after 5 minutes without a failure."""
    return RestartWait(first_s=1.0, max_s=60.0, steady_s=300.0)


async def supervised(
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    on_failure: Callable[[str], None],
    restarts: RestartWait | None = None,
) -> None:
    """Run `work` until it returns: an error in a loop is logged and counted, and must not end what the others do."""
    restarts = restarts or loop_restarts()
    while True:
        began = clock.monotonic()
        try:
            await work()
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the other loops go on
            wait_s = restarts.after(clock.monotonic() - began)
            _log_failure(name, error, wait_s)
            on_failure(name)
        await asyncio.sleep(wait_s)


def _log_failure(name: str, error: Exception, wait_s: float) -> None:
    """A foreseen error's text says it all; any other needs its traceback."""
    if isinstance(error, BotError):
        log.error("task_failed", task=name, error=str(error), again_in_s=wait_s)
    else:
        log.error("task_crashed", task=name, again_in_s=wait_s, exc_info=error)


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
    """Give tasks `grace_s` seconds, then cancel them; returns how many were not through.

    What they leave unfinished stands in the database and is found again at the next start.
    """
    pending = set(tasks)
    if pending and grace_s:
        _, pending = await asyncio.wait(pending, timeout=grace_s)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)
    return len(pending)
