"""Opens a database and runs transactions on it: each is a function of a connection, and is not async itself."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import URL, Connection, Executable, Row, RowMapping, Select, Table, func, make_url, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError

from bot.store.batching import (
    MAX_BATCH,
    Answer,
    Item,
    Question,
    Result,
    SharedReads,
    SharedTransactions,
    SharedWrites,
    Work,
)
from bot.store.driver_errors import translate_errors
from bot.store.errors import DatabaseUnusable
from bot.store.file_lock import lock_file
from bot.store.open_file import OpenFile
from bot.store.sqlite import SqliteThreads, sqlite_engine

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    from bot.store.postgresql import PostgresPool

BUSY_TIMEOUT_S = 10.0
ROWS_AT_ONCE = 100

DECISION_LOCK = 7_450_318
"""The key of PostgreSQL's advisory lock in `lock_for_decision`: arbitrary, the same in every process."""

_LOCK = select(
    # A process that is suspended while it holds the lock would have all others wait.
    func.set_config("idle_in_transaction_session_timeout", "3s", True),
    func.pg_advisory_xact_lock(DECISION_LOCK),
)

Converted = TypeVar("Converted")


class Database:
    """One open database.

    A transaction is a function of SQLAlchemy's synchronous connection. On SQLite it runs in one of a few threads, on
    PostgreSQL in the event loop: it must not touch what other code changes, nor block on anything but the database.

    Attributes:
        where: its name in messages: the file, or the database's name and the server's address. No password.
        dialect: `sqlite` or `postgresql`.
    """

    def __init__(
        self, connections: "SqliteThreads | PostgresPool", *, where: str, file: OpenFile | None = None
    ) -> None:
        self.where = where
        self.engine = connections.engine
        self.dialect = connections.engine.dialect.name
        self._connections = connections
        self._file = file
        self._shared = SharedTransactions(connections.write)
        self._others_shared: list[SharedReads[Any, Any] | SharedWrites[Any, Any]] = []

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction that sees one state of the database. Readers do not wait for writers."""
        with translate_errors(self.where):
            return await self._connections.read(work)

    async def scalar(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row that a statement finds, None when there is none."""
        return await self.read(lambda connection: connection.scalar(statement, parameters))

    async def rows(self, statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        """The few rows that a statement finds."""
        return await self.read(lambda connection: connection.execute(statement).all())

    async def fetch(
        self,
        statement: Select[*tuple[Any, ...]],
        convert: Callable[[RowMapping], Converted],
        parameters: Mapping[str, Any] | None = None,
    ) -> list[Converted]:
        """`convert` of each row, fetched 100 at a time: all at once would block the event loop on PostgreSQL."""

        def work(connection: Connection) -> list[Converted]:
            rows = connection.execute(statement, parameters, execution_options={"yield_per": ROWS_AT_ONCE})
            return [convert(row) for batch in rows.mappings().partitions() for row in batch]

        return await self.read(work)

    async def execute(self, statement: Executable) -> None:
        """Run one statement that writes, in a transaction that others may share; see `batching`."""

        def work(connection: Connection) -> None:
            connection.execute(statement)

        await self.transact(work)

    def upsert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """An INSERT that can say ON CONFLICT: both databases have it, each with a class of its own."""
        if self.dialect == "sqlite":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see below

        return postgresql.insert(table)

    def shared_reads(
        self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]
    ) -> SharedReads[Question, Answer]:
        """Call `read` once for all callers at the same moment; see `batching`."""
        shared = SharedReads(read)
        self._others_shared.append(shared)
        return shared

    def shared_writes(
        self,
        write_all: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        *,
        most: int = MAX_BATCH,
    ) -> SharedWrites[Item, Result]:
        """Write what all callers at the same moment want in one transaction, `most` at once; see `batching`."""
        shared = SharedWrites(self.write, write_all, most=most)
        self._others_shared.append(shared)
        return shared

    @property
    def file_fault(self) -> str | None:
        """Why the next writes would be lost when the process ends; None: they would not. See `open_file`."""
        return self._file.fault() if self._file else None

    def require_file_in_place(self) -> None:
        """Refuse new work when its writes would be lost; work in flight is written anyway, and saved to a copy.

        Raises:
            DatabaseUnusable: the file was deleted, moved or replaced.
        """
        if fault := self.file_fault:
            raise DatabaseUnusable(fault)

    async def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction of its own: committed at its end, rolled back when it raises."""
        if self._file is not None:
            # Logs, and saves a copy, at the first write that would be lost. The write goes on: the copy will have it.
            self._file.fault()
        with translate_errors(self.where):
            return await self._connections.write(work)

    async def transact(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction, and return its result after the commit.

        On SQLite the transaction is shared with other callers of the same moment, and `work` may run twice: see `batching`.
        """
        if self._file is not None:
            # Logs, and saves a copy, at the first write that would be lost. The write goes on: the copy will have it.
            self._file.fault()
        with translate_errors(self.where):
            if self.dialect == "sqlite":
                return await self._shared(work)
            # PostgreSQL has concurrent writers, and groups their commits itself.
            return await self._connections.write(work)

    @asynccontextmanager
    async def driver_connection(self) -> AsyncGenerator[Any]:
        """A connection of PostgreSQL's driver, for as long as the block runs."""
        if self.dialect != "postgresql":
            raise TypeError("only PostgreSQL announces")
        pool = cast("PostgresPool", self._connections)
        with translate_errors(self.where):
            async with pool.driver_connection() as driver:
                yield driver

    async def close(self) -> None:
        """Wait for reads and writes in flight, and close every connection."""
        # Before the engine: pending calls, and the copy of a lost file, still need connections.
        for shared in (self._shared, *self._others_shared):
            await shared.close()
        if self._file is not None:
            await self._file.close()
        await self._connections.close()


def lock_for_decision(connection: Connection) -> None:
    """Take a lock until the transaction ends, for transactions that read and then decide what to write.

    On SQLite the transaction is exclusive anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)


@asynccontextmanager
async def open_database(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> AsyncGenerator[Database]:
    """Open a database without looking at its schema; a SQLite file is created if missing, and locked.

    Raises:
        DatabaseBusy: another process has this SQLite file open.
        DatabaseUnusable: it does not exist or cannot be opened, or a pooler in between cannot be used.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        # Most bots run on SQLite: without SQLAlchemy's asyncio part and this dialect, they take 9 MB less.
        from bot.store.postgresql import PostgresPool, postgresql_engine, server_address  # noqa: PLC0415

        pool = PostgresPool(postgresql_engine(parsed))
        async with _closing(Database(pool, where=server_address(parsed))) as database:
            with translate_errors(database.where):
                await pool.refuse_transaction_pooling(database.where)
            yield database
        return
    path = sqlite_path(parsed)
    # The lock before anything opens the file: SQLite alone would let two bots work on it.
    with lock_file(path):
        threads = SqliteThreads(sqlite_engine(path, busy_timeout_s=busy_timeout_s))
        file = OpenFile(path, threads.vacuum_into)
        async with _closing(Database(threads, where=str(path), file=file)) as database:
            with translate_errors(database.where):
                await threads.open()
            file.record_wal()
            yield database


@asynccontextmanager
async def _closing(database: Database) -> AsyncGenerator[Database]:
    try:
        yield database
    finally:
        await database.close()


def parse_url(url: str) -> URL:
    """Parse a database's URL. Raises DatabaseUnusable, which does not quote the URL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # SQLAlchemy's own message quotes the URL, and with it the password.
        raise DatabaseUnusable("The database's URL is not one.") from None
    if parsed.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise DatabaseUnusable(
            "The database's URL must start with sqlite+aiosqlite:// or postgresql+asyncpg://."
        )
    return parsed


def sqlite_path(url: URL) -> Path:
    """The absolute path of the file in a SQLite URL. Raises DatabaseUnusable when there is none."""
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query:
        raise DatabaseUnusable("The URL of a SQLite database must name a file, and nothing after it.")
    return Path(url.database).resolve()
