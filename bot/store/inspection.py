"""Reads a database's version and which processes share it.

Takes no lock of the bot's and changes nothing, so it may run while a bot is using the database.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, text

from bot.domain.shards import Group
from bot.store.database import BUSY_TIMEOUT_S, open_database, parse_url, sqlite_path
from bot.store.driver_errors import sqlite_reason
from bot.store.errors import DatabaseNewer, DatabaseUnusable
from bot.store.processes import look
from bot.store.schema_version import HEAD, VERSIONS, oldest_program

_VERSION = "SELECT version_num FROM alembic_version"
_FACT = "SELECT value FROM facts WHERE name = "


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `version` is None for an empty or missing database; `file` is None on PostgreSQL.

    `group` are the processes that share it; None on SQLite, and in a database from before there could be several.
    `is_usable` is whether this program can use it although it is newer.
    """

    version: str | None
    fact: str | None
    file: Path | None
    group: Group | None = None
    is_usable: bool = False

    @property
    def is_current(self) -> bool:
        """Whether it needs no migration."""
        return self.version == HEAD

    @property
    def is_newer(self) -> bool:
        """Whether a newer version of the program has migrated it."""
        return self.version is not None and self.version not in VERSIONS


async def inspect_database(database_url: SecretStr, *, fact: str) -> Inspection:
    """Read the version of a database, and the value of one key in it.

    Raises:
        DatabaseNewer: a newer version of the program has written it.
        DatabaseUnusable: it cannot be opened, read or written; the message says why.
    """
    url = parse_url(database_url.get_secret_value())
    if url.get_backend_name() == "sqlite":
        inspection = _of_file(sqlite_path(url), fact)
    else:
        inspection = await _of_server(database_url.get_secret_value(), fact)
    if inspection.is_newer and not inspection.is_usable:
        raise DatabaseNewer(
            f"The database is at version {inspection.version}, which this program (at {HEAD}) does not know."
        )
    return inspection


def _of_file(file: Path, fact: str) -> Inspection:
    if not file.exists():
        _require_writable_folder(file)
        return Inspection(None, None, file)
    try:
        # Not `mode=ro`: the first connection to a file in WAL mode has to write its index.
        uri = f"{file.as_uri()}?mode=rw"
        with closing(
            sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")  # fails when the file cannot be written
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if tables and "alembic_version" not in tables:
                raise DatabaseUnusable(
                    f"The database {file} is not this bot's: it holds tables of another program."
                )
            version = connection.execute(_VERSION).fetchone() if tables else None
            found = connection.execute(f"{_FACT}?", (fact,)).fetchone() if "facts" in tables else None
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"The database {file} cannot be used: {sqlite_reason(error)}.") from error
    return Inspection(version[0] if version else None, found[0] if found else None, file)


def _require_writable_folder(file: Path) -> None:
    """Raise when the first start could not create the file, with the folders that are missing."""
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise DatabaseUnusable(f"The database {file} cannot be created: {folder} is not writable.")


async def _of_server(url: str, fact: str) -> Inspection:
    async with open_database(url) as database:

        def work(connection: Connection) -> Inspection:
            if connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise DatabaseUnusable(
                    f"The database {database.where} cannot be used: it cannot be written to."
                )
            # Asked first: the query of a missing table would be an error.
            has_schema = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            if not has_schema:
                return Inspection(None, None, None)
            version = connection.scalar(text(_VERSION))
            found = connection.scalar(text(f"{_FACT}:fact"), {"fact": fact})
            is_shared = connection.scalar(text("SELECT to_regclass('processes') IS NOT NULL"))
            return Inspection(
                version,
                found,
                file=None,
                group=look(connection) if is_shared else None,
                is_usable=oldest_program(connection, version) <= HEAD,
            )

        return await database.read(work)
