"""The version of a database's schema, and which versions this program can use."""

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from bot.store.errors import DatabaseNewer
from bot.store.tables import facts

MIGRATIONS = Path(__file__).parent / "migrations"

VERSIONS = frozenset(path.stem[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Every version that this program has a migration for: by file name, because Alembic is slow to import."""

HEAD = max(VERSIONS)
"""The newest version."""

OLDEST_PROGRAM = "oldest_program"
"""The fact `VERSION OLDEST`, written by migrations on PostgreSQL: processes of OLDEST and later can use VERSION."""


def version_of(connection: Connection) -> str | None:
    """The version of the schema, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def require_usable(connection: Connection, where: str) -> None:
    """Raise DatabaseNewer if somebody has migrated the database to a version that this program cannot use."""
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version != HEAD:
        refuse_newer(version, where, oldest=oldest_program(connection, version))


def oldest_program(connection: Connection, version: str) -> str:
    """The oldest version whose programs can use a database that was migrated to `version`, as the migration has said."""
    said = connection.scalar(select(facts.c.value).where(facts.c.name == OLDEST_PROGRAM)) or ""
    of_version, _, oldest = said.partition(" ")
    return oldest if of_version == version else version


def refuse_newer(version: str, where: str, *, oldest: str | None = None) -> None:
    """Raise DatabaseNewer for a version that this program does not know, unless programs from `oldest` on can use it."""
    if version not in VERSIONS and (oldest is None or oldest > HEAD):
        raise DatabaseNewer(
            f"The database {where} is at version {version}, which this program (at {HEAD}) does not know: "
            "it was written by a newer one. Update the bot, or restore a backup."
        )
