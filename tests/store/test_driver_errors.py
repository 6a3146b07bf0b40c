"""Errors of the drivers become this program's errors, in one line and without secrets."""

import asyncio
import sys
import traceback
from pathlib import Path
from threading import Barrier, Event

import asyncpg
import pytest
from sqlalchemy import Connection, Dialect, make_url, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError

from bot.store import Store, open_store, postgresql
from bot.store.database import open_database
from bot.store.driver_errors import translate_errors
from bot.store.errors import DatabaseUnusable, StoreError
from bot.store.schema import migrate_schema
from bot.store.sqlite import CONNECTIONS
from tests.factories import NOW, OURS, a_request

# Tracebacks quote source lines: the texts that must not be in them are written only here.
PROMPT = "only for me"
TOKEN = a_request().interaction_token or ""


async def refusal_of(url: str) -> str:
    with pytest.raises(DatabaseUnusable) as refusal:
        await open_store(url).__aenter__()
    shown = "".join(traceback.format_exception(refusal.value))
    assert "hunter2" not in shown
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def with_password(url: str, *, username: str = "postgres", database: str | None = None) -> str:
    changed = make_url(url).set(username=username, password="hunter2", database=database)
    return changed.render_as_string(hide_password=False)


def test_an_error_that_asyncpg_raises_itself_is_one_of_the_database() -> None:
    lost = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
    with pytest.raises(DatabaseUnusable, match="bot cannot be used: connection was"), translate_errors("bot"):
        raise lost


async def test_an_unreachable_server_is_reported() -> None:
    message = await refusal_of("postgresql+asyncpg://bot:hunter2@127.0.0.1:1/bot")

    assert message.startswith("The database bot on 127.0.0.1:1 cannot be reached: ")


async def test_a_missing_socket_is_reported(tmp_path: Path) -> None:
    message = await refusal_of(f"postgresql+asyncpg://bot:hunter2@/bot?host={tmp_path}")

    assert message.startswith(f"The database bot on {tmp_path} cannot be reached: ")


async def test_a_missing_database_is_reported(migrated_postgresql_url: str) -> None:
    assert "has no database of that name" in await refusal_of(
        with_password(migrated_postgresql_url, database="nowhere")
    )


async def test_an_unknown_user_is_reported(migrated_postgresql_url: str) -> None:
    assert "user or the password" in await refusal_of(
        with_password(migrated_postgresql_url, username="stranger")
    )


async def test_a_missing_driver_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    assert "asyncpg" in await refusal_of("postgresql+asyncpg://bot:hunter2@127.0.0.1:1/bot")


async def test_a_read_only_database_is_reported(copied_postgresql_url: str) -> None:
    async with open_database(copied_postgresql_url) as database:
        name = await database.scalar(text("SELECT current_database()"))
        await database.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))

    async with open_store(copied_postgresql_url) as store:
        with pytest.raises(DatabaseUnusable, match="cannot be written to"):
            await store.record(a_request(), now=NOW)


async def test_a_lost_connection_is_replaced(migrated_postgresql_url: str) -> None:
    async with open_store(migrated_postgresql_url) as store, open_database(migrated_postgresql_url) as other:
        await store.record(a_request(), now=NOW)
        others = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        assert await other.scalar(text(f"{others} AND datname = current_database()")) >= 1

        assert (await store.record(a_request(), now=NOW)).key == 2


async def test_a_connection_that_looks_open_is_tried_after_a_pause(
    migrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(dialect: Dialect, _: object) -> bool:
        raise dialect.loaded_dbapi.InterfaceError("the server behind the pooler is gone")

    pid = text("SELECT pg_backend_pid()")
    async with open_database(migrated_postgresql_url) as database:
        first = await database.scalar(pid)
        monkeypatch.setattr(PGDialect_asyncpg, "do_ping", lost)
        assert await database.scalar(pid) == first, "one that has just been used is not tried"
        monkeypatch.setattr(postgresql, "PING_AFTER_S", -1.0)
        assert await database.scalar(pid) != first


async def test_a_connection_lost_in_a_transaction_is_reported(migrated_postgresql_url: str) -> None:
    async with open_database(migrated_postgresql_url) as database:
        with pytest.raises(DatabaseUnusable, match="the connection was lost"):
            await database.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_full_disk_is_reported(migrated_sqlite_url: str) -> None:
    async with open_database(migrated_sqlite_url) as database:
        store = Store(database, owner=OURS)
        # A cap on the file's pages is the same error to SQLite; each connection has its own, so all get one.
        all_at_once = Barrier(CONNECTIONS)

        def cap(connection: Connection) -> None:
            all_at_once.wait()
            connection.exec_driver_sql("PRAGMA max_page_count = 1")

        await asyncio.gather(*(database.read(cap) for _ in range(CONNECTIONS)))

        with pytest.raises(DatabaseUnusable, match="the disk is full"):
            await store.record(a_request("x" * 100_000), now=NOW)

        assert not await store.queue()


async def test_a_rejected_row_is_not_quoted(migrated_url: str) -> None:
    async with open_database(migrated_url) as database:
        await Store(database, owner=OURS).record(a_request(PROMPT), now=NOW)
        with pytest.raises(ValueError, match=r"ck_jobs_nothing_due_before_final") as refusal:
            await database.execute(text("UPDATE jobs SET delivery = 'due'"))

    shown = "".join(traceback.format_exception(refusal.value))
    assert PROMPT not in shown
    assert TOKEN not in shown


async def test_no_error_quotes_the_values_of_a_write(database_url: str) -> None:
    async with open_database(database_url) as database:
        await migrate_schema(database)
        await database.execute(text("ALTER TABLE jobs RENAME TO lost_jobs"))
        with pytest.raises(DBAPIError, match="jobs") as mistake:
            await Store(database, owner=OURS).record(a_request(PROMPT), now=NOW)

    shown = "".join(traceback.format_exception(mistake.value))
    assert PROMPT not in shown
    assert TOKEN not in shown


async def test_an_overloaded_pool_is_reported(
    migrated_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.sqlite.IDLE_TIMEOUT_S", 0.01)
    async with open_database(migrated_sqlite_url) as database:
        ends = Event()
        slow = [asyncio.create_task(database.read(lambda _: ends.wait())) for _ in range(CONNECTIONS)]
        await asyncio.sleep(0)

        with pytest.raises(DatabaseUnusable, match="overloaded"):
            await database.scalar(text("SELECT 1"))

        ends.set()
        await asyncio.gather(*slow)


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(104, "Connection reset by peer"), OSError("?")]
)
def test_a_connection_error_is_reported_in_one_line(error: OSError) -> None:
    with (
        pytest.raises(StoreError, match=r"The database bot cannot be reached: .+\."),
        translate_errors("bot"),
    ):
        raise error
