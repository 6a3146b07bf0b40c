"""The SQLite database of a bot as another program reads, changes and locks it."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any

from tests.e2e.rig import Rig


def stored(rig: Rig, query: str, *values: object) -> list[Any]:
    """The rows of a query."""
    with closing(sqlite3.connect(f"file:{rig.database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def change(rig: Rig, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Execute statements behind the bot's back."""
    with closing(sqlite3.connect(rig.database)) as connection, connection:
        for statement in statements:
            connection.execute(statement, values)


@contextmanager
def locked(rig: Rig) -> Generator[None]:
    """Hold the write lock."""
    with closing(sqlite3.connect(rig.database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()
