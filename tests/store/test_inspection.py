"""Inspecting a database changes nothing and works while a bot uses it."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.store import Store, open_store
from bot.store.database import open_database
from bot.store.errors import DatabaseNewer
from bot.store.inspection import inspect_database
from bot.store.schema import HEAD
from tests.factories import process


async def test_an_empty_database_stays_empty(database_url: str) -> None:
    assert (await inspect_database(SecretStr(database_url), fact="a")).version is None
    assert (await inspect_database(SecretStr(database_url), fact="a")).version is None


async def test_a_database_is_inspected_while_it_is_in_use(database_url: str) -> None:
    async with open_store(database_url) as store:
        await store.key_values.set("a", "b")
        found = await inspect_database(SecretStr(database_url), fact="a")
    assert (found.version, found.fact, found.is_current) == (HEAD, "b", True)


async def test_the_processes_that_share_a_database_are_read(
    pair: tuple[Store, Store], migrated_postgresql_url: str
) -> None:
    for store in pair:
        await store.processes.beat(process(store, shard_count=2), api=None)
    group = (await inspect_database(SecretStr(migrated_postgresql_url), fact="a")).group
    assert group is not None
    assert group.leader == pair[0].owner
    assert {member.owner for member in group.members} == {store.owner for store in pair}
    assert all(0 <= member.seen_s < 10 for member in group.members)
    assert group.unserved(3) == {2}


async def test_a_newer_database_is_reported_as_newer(database_url: str) -> None:
    async with open_store(database_url):
        pass
    async with open_database(database_url) as database:
        await database.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        await inspect_database(SecretStr(database_url), fact="a")


async def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "none" / "bot.db"
    found = await inspect_database(SecretStr(f"sqlite+aiosqlite:///{file}"), fact="a")
    assert (found.version, found.file) == (None, file)
    assert not file.parent.exists()
