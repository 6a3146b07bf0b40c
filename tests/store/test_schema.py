"""Migrations make the same schema as the tables in the code, on both databases."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, inspect, text

from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState, Reason
from bot.store import migrate, open_store
from bot.store.database import open_database
from bot.store.errors import DatabaseNewer, DatabaseUnusable, StoreError
from bot.store.migrations.draft import draft
from bot.store.schema import HEAD, MIGRATIONS, VERSIONS, config_for, upgrade
from bot.store.tables import metadata
from tests.factories import NOW, a_request

SQLITE_SCHEMA = (
    "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'alembic_version'"
)
POSTGRESQL_SCHEMA = (
    """
    SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity,
                     collation_name, column_default)
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
    """
    SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
    """,
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
)


def described(connection: Connection) -> set[str]:
    """The whole schema in the database's own words: columns, constraints with their conditions, indexes."""
    if connection.dialect.name == "postgresql":
        return {line for query in POSTGRESQL_SCHEMA for line in connection.scalars(text(query))}
    # SQLite keeps the text of CREATE as it was written; a column that was added later is written after the constraints.
    statements = [statement for statement in connection.scalars(text(SQLITE_SCHEMA)) if statement]
    return {clause for statement in statements for clause in clauses(statement)}


def clauses(statement: str) -> list[str]:
    """A CREATE cut at the commas of its outermost list, each clause behind the name of what is created."""
    head, _, body = " ".join(statement.split()).partition("(")
    depth, start, found = 0, 0, list[str]()
    for at, char in enumerate(body):
        if (char == "," and depth == 0) or (char == ")" and depth == 0):
            found.append(f"{head.strip()}: {body[start:at].strip()}")
            start = at + 1
        depth += {"(": 1, ")": -1}.get(char, 0)
    return [*found, f"{head.strip()}: {body[start:].strip()}"]


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


async def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(upgrade)
        assert await database.read(differences) == []
        migrated = await database.read(described)
        checks = await database.read(lambda connection: inspect(connection).get_check_constraints("jobs"))
        await database.write(metadata.drop_all)
        await database.write(metadata.create_all)
        created = await database.read(described)

    # Alembic compares neither CHECK constraints nor the conditions of indexes.
    assert migrated == created
    assert len(created) > 40
    enums = {"state": JobState, "reason": Reason, "delivery": DeliveryState, "rung": DeliveryRoute}
    words = {check["name"]: set(re.findall(r"'(\w+)'", check["sqltext"])) for check in checks}
    for column, enum in enums.items():
        assert words[f"ck_jobs_{column}"] == {member.value for member in enum}


async def test_downgrade_and_upgrade_restore_the_same_schema(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(upgrade)
        before = await database.read(described)
        await database.write(lambda connection: command.downgrade(config_for(connection), "base"))
        assert await database.read(table_names) == ["alembic_version"]
        await database.write(upgrade)
        assert await database.read(described) == before


async def test_the_migration_to_0003_fills_the_search_text_and_the_guilds(database_url: str) -> None:
    facts = {
        "guild_id": 10, "channel_id": 20, "requester_id": 30, "nonce": "n", "state": "completed", "submit_attempts": 1,
        "has_song": True, "delivery": "none", "delivery_attempts": 0, "created_at": NOW, "settled_at": NOW,
    }  # fmt: skip
    rows = [
        facts | {"prompt": "a TRAP song", "title": "Straße", "tags": ["Dark", "808s"]},
        facts | {"prompt": "only a prompt", "title": None, "tags": None, "has_song": False, "guild_id": 11},
    ]
    async with open_database(database_url) as database:
        await database.write(lambda connection: upgrade(connection, "0002"))
        old = await database.read(lambda connection: Table("jobs", MetaData(), autoload_with=connection))
        await database.write(lambda connection: connection.execute(insert(old), rows))
        await database.write(upgrade)
        words = await database.rows(text("SELECT search_text FROM jobs ORDER BY key"))
        known = await database.rows(text("SELECT guild_id FROM guilds ORDER BY guild_id"))
    assert words == [("a trap song\nstrasse\ndark\n808s",), ("only a prompt\n",)]
    assert known == [(10,), (11,)]


def test_the_head_constant_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config_for()).get_current_head() == HEAD
    assert HEAD in VERSIONS


async def test_migrate_says_what_it_did(database_url: str) -> None:
    assert await migrate(database_url) == f"migrated from an empty database to {HEAD}"
    assert await migrate(database_url) == f"already at {HEAD}"
    async with open_store(database_url) as store:
        await store.record(a_request(), now=NOW)
    assert await migrate(database_url) == f"already at {HEAD}"


async def test_a_newer_database_is_left_alone(database_url: str) -> None:
    await migrate(database_url)
    async with open_database(database_url) as database:
        await database.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for attempt in (open_store(database_url).__aenter__, lambda: migrate(database_url)):
        with pytest.raises(DatabaseNewer, match=rf"9999.*{HEAD}"):
            await attempt()

    async with open_database(database_url) as database:
        assert await database.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


async def test_a_database_of_another_program_is_left_alone(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.execute(text("CREATE TABLE jobs (salary INTEGER)"))

    with pytest.raises(DatabaseUnusable, match=r"another program \(jobs\)"):
        await migrate(database_url)

    async with open_database(database_url) as database:
        assert await database.read(table_names) == ["jobs"]


async def test_an_interrupted_migration_leaves_nothing_behind(database_url: str) -> None:
    def migrate_until_the_power_cut(connection: Connection) -> None:
        upgrade(connection)
        raise InterruptedError

    async with open_database(database_url) as database:
        with pytest.raises(StoreError):
            await database.write(migrate_until_the_power_cut)
        assert await database.read(table_names) == []

    assert await migrate(database_url) == f"migrated from an empty database to {HEAD}"


async def test_a_draft_of_a_migration_finds_nothing_to_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations")

    path = await draft("nothing at all", folder=folder)

    assert path.parent == folder / "versions"
    assert "op." not in path.read_text().replace("from alembic import op", "")
    assert path.name in capsys.readouterr().out
