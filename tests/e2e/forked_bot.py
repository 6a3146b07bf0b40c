"""The bot's processes as the tests start them: forked from one that has loaded the bot's modules and run a bot once.

From there on each is a process like any other. `python -m bot` itself is started where a test is about that, and where Python
has to hear of a setting before anything else.
"""

import asyncio
import atexit
import fcntl
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

from sandbox.bot_process import ROOT, RUN, BotProcess, Process
from tests.e2e.fork_server import STAY, receive, send
from tests.e2e.forked_process import MEASURING, ForkRequest

HEARD_AT_ONCE = frozenset({"PYTHONUTF8"})
"""Settings that Python reads once, when it starts."""

SQLITE = "sqlite+aiosqlite:///"


class ForkedBot(BotProcess):
    """A bot that starts fast, wherever nothing speaks against it.

    Where there is no database yet, it starts with a copy of `migrated`.
    """

    migrated: Path | None = None

    async def discard(self) -> None:
        """End it if it runs: by SIGKILL, unless its coverage is to be written at the end."""
        if self.started:
            await (self.stop() if any(map(os.environ.get, MEASURING)) else self.kill())

    async def _spawned(self, environment: dict[str, str]) -> Process:
        if self._command != RUN or HEARD_AT_ONCE & self._settings.keys():
            return await super()._spawned(environment)
        if self.migrated is not None:
            copy_tables(self.migrated, environment["DATABASE_URL"])
        return _forked(("run",), environment, self._folder, self._log_file, self._log_file)


@cache
def join_fork_server() -> None:
    """Start the server, unless another worker has, and keep it until this worker ends."""
    path = _server_path()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _start_server(path)
        connection = _connected(path)
    send(connection, STAY)
    atexit.register(connection.close)


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

    def __init__(self, pid: int, lines: BinaryIO) -> None:
        self.pid = pid
        self._lines = lines
        self._exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        # The server closes the connection after the exit code, which may have come already.
        asyncio.get_running_loop().add_reader(lines, self._see_the_end)

    def _see_the_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._lines)
        with self._lines:
            self._exit_code.set_result(receive(self._lines))

    @property
    def returncode(self) -> int | None:
        return self._exit_code.result() if self._exit_code.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._exit_code)

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


def _forked(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path, out: Path, err: Path
) -> Process:
    join_fork_server()
    for output in (out, err):
        output.touch()  # by us, whatever the limits of the new process
    request = ForkRequest(
        arguments=list(arguments),
        environment=dict(environment),
        folder=str(folder),
        out=str(out),
        err=str(err),
        max_file_bytes=resource.getrlimit(resource.RLIMIT_FSIZE)[0],
    )
    with _connected(_server_path()) as connection:
        send(connection, request)
        lines = connection.makefile("rb")  # which keeps the connection open
    pid = receive(lines)
    assert pid is not None, "the fork server has ended; what it said is above"
    return _Forked(pid, lines)


@cache
def _server_path() -> Path:
    """The socket of the server that all workers of this test run share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    return Path(tempfile.gettempdir()) / f"forks-{os.getuid()}-{run}" / "socket"


def _start_server(path: Path) -> None:
    # It is not measured, since it does nothing itself. Ctrl-C is for the workers, whose end is its end.
    server = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.e2e.fork_server", str(path)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in MEASURING},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(server.poll)
    assert server.stdout is not None, "it is a pipe"
    with server.stdout:
        server.stdout.readline()


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    return connection
