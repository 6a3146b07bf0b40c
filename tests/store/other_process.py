"""A second process with a database of its own accord, as a real neighbour or a real victim of a crash.

`hold FILE`     opens the store, says `held`, and keeps it until its standard input is closed
`record FILE`   records jobs and settles them for ever, and says each key once its last transaction is through
`lock FILE S`   takes SQLite's own write lock past the store, says `locked`, and keeps it for S seconds
"""

import asyncio
import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.domain.jobs import JobState
from bot.store import open_store
from tests.factories import MIDNIGHT_GRID, NOW, a_job

ROOT = Path(__file__).parents[2]


@contextmanager
def other_process(*arguments: object) -> Generator[subprocess.Popen[str]]:
    """Run this module as another process, and see that it is gone at the end."""
    command = [sys.executable, "-m", "tests.store.other_process", *map(str, arguments)]
    with subprocess.Popen(  # noqa: S603 - this very file
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    """What the other process says next, an empty text once it is gone."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def hold(file: str) -> None:
    async with open_store(f"sqlite+aiosqlite:///{file}"):
        say("held")
        await asyncio.to_thread(sys.stdin.read)


async def record(file: str) -> None:
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:

        async def one_after_another() -> None:
            while True:
                job = await a_job(store, JobState.RUNNING)
                await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=NOW)
                say(job.key)

        await asyncio.gather(*(one_after_another() for _ in range(5)))


def lock(file: str, seconds: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("locked")
    time.sleep(float(seconds))
    connection.execute("ROLLBACK")
    connection.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    match sys.argv[1:]:
        case ["hold", file]:
            asyncio.run(hold(file))
        case ["record", file]:
            asyncio.run(record(file))
        case ["lock", file, seconds]:
            lock(file, seconds)
        case _:
            sys.exit(64)
