"""PostgreSQL behind a connection pooler."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot.store import open_store
from bot.store.database import open_database
from bot.store.errors import DatabaseUnusable
from bot.store.postgresql import IDLE_TIMEOUT_MS
from tests.transaction_pooler import pooler


def through(url: str, folder: Path) -> str:
    """The URL of the same database through the pooler in that folder."""
    return make_url(url).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)


def folder_of(url: str) -> Path:
    return Path(str(make_url(url).query["host"]))


async def test_a_pooler_in_transaction_mode_is_refused(migrated_postgresql_url: str, tmp_path: Path) -> None:
    async with pooler(folder_of(migrated_postgresql_url), tmp_path, by_transaction=True) as folder:
        with pytest.raises(DatabaseUnusable, match=r"pooler in transaction mode.*session mode"):
            async with open_store(through(migrated_postgresql_url, folder)):
                pass


async def test_a_pooler_in_session_mode_changes_nothing(migrated_postgresql_url: str, tmp_path: Path) -> None:
    async with (
        pooler(folder_of(migrated_postgresql_url), tmp_path, by_transaction=False) as folder,
        open_store(through(migrated_postgresql_url, folder)) as store,
    ):
        await asyncio.gather(*(store.key_values.set("last", str(number)) for number in range(20)))
        assert await store.key_values.get("last") is not None


async def test_the_server_ends_transactions_of_a_suspended_process(migrated_postgresql_url: str) -> None:
    async with open_database(migrated_postgresql_url) as database:
        await database.write(lambda connection: connection.execute(text("SELECT 1")))
        timeout = await database.scalar(text("SHOW idle_in_transaction_session_timeout"))
        assert timeout == f"{IDLE_TIMEOUT_MS // 1000}s"
