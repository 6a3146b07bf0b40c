"""Databases for tests. A test with `store`, `database_url` or `migrated_url` runs on SQLite and on a PostgreSQL server."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store, migrate, open_store
from bot.store.tables import metadata
from tests.postgres_server import postgres_server
from tests.shared_statements import share_statements

DATABASE_NUMBERS = count(1)

share_statements()


@pytest.fixture(scope="session")
def postgres_folder() -> Generator[Path]:
    with postgres_server() as folder:
        yield folder


def postgres_url(folder: Path, database: str) -> URL:
    return URL.create(
        "postgresql+asyncpg", username="postgres", database=database, query={"host": str(folder)}
    )


async def on_the_server(folder: Path, statement: str) -> None:
    engine = create_async_engine(postgres_url(folder, "postgres"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@contextmanager
def new_database(folder: Path, *, template: str | None = None) -> Generator[URL]:
    """A new database, empty or a copy of `template`, dropped at the end of the block."""
    name = f"bot{next(DATABASE_NUMBERS)}"
    copy = f' TEMPLATE "{template}"' if template else ""
    asyncio.run(on_the_server(folder, f'CREATE DATABASE "{name}"{copy}'))
    yield postgres_url(folder, name)
    asyncio.run(on_the_server(folder, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def connected(url: URL) -> Any:
    """A connection of PostgreSQL's driver."""
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return await connect(host=url.query["host"], user="postgres", database=url.database)


class Onlooker:
    """One connection for many queries, opened for the first and whenever it was lost: opening costs more than a query."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._connection: Any = None
        self._lock = asyncio.Lock()

    async def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        async with self._lock:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connected(self._url)
            return [dict(row) for row in await self._connection.fetch(statement)]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


async def empty(url: URL) -> None:
    """Delete all rows, close all other connections, and restart the keys at 1."""
    server = await connected(url)
    await server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    # Tests leave few rows: DELETE takes 5 ms, TRUNCATE of every table and index 35 ms.
    await server.execute("; ".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables)))  # noqa: S608 - our own tables
    with_keys = [table for table in metadata.sorted_tables if any(each.identity for each in table.columns)]
    await server.execute("; ".join(f"ALTER SEQUENCE {table}_key_seq RESTART" for table in with_keys))
    await server.close()


# Most tests need an empty database with all tables: it is migrated once, and copied (SQLite) or emptied (PostgreSQL).


@pytest.fixture(scope="session")
def migrated_database(postgres_folder: Path) -> Generator[URL]:
    with new_database(postgres_folder) as url:
        asyncio.run(migrate(url.render_as_string(hide_password=False)))
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/bot.db"


@pytest.fixture
def postgresql_url(postgres_folder: Path) -> Generator[str]:
    with new_database(postgres_folder) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def copied_postgresql_url(postgres_folder: Path, migrated_database: URL) -> Generator[str]:
    """A database of the test's own with all tables."""
    with new_database(postgres_folder, template=migrated_database.database) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def migrated_sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'bot.db')}"


@pytest.fixture
def migrated_postgresql_url(migrated_database: URL) -> str:
    """Shared by all tests, which therefore must not change its tables."""
    asyncio.run(empty(migrated_database))
    return migrated_database.render_as_string(hide_password=False)


@pytest.fixture
async def pair(migrated_postgresql_url: str) -> AsyncGenerator[tuple[Store, Store]]:
    """Two stores on one PostgreSQL database, as two processes have them."""
    async with open_store(migrated_postgresql_url) as ours, open_store(migrated_postgresql_url) as theirs:
        yield ours, theirs


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with all tables and no rows."""
    url: str = request.getfixturevalue(f"migrated_{request.param}_url")
    return url


@pytest.fixture
async def store(migrated_url: str) -> AsyncGenerator[Store]:
    async with open_store(migrated_url) as opened:
        yield opened
