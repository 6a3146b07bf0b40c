"""Loops that must not end: what goes wrong in one of them is logged, and it starts again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.clock import Clock
from bot.errors import BotError

log = structlog.get_logger(__name__)

RESTART_WAIT_S = 1.0
MAX_RESTART_WAIT_S = 60.0

STEADY_S = 300.0
"""What has run for this long starts again without a long wait."""


async def supervised(
    name: str, work: Callable[[], Awaitable[None]], *, clock: Clock, on_failure: Callable[[str], None]
) -> None:
    """Run `work` until it returns: an error in a loop is logged and counted, and must not end what the others do.

    The wait before it starts again doubles with each failure, from 1 to 60 seconds.
    """
    wait_s = RESTART_WAIT_S
    while True:
        began = clock.monotonic()
        try:
            await work()
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the other loops go on
            if clock.monotonic() - began > STEADY_S:
                wait_s = RESTART_WAIT_S
            _tell(name, error, wait_s)
            on_failure(name)
        await asyncio.sleep(wait_s)
        wait_s = min(MAX_RESTART_WAIT_S, wait_s * 2)


def _tell(name: str, error: Exception, wait_s: float) -> None:
    """A foreseen error's text says it all; any other needs its traceback."""
    if isinstance(error, BotError):
        log.error("task_failed", task=name, error=str(error), again_in_s=wait_s)
    else:
        log.error("task_crashed", task=name, again_in_s=wait_s, exc_info=error)
