"""The bot's processes as the tests start them: forked from one that has loaded its modules and run a bot once.

Loading and first uses are most of a start, and the tests start a bot many hundred times. From there on it is a process like any
other: its own environment, folder, log, signals and exit code. `python -m bot` itself is started where a test is about that,
and where Python has to hear of a setting before anything else.
"""

import asyncio
import io
import multiprocessing
import os
import resource
import runpy
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import coverage

from sandbox.bot_process import RUN, BotProcess, Process

HEARD_AT_ONCE = frozenset({"PYTHONUTF8"})
"""Settings that Python reads once, when it starts."""

OUTSIDE = Path(__file__).parent / "outside"
SQLITE = "sqlite+aiosqlite:///"

_MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.e2e.preloaded"])


class ForkedBot(BotProcess):
    """A bot that starts fast, wherever nothing speaks against it.

    Where there is no database yet, it starts with a copy of `migrated`.
    """

    migrated: Path | None = None

    async def discard(self) -> None:
        """End it if it runs: by SIGKILL, unless its coverage is to be written at the end."""
        if self.started:
            await (self.stop() if any(map(os.environ.get, _MEASURING)) else self.kill())

    async def _spawned(self, environment: dict[str, str]) -> Process:
        if self._command != RUN or HEARD_AT_ONCE & self._settings.keys():
            return await super()._spawned(environment)
        if self.migrated is not None:
            copy_tables(self.migrated, environment["DATABASE_URL"])
        return _forked(("run",), environment, self._folder, self._log_file, self._log_file)


async def forked_command(
    *arguments: str, folder: Path, environment: Mapping[str, str], timeout_s: float
) -> tuple[int, bytes, bytes]:
    """Have `python -m bot` do something in a folder; returns its exit code and what it wrote to both outputs.

    Raises:
        TimeoutError: it did not end in time, and was asked to stop.
    """
    with tempfile.TemporaryDirectory() as made:
        outputs = [Path(made) / name for name in ("out", "err")]
        process = _forked(arguments, environment, folder, *outputs)
        try:
            code = await asyncio.wait_for(process.wait(), timeout_s)
        except TimeoutError:
            process.send_signal(signal.SIGTERM)
            raise
        out, err = (output.read_bytes() for output in outputs)
    return code, out, err


class _Forked:
    """A forked process as asyncio would show it."""

    def __init__(self, forked: ForkServerProcess) -> None:
        self._forked = forked
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(forked.sentinel, self._see_the_end)

    def _see_the_end(self) -> None:
        self._loop.remove_reader(self._forked.sentinel)
        self._forked.join()
        self._ended.set()

    @property
    def pid(self) -> int:
        pid = self._forked.pid
        assert pid is not None, "it has been started"
        return pid

    @property
    def returncode(self) -> int | None:
        return self._forked.exitcode if self._ended.is_set() else None

    async def wait(self) -> int:
        await self._ended.wait()
        code = self._forked.exitcode
        assert code is not None, "it has ended"
        return code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def copy_tables(migrated: Path, url: str) -> None:
    """Put an empty database with its tables where the URL wants it, unless something is there."""
    file = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and file.is_absolute() and not file.parent.exists():
        file.parent.mkdir(mode=0o700)
        shutil.copyfile(migrated, file)
        file.chmod(0o600)


def _start_server() -> None:
    """Start what forks, unless it runs: not measured, for it carries nothing out."""
    hidden = {name: os.environ.pop(name) for name in _MEASURING if name in os.environ}
    try:
        forkserver.ensure_running()
    finally:
        os.environ.update(hidden)


def _forked(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path, out: Path, err: Path
) -> Process:
    _start_server()
    for output in (out, err):
        output.touch()  # by us, whatever the limits of the new process
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    forked = _forks.Process(target=_run, args=(arguments, dict(environment), folder, (out, err), limits))
    forked.start()
    return _Forked(forked)


def _run(
    arguments: tuple[str, ...],
    environment: dict[str, str],
    folder: Path,
    outputs: tuple[Path, Path],
    limits: tuple[int, int],
) -> None:
    """In the new process: `python -m bot` with its arguments."""
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for output, stream in zip(outputs, (sys.stdout, sys.stderr), strict=True):
        assert isinstance(stream, io.TextIOWrapper), "it was opened by Python"
        stream.reconfigure(encoding=environment.get("PYTHONIOENCODING", "utf-8"))
        file = os.open(output, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, stream.fileno())
        os.close(file)
    if str(OUTSIDE) in environment.get("PYTHONPATH", "").split(os.pathsep):
        runpy.run_path(str(OUTSIDE / "sitecustomize.py"))
    is_measured = any(map(os.environ.get, _MEASURING))
    measuring: Any = coverage.process_startup() if is_measured else None
    sys.argv = ["bot", *arguments]
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    finally:
        if measuring is not None:
            measuring.stop()
            measuring.save()
