"""The lock by which one process owns a SQLite file, and the modes of its files."""

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
    """Create the file and its folder if missing, make them private to this user, and hold the lock for the block.

    The kernel releases the lock when the process ends: a lock file that a crash leaves behind locks nothing. It is never
    deleted, because one process could hold the deleted file while another locks a new one of that name.

    Raises:
        DatabaseBusy: another process (or another store of this one) holds it.
        DatabaseUnusable: the file system refuses the folder, the lock or the file.
    """
    with _as_database_errors(database):
        database.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        lock = _open_private(lock_path(database))
    try:
        with _as_database_errors(database):
            _acquire(lock, database)
            # Created here and not by SQLite, which would leave its mode to the umask; -wal and -shm inherit the mode.
            # Before SQLite opens it: closing any descriptor of the file would release SQLite's own POSIX locks.
            os.close(_open_private(database))
            _make_leftovers_private(database)
        yield
    finally:
        os.close(lock)


def lock_path(database: Path) -> Path:
    """The path of the lock file, beside the database."""
    return database.with_name(f"{database.name}.lock")


@contextmanager
def _as_database_errors(database: Path) -> Generator[None]:
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
        # Another user's file, or a file system without modes: usable, but its mode cannot be changed.
        log.warning(
            "file_mode_not_set", file=str(path), remedy="have the bot's user own the file: it holds prompts"
        )
    return descriptor


def _make_leftovers_private(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        leftover = database.with_name(database.name + suffix)
        if leftover.exists():
            os.close(_open_private(leftover))


def _acquire(lock: int, database: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DatabaseBusy(
            f"The database {database} is in use by another bot{_holder_note(lock)}. "
            "Stop that one first, or set another DATABASE_URL."
        ) from None
    # Only for the message above: the kernel holds the lock, not the content of the file.
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _holder_note(lock: int) -> str:
    pid = os.pread(lock, 20, 0).strip()
    return f" (process {pid.decode()})" if pid.isdigit() else ""
