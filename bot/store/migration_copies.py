"""The copies that are kept of a SQLite file from before it is migrated, beside it: the way back from an upgrade."""

import contextlib
import filecmp
import glob
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.store.backup import copy_database
from bot.store.database import parse_url, sqlite_path
from bot.store.errors import BackupRefused

log = structlog.get_logger(__name__)

COPIES = 3
"""How many are kept where nobody says otherwise."""


class MigrationCopies:
    """Keeps a copy before each migration, and the newest `most` of them once it has succeeded; 0 keeps none.

    PostgreSQL is for its own tools to copy: there nothing is done.
    """

    def __init__(self, database_url: str, *, most: int) -> None:
        url = parse_url(database_url)
        self._most = most
        self._database = sqlite_path(url) if url.get_backend_name() == "sqlite" and most else None

    def add(self, version: str) -> None:
        """Copy the database, which has this version and is about to be migrated.

        After a migration that failed the database is as before, and a second copy of that is not kept.

        Raises:
            BackupRefused: there is no room, or no right to write there.
            DatabaseUnusable: the database is damaged: it had better not be migrated.
        """
        if self._database is None:
            return
        same_version = [file for file in self._oldest_first() if f".at-{version}-" in file.name]
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        target = self._database.with_name(f"{self._database.name}.at-{version}-{moment}")
        try:
            size_bytes = copy_database(self._database, target)
        except BackupRefused as error:
            raise BackupRefused(
                f"The database {self._database} was not migrated, because no copy of it could be kept: {error} "
                f"Make room for {self._database.stat().st_size / 1e6:.0f} MB, or set MIGRATION_COPIES=0 to do without."
            ) from error
        if same_version and filecmp.cmp(same_version[-1], target, shallow=False):
            target.unlink()
        else:
            log.info("database_copied", file=str(target), size_bytes=size_bytes)

    def delete_old(self) -> None:
        """Delete all but the newest. Not before a migration has succeeded: one that keeps failing would push out the good."""
        for old in self._oldest_first()[: -self._most]:
            with contextlib.suppress(OSError):
                old.unlink()

    def _oldest_first(self) -> list[Path]:
        """By the time in their names: whoever copies files around changes their own."""
        if self._database is None:
            return []
        found = self._database.parent.glob(f"{glob.escape(self._database.name)}.at-*")
        return sorted(found, key=lambda file: file.name.rpartition("-")[2])
