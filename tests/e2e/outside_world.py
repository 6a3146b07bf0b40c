"""Changes the bot's environment from outside: disk, clock, permissions. See `outside/sitecustomize.py`."""

import asyncio
import resource
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.bot_process import ROOT, BotProcess
from tests.e2e.forked_bot import join_fork_server
from tests.e2e.forked_process import OUTSIDE
from tests.e2e.rig import PATIENCE_S, Rig

PYTHONPATH = f"{OUTSIDE}:{ROOT}"
MODES_BIND = {"PYTHONPATH": PYTHONPATH, "OUTSIDE_MODES_BIND": "1"}
"""Settings that make file modes apply to the bot even as root."""


class WallClock:
    """The wall clock of the bot's machine, which can be stepped while it runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._off_s = 0.0
        self.step(0)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a bot that uses this clock."""
        return {"PYTHONPATH": PYTHONPATH, "OUTSIDE_CLOCK": str(self._file)}

    def now(self) -> datetime:
        """The time it shows."""
        return datetime.now(UTC) + timedelta(seconds=self._off_s)

    def step(self, seconds: float) -> None:
        """Set it forward, or with a negative number back."""
        self._off_s += seconds
        new = self._file.with_suffix(".new")
        new.write_text(f"{self._off_s}", encoding="ascii")
        new.replace(self._file)  # the bot never reads half a number


def limit_files(bot: BotProcess, size_bytes: int | None) -> None:
    """Limit the file size of the running bot (RLIMIT_FSIZE); None removes the limit."""
    _, hard = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    soft = hard if size_bytes is None else size_bytes
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_room(bot: BotProcess) -> Generator[None]:
    """A full disk: as long as this lasts, the bot can write nothing to any file, its log included."""
    limit_files(bot, 0)
    try:
        yield
    finally:
        limit_files(bot, None)


@contextmanager
def little_room_for_new_processes(size_bytes: int) -> Generator[None]:
    """Processes started within the block can write files of this size only."""
    join_fork_server()  # which writes larger ones
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def ended(rig: Rig) -> tuple[int, str]:
    """Wait until the bot ends by itself; returns its exit code and the last line that it wrote."""
    code = await asyncio.wait_for(rig.bot.process.wait(), PATIENCE_S)
    return code, rig.bot.log.splitlines()[-1]
