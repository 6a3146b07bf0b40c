"""Reads the schema's version, and runs Alembic's migrations when it is old."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, inspect, text

from bot.store.database import Database
from bot.store.errors import DatabaseUnusable, OlderProcessesRun
from bot.store.migration_copies import MigrationCopies
from bot.store.processes import DEAD_AFTER, lock_beats, look
from bot.store.schema_version import (
    HEAD,
    MIGRATIONS,
    OLDEST_PROGRAM,
    VERSIONS,
    oldest_program,
    refuse_newer,
    version_of,
)
from bot.store.tables import facts, metadata, processes

if TYPE_CHECKING:
    from alembic.config import Config

# The key of an advisory lock: any number that no other program on the server is likely to use.
_ADVISORY_LOCK = int.from_bytes(b"whisul")


@dataclass(frozen=True, slots=True)
class Migration:
    """The version of the schema before, None for an empty database, and after."""

    before: str | None
    after: str


async def migrate_schema(database: Database, copies: MigrationCopies | None = None) -> Migration:
    """Apply the missing migrations, all or none of them.

    A SQLite database with data is copied first; when that fails, nothing is changed. A newer version that this program can
    use stays as it is: on PostgreSQL, while processes are upgraded one after the other.

    Raises:
        BackupRefused: it could not be copied.
        DatabaseNewer: it has a version that this program cannot use.
        DatabaseUnusable: it has tables of another program, or cannot be read or written.
        OlderProcessesRun: a migration would break the processes that run.
    """
    version = await database.read(partial(_usable_version, where=database.where))
    if version is not None and version not in VERSIONS - {HEAD}:
        return Migration(version, version)
    # Before the write transaction: the copy reads the file by a connection of its own. In a thread: it blocks.
    if version is not None and copies is not None:
        await asyncio.to_thread(copies.add, version)
    version = await database.write(partial(migrate_within, where=database.where))
    if copies is not None:
        copies.delete_old()
    return Migration(version, HEAD)


def migrate_within(connection: Connection, where: str) -> str | None:
    """Apply the missing migrations within the connection's transaction; returns the version before, raises as above."""
    if connection.dialect.name == "postgresql":
        # Processes that start at the same time migrate one after the other; SQLite's write lock does the same.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    # Read again: another process may have migrated since.
    version = _usable_version(connection, where)
    if version is None:
        _refuse_foreign_tables(connection, where)
        upgrade(connection)
    elif version in VERSIONS - {HEAD}:
        if (breaking := newest_breaking()) > version:
            _refuse_beside_older(connection, version, where)
        upgrade(connection)
        if connection.dialect.name == "postgresql":
            _allow_older(connection, breaking)
    return version


def _usable_version(connection: Connection, where: str) -> str | None:
    version = version_of(connection)
    if version is not None and version not in VERSIONS:
        is_shared = connection.dialect.name == "postgresql"
        refuse_newer(version, where, oldest=oldest_program(connection, version) if is_shared else None)
    return version


def newest_breaking() -> str:
    """The newest version that processes of the versions before cannot use."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see below

    steps = ScriptDirectory.from_config(config_for()).iterate_revisions("head", "base")
    return next(step.revision for step in steps if step.module.BREAKS_OLDER_PROCESSES)


def _refuse_beside_older(connection: Connection, version: str, where: str) -> None:
    """Raise when processes live, which are older, as the schema is; and let none begin before the transaction ends."""
    # A SQLite file belongs to one process, this one.
    if connection.dialect.name == "sqlite" or not inspect(connection).has_table(processes.name):
        return
    lock_beats(connection)
    if living := look(connection).members:
        names = ", ".join(member.owner for member in living)
        raise OlderProcessesRun(
            f"The database {where} was not migrated from version {version} to {HEAD}, because processes that cannot use it "
            f"then still run ({names}): stop them first; one that was killed counts for {DEAD_AFTER.seconds} seconds."
        )


def _allow_older(connection: Connection, oldest: str) -> None:
    connection.execute(delete(facts).where(facts.c.name == OLDEST_PROGRAM))
    if oldest < HEAD:
        connection.execute(insert(facts).values(name=OLDEST_PROGRAM, value=f"{HEAD} {oldest}"))


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
