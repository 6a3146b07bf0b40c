"""Copies of a SQLite file from before its migrations, kept beside it, for the way back from an upgrade."""

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
"""How many are kept by default."""


class MigrationCopies:
    """Makes a copy before each migration, and deletes all but the newest `most` after it; with 0 it makes none.

    On PostgreSQL it does nothing: that has tools of its own for copies.
    """

    def __init__(self, database_url: str, *, most: int) -> None:
        url = parse_url(database_url)
        self._most = most
        self._database = sqlite_path(url) if url.get_backend_name() == "sqlite" and most else None

    def add(self, version: str) -> None:
        """Copy the database, which has this version, before it is migrated.

        A copy that equals the one before is not kept: a failed migration leaves the database as it was.

        Raises:
            BackupRefused: the disk is full, or the folder cannot be written.
            DatabaseUnusable: the database is damaged, and should not be migrated.
        """
        if self._database is None:
            return
        same_version = [file for file in self._copies_by_age() if f".at-{version}-" in file.name]
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
        """Delete all but the newest. Only after a successful migration: one that keeps failing must not push out older ones."""
        for old in self._copies_by_age()[: -self._most]:
            with contextlib.suppress(OSError):
                old.unlink()

    def _copies_by_age(self) -> list[Path]:
        """Sorted by the time in their names: the times of files change when they are copied."""
        if self._database is None:
            return []
        found = self._database.parent.glob(f"{glob.escape(self._database.name)}.at-*")
        return sorted(found, key=lambda file: file.name.rpartition("-")[2])
