"""Databases for tests. A test with `store`, `database_url` or `migrated_url` runs on SQLite and on a PostgreSQL server."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store, migrate, open_store
from bot.store.tables import metadata
from tests.postgres_server import postgres_server, used_too
from tests.shared_statements import share_statements

DATABASE_NUMBERS = count(1)
TEMPLATE = "migrated"

share_statements()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def migrated_file(shared_folder: Path) -> Path:
    """A SQLite database with its tables and nothing in it, to be copied: migrating takes longer than most tests."""
    file = shared_folder / "migrated" / "bot.db"
    with locked(shared_folder / "migrated.lock"):
        if not file.exists():
            asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_folder(shared_folder: Path) -> Generator[Path]:
    """A server for all workers: the first that needs it starts it, and waits in the end until no other one uses it."""
    note = shared_folder / "postgres"
    with ExitStack() as stack:
        with locked(note):
            if known := note.read_text(encoding="utf-8"):
                stack.enter_context(used_too(folder := Path(known)))
            else:
                folder = stack.enter_context(prepared_server())
                note.write_text(str(folder), encoding="utf-8")
                stack.callback(forget, note)
        yield folder


def forget(note: Path) -> None:
    """Let nobody else begin to use the server that is noted."""
    with locked(note):
        note.write_text("", encoding="utf-8")


@contextmanager
def locked(file: Path) -> Generator[None]:
    """Lock a file, which is created if it is missing."""
    with file.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


@contextmanager
def prepared_server() -> Generator[Path]:
    """A PostgreSQL server with a migrated database to copy."""
    with postgres_server() as folder:
        asyncio.run(on_the_server(folder, f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(migrate(postgres_url(folder, TEMPLATE).render_as_string(hide_password=False)))
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
    name = f"bot{os.getpid()}_{next(DATABASE_NUMBERS)}"
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
    with new_database(postgres_folder, template=TEMPLATE) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/bot.db"


@pytest.fixture
def postgresql_url(postgres_folder: Path) -> Generator[str]:
    with new_database(postgres_folder) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def copied_postgresql_url(postgres_folder: Path) -> Generator[str]:
    """A database of the test's own with all tables."""
    with new_database(postgres_folder, template=TEMPLATE) as url:
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
