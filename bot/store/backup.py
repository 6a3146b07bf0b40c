"""Copies a SQLite database while a bot may be using it."""

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
"""Suffixes of the files that SQLite may have created for a copy: all are deleted when it fails."""


def back_up(database_url: SecretStr, target: Path) -> int:
    """Copy the database into a new file that only this user can read; returns its size in bytes.

    The copy has the state of one moment, as a transaction sees it. A running bot is not disturbed: in WAL mode readers do
    not block writers. When the copy fails or is damaged, no file is left behind.

    Raises:
        BackupUnsupported: it is a PostgreSQL database.
        BackupRefused: the file exists, or cannot be written.
        DatabaseUnusable: the database does not exist, or is damaged.
    """
    url = parse_url(database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        raise BackupUnsupported("PostgreSQL has a tool of its own for copies: use pg_dump.")
    source = sqlite_path(url)
    if not source.is_file():
        raise DatabaseUnusable(f"There is no database {source}.")
    return copy_database(source, target)


def copy_database(source: Path, target: Path) -> int:
    """Copy a SQLite file into a new one and check it; returns its size in bytes. Raises as `back_up` does."""
    _create_private(target)
    try:
        _copy(source, target)
        _check_integrity(source, target)
        return target.stat().st_size
    # A cancellation or Ctrl-C too: half a copy must not be taken for a backup.
    except BaseException:
        for suffix in _COMPANIONS:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        raise


def _create_private(target: Path) -> None:
    """Create the file before SQLite does: it must not exist yet, and its mode must not depend on the umask."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
        try:
            os.fchmod(descriptor, PRIVATE_MODE)
        finally:
            os.close(descriptor)
    except FileExistsError:
        raise BackupRefused(
            f"{target} already exists. Choose another file: a backup overwrites nothing."
        ) from None
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written: {error.strerror}.") from error


def _copy(source: Path, target: Path) -> None:
    with closing(_connect(source)) as original, closing(_connect(target)) as copy:
        try:
            # Read first, to tell a fault of the database from a fault of the copy.
            original.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error as error:
            raise DatabaseUnusable(
                f"The database {source} cannot be read: {sqlite_reason(error)}."
            ) from error
        try:
            original.backup(copy)
        except sqlite3.Error as error:
            raise BackupRefused(f"The copy could not be made: {sqlite_reason(error)}.") from error


def _check_integrity(source: Path, target: Path) -> None:
    """Check the copy, and take it out of WAL mode so that it is a single file; the bot turns WAL mode on again."""
    with closing(_connect(target)) as copy:
        try:
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.Error as error:
            found = sqlite_reason(error)
    if found != "ok":
        raise DatabaseUnusable(f"The database {source} is damaged: {found}. Restore an earlier backup.")


def _connect(file: Path) -> sqlite3.Connection:
    # Without `mode`, SQLite would create a missing file. `mode=ro` would fail: the first connection to a file in WAL mode
    # has to write its index.
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S)
