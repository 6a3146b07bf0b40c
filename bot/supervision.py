"""Loops that must not end: what goes wrong in one of them is logged, and it starts again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import BotError

log = structlog.get_logger(__name__)

RESTART_WAIT_S = 1.0
MAX_RESTART_WAIT_S = 60.0


async def supervised(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it returns: an error in a loop is logged and must not end what the others do."""
    wait_s = RESTART_WAIT_S
    while True:
        try:
            await work()
            return
        except BotError as error:
            log.error("task_failed", task=name, error=str(error), again_in_s=wait_s)  # noqa: TRY400 - a foreseen error: its text says it all
        except Exception:
            log.exception("task_crashed", task=name, again_in_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(MAX_RESTART_WAIT_S, wait_s * 2)
