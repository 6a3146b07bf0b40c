"""A second process that uses a SQLite database, and may be killed.

`hold FILE`     opens the store, prints `held`, and keeps it open until its standard input is closed
`record FILE`   records and settles jobs until it is killed, and prints each key after its last commit
"""

import asyncio
import logging
import subprocess
import sys
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
    """Run this module as another process; it has ended when the block is left."""
    command = [sys.executable, "-m", "tests.store.other_process", *map(str, arguments)]
    with subprocess.Popen(  # noqa: S603 - this very file
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()
    assert process.poll() is not None


def next_line(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints, empty once it has ended."""
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


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    match sys.argv[1:]:
        case ["hold", file]:
            asyncio.run(hold(file))
        case ["record", file]:
            asyncio.run(record(file))
        case _:
            sys.exit(64)
