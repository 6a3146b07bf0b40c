"""A SQLite file as one process's own: its folder, its lock and its modes."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.store.errors import DatabaseBusy, DatabaseUnusable

log = structlog.get_logger(__name__)

PRIVATE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700


@contextmanager
def lock_file(database: Path) -> Generator[None]:
    """Make the file and its folder at need, see that nobody else can read it, and hold its lock for the block.

    The kernel drops the lock with the process, so what a crash leaves behind is only a file and holds nobody up.
    The lock file is never deleted: one process could hold the deleted file while another locks its successor.

    Raises:
        DatabaseBusy: another process (or another store of this one) holds it.
        DatabaseUnusable: the file system refuses the folder, the lock or the file.
    """
    with _file_system_faults(database):
        database.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        lock = _open_private(lock_path(database))
    try:
        with _file_system_faults(database):
            _seize(lock, database)
            # Made here and not by SQLite, which would leave its mode to the umask; -wal and -shm inherit it.
            # Nobody may close this file by hand while SQLite has it open: that drops SQLite's own POSIX locks.
            os.close(_open_private(database))
            _tighten_leftovers(database)
        yield
    finally:
        os.close(lock)


def lock_path(database: Path) -> Path:
    """Where the lock of a database file lies: beside it."""
    return database.with_name(f"{database.name}.lock")


@contextmanager
def _file_system_faults(database: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename not in (None, str(database)) else ""
        raise DatabaseUnusable(
            f"The database {database} cannot be opened: {error.strerror}{place}."
        ) from error


def _open_private(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_MODE)
    try:
        os.fchmod(descriptor, PRIVATE_MODE)
    except PermissionError:
        # Another user's file, or a file system without modes: usable, but not ours to close to others.
        log.warning(
            "file_mode_not_set", file=str(path), remedy="have the bot's user own the file: it holds prompts"
        )
    return descriptor


def _tighten_leftovers(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        leftover = database.with_name(database.name + suffix)
        if leftover.exists():
            os.close(_open_private(leftover))


def _seize(lock: int, database: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DatabaseBusy(
            f"The database {database} is in use by another bot{_holder(lock)}. "
            "Stop that one first, or set another DATABASE_URL."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _holder(lock: int) -> str:
    pid = os.pread(lock, 20, 0).strip()
    return f" (process {pid.decode()})" if pid.isdigit() else ""
