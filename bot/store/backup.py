"""A copy of a SQLite database, taken while a bot works on it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr

from bot.store.database import BUSY_TIMEOUT_S, parse_url, sqlite_path
from bot.store.driver_errors import sqlite_reason
from bot.store.errors import BackupRefused, BackupUnsupported, DatabaseUnusable
from bot.store.file_lock import PRIVATE_MODE

_COMPANIONS = ("", "-journal", "-wal", "-shm")
"""What SQLite may have made for the copy when it fails: the file and what stands beside it."""


def back_up(database_url: SecretStr, target: Path) -> int:
    """Copy the database into a new file that only this user can read; returns its size in bytes.

    The copy shows one moment, as a transaction does. A running bot need not know of it: in WAL mode a reader holds no
    writer up. What cannot be copied whole and sound is not left behind.

    Raises:
        BackupUnsupported: it is a server's database.
        BackupRefused: the file exists, or cannot be written.
        DatabaseUnusable: the database is not there, or damaged.
    """
    url = parse_url(database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        raise BackupUnsupported("PostgreSQL has a tool of its own for copies: use pg_dump.")
    source = sqlite_path(url)
    if not source.is_file():
        raise DatabaseUnusable(f"There is no database {source}.")
    return copy_database(source, target)


def copy_database(source: Path, target: Path) -> int:
    """Copy a SQLite file into a new one, whole and checked, or not at all; returns its size in bytes. Raises as above."""
    _make_private(target)
    try:
        _copy(source, target)
        _check(source, target)
        return target.stat().st_size
    except BaseException:
        for suffix in _COMPANIONS:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        raise


def _make_private(target: Path) -> None:
    """Make the file before SQLite does: never over another one, and with a mode that leaves nothing to the umask."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
        try:
            os.fchmod(descriptor, PRIVATE_MODE)
        finally:
            os.close(descriptor)
    except FileExistsError:
        raise BackupRefused(f"{target} exists already; a backup overwrites nothing.") from None
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written: {error.strerror}.") from error


def _copy(source: Path, target: Path) -> None:
    with closing(_opened(source)) as original, closing(_opened(target)) as copy:
        try:
            original.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error as error:
            raise DatabaseUnusable(
                f"The database {source} cannot be read: {sqlite_reason(error)}."
            ) from error
        try:
            original.backup(copy)
        except sqlite3.Error as error:
            raise BackupRefused(f"The copy could not be made: {sqlite_reason(error)}.") from error


def _check(source: Path, target: Path) -> None:
    """See that the copy is sound, and leave it as one file without companions; the bot turns WAL on again."""
    with closing(_opened(target)) as copy:
        try:
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.Error as error:
            found = sqlite_reason(error)
    if found != "ok":
        raise DatabaseUnusable(f"The database {source} is damaged: {found}. Restore an earlier backup.")


def _opened(file: Path) -> sqlite3.Connection:
    # Without `mode`, SQLite would make a file where there is none. Reading alone would not do: whoever opens a file in
    # WAL mode first has to write its index.
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S)
