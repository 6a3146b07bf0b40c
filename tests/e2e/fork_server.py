"""The process from which the tests fork their bots: it has loaded the bot's modules and run a bot once.

Loading and first uses are most of a start, and the tests start a bot many hundred times. All workers of a test run share one
such process, `python -m tests.e2e.fork_server SOCKET`. It ends with the last of them, and kills what still runs.

A worker's first connection says "stay" and is kept open. Each other one asks for a process with a JSON object on one line, and
gets two lines: the process ID, and after its end the exit code.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

STAY = "stay"
MAX_WAITING = 512


def send(connection: socket.socket, message: Any) -> None:
    """Send a line of JSON."""
    connection.sendall(json.dumps(message).encode() + b"\n")


def receive(lines: BinaryIO) -> Any:
    """The next line of a connection; None if the other end is gone."""
    line = lines.readline()
    return json.loads(line) if line else None


class ForkServer:
    """Forks processes that `run` what was asked for."""

    def __init__(self, listener: socket.socket, run: Callable[[Any], None]) -> None:
        self._listener = listener
        self._run = run
        self._workers = set[socket.socket]()
        self._asked: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._ended, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)
        self._selector.register(self._ended, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        """Serve until the last worker is gone."""
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        self._accept()
        while self._workers:
            for key, _ in self._selector.select():
                key.data()
        for pid in self._asked:
            os.kill(pid, signal.SIGKILL)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        with connection.makefile("rb") as lines:
            request = receive(lines)
        if request == STAY:
            self._workers.add(connection)
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._lose(connection))
        elif pid := os.fork():
            self._asked[pid] = connection
            send(connection, pid)
        else:
            connection.close()
            self._become(request)

    def _lose(self, worker: socket.socket) -> None:
        self._selector.unregister(worker)
        self._workers.remove(worker)
        worker.close()

    def _reap(self) -> None:
        self._ended.recv(4096)
        while self._asked:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._asked.pop(pid) as connection, contextlib.suppress(OSError):
                send(connection, os.waitstatus_to_exitcode(status))

    def _become(self, request: Any) -> None:
        """In the new process: close what is the server's, run, and end without what the server has left to do."""
        code: Any = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for others in (
                self._listener,
                self._ended,
                self._wakes,
                *self._workers,
                *self._asked.values(),
            ):
                others.close()
            self._run(request)
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException:  # noqa: BLE001 - nothing may go on as a second server
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def main(path: str) -> None:
    """Serve at a socket. The line that is printed says that it takes connections."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(MAX_WAITING)
    print(flush=True)  # noqa: T201
    try:
        import_module("tests.e2e.preloaded")
        ForkServer(listener, import_module("tests.e2e.forked_process").run).serve()
    finally:
        shutil.rmtree(Path(path).parent)


if __name__ == "__main__":
    main(sys.argv[1])
