"""The copies that are kept of a SQLite file from before it is migrated, beside it: the way back from an upgrade."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.errors import BackupRefused
from bot.store.backup import copied
from bot.store.database import file_of, parsed_url

log = structlog.get_logger(__name__)

COPIES = 3
"""How many are kept where nobody says otherwise."""


def keeper(database_url: str, *, copies: int) -> Callable[[str], None]:
    """What keeps a copy of the database when it is told the version from which it is about to be migrated.

    The newest `copies` are kept, older ones deleted; 0 keeps none. PostgreSQL is for its own tools to copy.

    Raises (the function that is returned):
        BackupRefused: there is no room, or no right to write there.
        DatabaseUnusable: the database is damaged: it had better not be migrated.
    """
    url = parsed_url(database_url)
    if url.get_backend_name() != "sqlite" or copies == 0:
        return lambda _: None
    database = file_of(url)

    def keep(version: str) -> None:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        target = database.with_name(f"{database.name}.at-{version}-{moment}")
        try:
            size_bytes = copied(database, target)
        except BackupRefused as error:
            raise BackupRefused(
                f"The database {database} was not migrated, because no copy of it could be kept: {error} "
                f"Make room for {database.stat().st_size / 1e6:.0f} MB, or set MIGRATION_COPIES=0 to do without."
            ) from error
        log.info("database_copied", file=str(target), size_bytes=size_bytes)
        _delete_all_but_the_newest(database, copies)

    return keep


def _delete_all_but_the_newest(database: Path, number: int) -> None:
    """By the time in their names: whoever copies files around changes their own."""
    kept = sorted(
        database.parent.glob(f"{database.name}.at-*"), key=lambda file: file.name.rpartition("-")[2]
    )
    for old in kept[:-number]:
        with contextlib.suppress(OSError):
            old.unlink()
