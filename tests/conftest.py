"""What every test may count on."""

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.fuzzing import cases

# No deadline: a time in a test says more about the machine than about the program. In CI the cases are the same every
# time; by hand they are new ones, and what fails is printed so that it can be replayed.
settings.register_profile(
    "here",
    max_examples=cases(100, share=4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("here")

pytest_plugins = ["tests.databases"]

# To draw a traceback with its source takes structlog 20 ms, and nobody sees what is logged in the tests' own processes.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
)

MEMORY = Path("/dev/shm")  # noqa: S108 - only folders of the test run's own are made in it
IN_ONE_WORKER = ("browser", "rehearse")
"""Folders whose tests share one costly fixture."""
STARTING_PROGRAMS = {
    Path(__file__).parent / name for name in ("browser", "e2e", "faults", "load", "sandbox", "soak")
}
LONG = {
    "test_discord_faults.py",
    "test_error_codes.py",
    "test_systemd_upgrade.py",
    "test_whisul_files.py",
    "test_whisul_polls.py",
    "test_whisul_reach.py",
    "test_worked_examples.py",
}
"""Files with tests of 15 seconds and more, beside those that have a time limit of their own."""
ROOM_BYTES = 2 * 1024**3

# A wait for the disk proves nothing here, since no test cuts the power, and on a shared machine it is most of the time that
# the tests take. `make faults`, `make load`, `make soak` and `make bench` stay on the disk.
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

# No test asks a server that proves who it is. To load the authorities of the system takes aiohttp 0.1 s in each process.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)


class SharingFolders(LoadScopeScheduling):
    """Gives the tests of each folder of `IN_ONE_WORKER` to one worker, and all others one by one.

    pytest-xdist's own groups stand at the end of a test's ID, where pytest 9.2 does not keep them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((name for name in IN_ONE_WORKER if nodeid.startswith(f"tests/{name}/")), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingFolders:
    """Distribute the tests."""
    return SharingFolders(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of a folder that one worker runs, then with those that may take long.

    No worker has a long test to itself in the end.
    """

    def place(item: pytest.Item) -> int:
        if item.path.parent.name in IN_ONE_WORKER:
            return 0
        return 1 if item.get_closest_marker("timeout") or item.path.name in LONG else 2

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Leave all that is loaded by now out of garbage collections."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Where a test starts programs, measure the coverage of these alone.

    Of the bot such a test itself runs next to nothing, and measured it takes twice as long.
    """
    own = coverage.Coverage.current() if STARTING_PROGRAMS & set(item.path.parents) else None
    if own is None:
        return (yield)
    own.stop()
    try:
        return (yield)
    finally:
        own.start()
