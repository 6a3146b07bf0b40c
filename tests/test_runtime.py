"""A task that ends unexpectedly ends the program, and is named."""

import asyncio

from bot.errors import ExitCode, Fatal
from bot.runtime import end_reason
from bot.store.errors import DatabaseUnusable


async def ended(task: "asyncio.Task[None]") -> "asyncio.Task[None]":
    await asyncio.wait([task])
    return task


async def test_a_task_that_ends_without_an_error_is_fatal_by_name() -> None:
    why = end_reason("tracker", await ended(asyncio.create_task(asyncio.sleep(0))))
    assert isinstance(why, Fatal)
    assert why.code is ExitCode.SOFTWARE
    assert "'tracker'" in str(why)


async def test_a_cancelled_task_is_fatal_by_name() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    assert isinstance(end_reason("cards", await ended(task)), Fatal)


async def test_a_failed_task_ends_the_program_with_its_error() -> None:
    async def fails() -> None:
        raise DatabaseUnusable("it is damaged")

    assert isinstance(end_reason("discord", await ended(asyncio.create_task(fails()))), DatabaseUnusable)
