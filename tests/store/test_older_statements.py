"""The statements of earlier versions on this schema: their processes go on while an upgrade replaces them one by one."""

from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.store import open_store, schema
from bot.store.schema import HEAD, VERSIONS
from tests.store.fixtures import statements
from tests.store.fixtures.make import fill

USABLE = sorted(version for version in VERSIONS if version >= schema.newest_breaking())
"""The versions whose processes this schema must not break."""


@pytest.fixture
async def connection(postgresql_url: str) -> AsyncGenerator[Any]:
    """To a database of this version, with jobs in every state."""
    async with open_store(postgresql_url) as store:
        await fill(store)
    url = make_url(postgresql_url)
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    connection = await connect(host=url.query["host"], user=url.username, database=url.database)
    yield connection
    await connection.close()


@pytest.mark.parametrize("version", USABLE)
async def test_the_statements_of_every_version_that_may_still_run_work(connection: Any, version: str) -> None:
    recorded = statements.read(version)
    assert {sql.split()[0] for sql in recorded} >= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert await statements.failures(connection, recorded) == {}


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER TABLE jobs ADD COLUMN mood text DEFAULT '' NOT NULL; ALTER TABLE jobs ALTER mood DROP DEFAULT",
        "ALTER TABLE jobs RENAME COLUMN title TO name",
        "ALTER TABLE jobs ADD CONSTRAINT short CHECK (length(prompt) > 9000) NOT VALID",
        "ALTER TABLE likes ALTER COLUMN user_id TYPE text",
        "DROP TABLE searches",
    ],
)
async def test_a_migration_that_breaks_them_is_noticed(connection: Any, migration: str) -> None:
    await connection.execute(migration)
    assert await statements.failures(connection, statements.read(HEAD)) != {}


async def test_a_new_column_and_a_new_table_break_nothing(connection: Any) -> None:
    await connection.execute("ALTER TABLE jobs ADD COLUMN mood text; CREATE TABLE moods (name text)")
    assert await statements.failures(connection, statements.read(HEAD)) == {}
