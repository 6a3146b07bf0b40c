"""Reads the schema's version, and runs Alembic's migrations when it is old."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.store.database import Database
from bot.store.errors import DatabaseNewer, DatabaseUnusable
from bot.store.migration_copies import MigrationCopies
from bot.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

VERSIONS = frozenset(path.stem[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Every version that this program has a migration for: by file name, because Alembic is slow to import."""

HEAD = max(VERSIONS)
"""The newest version."""

# The key of an advisory lock: any number that no other program on the server is likely to use.
_ADVISORY_LOCK = int.from_bytes(b"whisul")


async def migrate_schema(database: Database, copies: MigrationCopies | None = None) -> str | None:
    """Apply the missing migrations, all or none of them; returns the version before, None for an empty database.

    A database with data is copied first; when that fails, nothing is changed.

    Raises:
        BackupRefused: it could not be copied.
        DatabaseNewer: it has a version that this program does not know.
        DatabaseUnusable: it has tables of another program, or cannot be read or written.
    """
    version = await database.read(version_of)
    if version == HEAD:
        return version
    if version is not None:
        refuse_newer(version, database.where)
        # Before the write transaction: the copy reads the file by a connection of its own. In a thread: it blocks.
        if copies is not None:
            await asyncio.to_thread(copies.add, version)
    version = await database.write(partial(migrate_within, where=database.where))
    if copies is not None:
        copies.delete_old()
    return version


def migrate_within(connection: Connection, where: str) -> str | None:
    """Apply the missing migrations within the connection's transaction; returns and raises as `migrate_schema`."""
    if connection.dialect.name == "postgresql":
        # Processes that start at the same time migrate one after the other; SQLite's write lock does the same.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    # Read again: another process may have migrated since.
    version = version_of(connection)
    if version is None:
        _refuse_foreign_tables(connection, where)
    else:
        refuse_newer(version, where)
    if version != HEAD:
        upgrade(connection)
    return version


def refuse_newer(version: str, where: str) -> None:
    """Raise DatabaseNewer for a version that this program does not know."""
    if version not in VERSIONS:
        raise DatabaseNewer(
            f"The database {where} is at version {version}, which this program (at {HEAD}) does not know: "
            "it was written by a newer one. Update the bot, or restore a backup."
        )


def version_of(connection: Connection) -> str | None:
    """The version of the schema, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _refuse_foreign_tables(connection: Connection, where: str) -> None:
    """Raise when a SQLite file has any tables, or a PostgreSQL schema, which may be shared, has tables of our names."""
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if connection.dialect.name == "postgresql":
        found &= set(metadata.tables)
    if found:
        raise DatabaseUnusable(
            f"The database {where} is not this bot's: it holds tables of another program ({', '.join(sorted(found))})."
        )


# Alembic is imported where it is used: most starts do not need it, and the import would double their time.


def config_for(connection: Connection | None = None, *, folder: Path = MIGRATIONS) -> "Config":
    """Alembic's configuration, without a file; migrations run on `connection`, within its transaction."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, version: str = "head") -> None:
    """Apply migrations up to `version`."""
    from alembic import command  # noqa: PLC0415 - see above

    command.upgrade(config_for(connection), version)
