"""Every test that asks for `store` or `database_url` runs twice: on a SQLite file and on a real PostgreSQL server."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store, migrate, open_store
from tests.store.postgres_server import postgres_server

DATABASE_NUMBERS = count(1)


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
def new_database(folder: Path, *, template: str = "template1") -> Generator[URL]:
    """A database with a name of its own, gone again at the end."""
    name = f"bot{next(DATABASE_NUMBERS)}"
    asyncio.run(on_the_server(folder, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    yield postgres_url(folder, name)
    asyncio.run(on_the_server(folder, f'DROP DATABASE "{name}" WITH (FORCE)'))


# Most tests want a database with its tables and nothing in it: it is migrated once, and copied for each of them.


@pytest.fixture(scope="session")
def migrated_database(postgres_folder: Path) -> Generator[str]:
    with new_database(postgres_folder) as url:
        asyncio.run(migrate(url.render_as_string(hide_password=False)))
        yield url.database or ""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/bot.db"


@pytest.fixture
def postgresql_url(postgres_folder: Path) -> Generator[str]:
    with new_database(postgres_folder) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def migrated_sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'bot.db')}"


@pytest.fixture
def migrated_postgresql_url(migrated_database: str, postgres_folder: Path) -> Generator[str]:
    with new_database(postgres_folder, template=migrated_database) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of this test's own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of this test's own that has its tables."""
    url: str = request.getfixturevalue(f"migrated_{request.param}_url")
    return url


@pytest.fixture
async def store(migrated_url: str) -> AsyncGenerator[Store]:
    async with open_store(migrated_url) as opened:
        yield opened
