"""The statements of earlier versions on this schema: their processes go on while an upgrade replaces them one by one."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.store import open_store, schema
from bot.store.schema import HEAD, VERSIONS
from tests.databases import connected
from tests.store.fixtures import statements
from tests.store.fixtures.make import fill

USABLE = sorted(version for version in VERSIONS if version >= schema.newest_breaking())
"""The versions whose processes this schema must not break."""


@pytest.fixture
async def connection(copied_postgresql_url: str) -> AsyncGenerator[Any]:
    """To a database of this version, with jobs in every state."""
    async with open_store(copied_postgresql_url) as store:
        await fill(store)
    connection = await connected(make_url(copied_postgresql_url))
    yield connection
    await connection.close()


@pytest.mark.parametrize("version", USABLE)
async def test_the_statements_of_every_version_that_may_still_run_work(connection: Any, version: str) -> None:
    recorded = statements.read(version)
    assert {sql.split()[0] for sql in recorded} >= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert await statements.failures(connection, recorded) == {}


BREAKING = (
    "ALTER TABLE jobs ADD COLUMN mood text DEFAULT '' NOT NULL; ALTER TABLE jobs ALTER mood DROP DEFAULT",
    "ALTER TABLE jobs RENAME COLUMN title TO name",
    "ALTER TABLE jobs ADD CONSTRAINT short CHECK (length(prompt) > 9000) NOT VALID",
    "ALTER TABLE likes ALTER COLUMN user_id TYPE text",
    "DROP TABLE searches",
)
HARMLESS = ("ALTER TABLE jobs ADD COLUMN mood text; CREATE TABLE moods (name text)",)
"""A new column, and a new table."""


async def test_a_migration_that_breaks_them_is_noticed_and_no_other(connection: Any) -> None:
    breaking: list[str] = []
    for migration in (*HARMLESS, *BREAKING):
        undone = connection.transaction()
        await undone.start()
        await connection.execute(migration)
        if await statements.failures(connection, statements.read(HEAD)):
            breaking.append(migration)
        await undone.rollback()
    assert breaking == list(BREAKING)
