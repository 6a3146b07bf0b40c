"""Copies a SQLite database into an empty PostgreSQL database, and compares both row by row."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, RowMapping, Table, exists, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot.store import schema
from bot.store.column_types import sanitize_text
from bot.store.database import BUSY_TIMEOUT_S, open_database, parse_url, sqlite_path
from bot.store.driver_errors import translate_errors
from bot.store.errors import BackupRefused, BackupUnsupported, DatabaseUnusable
from bot.store.file_lock import lock_file
from bot.store.schema_version import refuse_newer
from bot.store.sqlite import sqlite_engine
from bot.store.tables import metadata

ROWS_AT_ONCE = 500
_CHECKSUM_BITS = 256

Report = Callable[[str, int, int], None]
"""Called with a table's name, how many of its rows are copied, and how many it has."""


class TableSum:
    """The rows of a table as this program reads them: how many, and a checksum.

    The checksum is the sum of the rows' SHA-256 digests, so that it does not depend on their order: the databases sort
    texts differently.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._digests = 0

    def add(self, rows: Sequence[RowMapping]) -> None:
        """Count rows. Of a text counts what the store keeps of it when it writes: PostgreSQL has no NUL."""
        for row in rows:
            values = [sanitize_text(value) if type(value) is str else value for value in row.values()]
            digest = hashlib.sha256(repr(values).encode()).digest()
            self._digests = (self._digests + int.from_bytes(digest)) % (1 << _CHECKSUM_BITS)
        self.rows += len(rows)

    @property
    def checksum(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._digests:0{_CHECKSUM_BITS // 4}x}"


async def copy_to_postgresql(
    source: str, target_url: SecretStr, *, report: Report = lambda _table, _done, _rows: None
) -> dict[str, TableSum]:
    """Copy the SQLite file `source` (a path or a URL) into the database at `target_url`; returns the sum of each table.

    No bot may have the file open. All is one transaction of the target, which commits once every table reads the same on
    both sides. It makes the tables if there are none, and lets generated keys continue after the last one ever given.

    Raises:
        BackupRefused: the target has rows, is at another version, or would differ from the source.
        BackupUnsupported: the source is not SQLite, or the target is not PostgreSQL.
        DatabaseBusy: a bot has the source open.
        DatabaseNewer: a newer version of the program has written the source.
        DatabaseUnusable: one of them cannot be reached or used, or the source has to be migrated first.
    """
    path = _path_of(source)
    if parse_url(target_url.get_secret_value()).get_backend_name() != "postgresql":
        raise BackupUnsupported(
            "The target must be a PostgreSQL database: set DATABASE_URL to postgresql+asyncpg://user:password@host/name."
        )
    with _opened(path) as original:
        async with open_database(target_url.get_secret_value()) as target:

            def work(connection: Connection) -> dict[str, TableSum]:
                _prepare(connection, where=target.where)
                return _copy(original, connection, path=path, report=report)

            return await target.write(work)


def _path_of(source: str) -> Path:
    if "://" not in source:
        return Path(source).resolve()
    url = parse_url(source)
    if url.get_backend_name() != "sqlite":
        raise BackupUnsupported("Only a SQLite database can be copied; for PostgreSQL use pg_dump.")
    return sqlite_path(url)


@contextmanager
def _opened(path: Path) -> Generator[Connection]:
    """Lock the file as a bot does, and read one state of it, which must be of the current version."""
    if not path.is_file():
        raise DatabaseUnusable(f"There is no database {path}.")
    with lock_file(path):
        engine = sqlite_engine(path, busy_timeout_s=BUSY_TIMEOUT_S)
        try:
            with translate_errors(str(path)):
                connection = engine.connect()
                _require_current(schema.version_of(connection), path)
            yield connection
        finally:
            engine.dispose()


def _require_current(version: str | None, path: Path) -> None:
    if version is None:
        raise DatabaseUnusable(f"The file {path} holds no database of this bot.")
    refuse_newer(version, str(path))
    if version != schema.HEAD:
        raise DatabaseUnusable(
            f"The database {path} is at version {version}, not {schema.HEAD}. Migrate it first: "
            f"DATABASE_URL=sqlite+aiosqlite:///{path} python -m bot migrate"
        )


def _prepare(target: Connection, *, where: str) -> None:
    """Make the tables if there are none, and lock them; refuse a target that is in use."""
    version = schema.version_of(target)
    if version not in (None, schema.HEAD):
        raise BackupRefused(
            f"The database {where} is at version {version}, not {schema.HEAD}: copy into an empty one."
        )
    # In the transaction of the copy: one that fails leaves no tables.
    schema.migrate_within(target, where)
    # Others may read, but not write: a bot that starts too early waits for the end of the copy.
    target.execute(text(f"LOCK TABLE {', '.join(metadata.tables)} IN EXCLUSIVE MODE"))
    filled = [table.name for table in metadata.sorted_tables if target.scalar(select(exists(select(table))))]
    if filled:
        raise BackupRefused(
            f"The database {where} is not empty ({', '.join(filled)}): copy into an empty one."
        )


def _copy(original: Connection, target: Connection, *, path: Path, report: Report) -> dict[str, TableSum]:
    sums: dict[str, TableSum] = {}
    for table in metadata.sorted_tables:
        with translate_errors(str(path)):
            rows = original.scalar(select(func.count()).select_from(table)) or 0
            last_key = _last_key(original, table)
        batches = _original_batches(original, table, str(path))
        sums[table.name] = _copy_rows(batches, target, table, rows, report)
        if last_key is not None:
            # Unlike setval, this is undone when the transaction fails.
            target.execute(text(f"ALTER TABLE {table.name} ALTER COLUMN key RESTART WITH {last_key + 1}"))
    # Read back from the target: what it keeps of a value may differ from what it was given.
    for table in metadata.sorted_tables:
        if _sum_of(target, table).checksum != sums[table.name].checksum:
            raise BackupRefused(f"The copy of {table.name} differs from the original; nothing was copied.")
    return sums


def _copy_rows(
    batches: Iterator[Sequence[RowMapping]], target: Connection, table: Table, rows: int, report: Report
) -> TableSum:
    copied = TableSum()
    report(table.name, 0, rows)
    for batch in batches:
        try:
            target.execute(insert(table), [dict(row) for row in batch])
        except IntegrityError as error:
            # Not chained, and without the second line: they quote the row.
            reason = str(error.orig).splitlines()[0].rpartition(">: ")[2]
            raise BackupRefused(f"The target refuses a row of {table.name}: {reason}") from None
        copied.add(batch)
        report(table.name, copied.rows, rows)
    return copied


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    """All rows of a table, a few at a time."""
    rows = connection.execute(select(table), execution_options={"yield_per": ROWS_AT_ONCE})
    return rows.mappings().partitions()


def _original_batches(original: Connection, table: Table, where: str) -> Iterator[Sequence[RowMapping]]:
    # Here, because an error that leaves the target's transaction is taken for one of the target.
    try:
        with translate_errors(where):
            yield from _batches(original, table)
    except (ValueError, LookupError):
        # A column type's error: JSON, times and states that another program has written. Not chained: it quotes the value.
        raise DatabaseUnusable(
            f"The database {where} holds a value in {table.name} that the bot cannot read."
        ) from None


def _sum_of(target: Connection, table: Table) -> TableSum:
    found = TableSum()
    for batch in _batches(target, table):
        found.add(batch)
    return found


def _last_key(original: Connection, table: Table) -> int | None:
    """The last key that was generated for a table, also if its row was deleted since; None where there is none."""
    if not any(column.identity for column in table.columns):
        return None
    return original.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
