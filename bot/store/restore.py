"""Puts a backup in the place of the SQLite database of a stopped bot."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from bot.store.backup import copy_database
from bot.store.database import parse_url, sqlite_path
from bot.store.driver_errors import sqlite_reason
from bot.store.errors import BackupUnsupported, DatabaseNewer, DatabaseUnusable
from bot.store.file_lock import lock_file
from bot.store.schema import HEAD, VERSIONS


@dataclass(frozen=True, slots=True)
class Restored:
    """The database that was restored, its version, and where the one before it is now; None if there was none."""

    database: Path
    version: str
    set_aside: Path | None


def restore(database_url: SecretStr, backup: Path, *, now: datetime) -> Restored:
    """Replace the database by a copy of the backup, which stays. Nothing is changed when anything is wrong with it.

    Raises:
        BackupUnsupported: the database is on a server.
        DatabaseBusy: a bot is using it.
        DatabaseNewer: a newer version of the program wrote the backup.
        DatabaseUnusable: the backup is missing, damaged or not this bot's, or the database's folder cannot be used.
        BackupRefused: there is no room for the copy.
    """
    url = parse_url(database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        raise BackupUnsupported("PostgreSQL has a tool of its own for this: use pg_restore.")
    if not backup.is_file():
        raise DatabaseUnusable(f"There is no backup {backup}.")
    database = sqlite_path(url)
    # For the whole exchange: no bot may start in between.
    with lock_file(database):
        copy = database.with_name(f"{database.name}.restoring")
        # Of an attempt that was killed.
        copy.unlink(missing_ok=True)
        copy_database(backup, copy)
        try:
            version = _version(copy, backup)
            set_aside = _set_aside(database, now)
        except BaseException:
            copy.unlink()
            raise
        # Last: until here the database before it is complete, beside the copy or at its own name.
        copy.replace(database)
        _sync(database.parent)
    return Restored(database, version, set_aside)


def _version(copy: Path, backup: Path) -> str:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        raise DatabaseUnusable(f"{backup} is no backup of this bot: it has no version.") from None
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"The backup {backup} cannot be read: {sqlite_reason(error)}.") from error
    if row is None:
        raise DatabaseUnusable(f"{backup} is no backup of this bot: it has no version.")
    version = str(row[0])
    if version not in VERSIONS:
        raise DatabaseNewer(
            f"{backup} is at version {version}, which this program (at {HEAD}) does not know. Update the bot first."
        )
    return version


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Rename the database with what SQLite keeps beside it; returns its new name. An empty file is deleted."""
    if database.stat().st_size == 0:
        database.unlink()
        return None
    target = database.with_name(f"{database.name}.replaced-{now:%Y%m%dT%H%M%S}")
    # The database last: without it the others belong to nothing, and a second attempt would find it still in place.
    for suffix in ("-wal", "-shm", ""):
        file = database.with_name(database.name + suffix)
        if file.exists():
            file.rename(target.with_name(target.name + suffix))
    return target


def _sync(folder: Path) -> None:
    """Have the renames survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
