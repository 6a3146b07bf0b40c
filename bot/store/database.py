"""Opens a database, sets up its connections, and runs transactions."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Executable, RowMapping, Select, Table, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.batching import Answer, Question, Result, SharedReads, SharedTransactions, Work
from bot.store.driver_errors import translate_errors
from bot.store.errors import DatabaseUnusable
from bot.store.file_lock import lock_file
from bot.store.open_file import OpenFile

CONNECTIONS = 5
POOL_TIMEOUT_S = 60.0
BUSY_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 30.0
ROWS_AT_ONCE = 100

DECISION_LOCK = 7_450_318
"""The key of PostgreSQL's advisory lock in `Database.lock_for_decision`: arbitrary, the same in every process."""

_FOR_WRITING = "bot_for_writing"

Row = TypeVar("Row")


class Database:
    """One open database.

    Attributes:
        where: its name in messages: the file, or the database's name and the server's address. No password.
        dialect: `sqlite` or `postgresql`.
    """

    def __init__(self, engine: AsyncEngine, *, where: str, file: OpenFile | None = None) -> None:
        self.where = where
        self._file = file
        self.dialect = engine.dialect.name
        self._engine = engine
        self._writing_engine = engine.execution_options(**{_FOR_WRITING: True})
        # SQLite has one writer at a time. This lock is fair and costs nothing; waiting inside SQLite is polling, and ends
        # in "database is locked". PostgreSQL has concurrent writers.
        self._write_lock = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        self._shared = SharedTransactions(self._exclusive_transaction)
        self._shared_reads: list[SharedReads[Any, Any]] = []

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection in a transaction that sees one state of the database. Readers do not wait for writers."""
        with translate_errors(self.where):
            async with self._engine.connect() as connection:
                yield connection

    async def fetch_in_batches(
        self, statement: Select[*tuple[Any, ...]], convert: Callable[[RowMapping], Row]
    ) -> list[Row]:
        """`convert` of each row, fetched 100 at a time: all at once would block the event loop."""
        found: list[Row] = []
        async with self.read() as connection:
            rows = await connection.stream(statement, execution_options={"yield_per": ROWS_AT_ONCE})
            async for batch in rows.mappings().partitions():
                found += map(convert, batch)
        return found

    async def execute(self, statement: Executable) -> None:
        """Run one statement that writes, in a transaction that others may share; see `batching`."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statement)

        await self.transact(work)

    def upsert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that can say ON CONFLICT: both databases have it, each with a class of its own."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)

    def shared_reads(
        self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]
    ) -> SharedReads[Question, Answer]:
        """Call `read` once for all callers at the same moment; see `batching`."""
        shared = SharedReads(read)
        self._shared_reads.append(shared)
        return shared

    async def lock_for_decision(self, connection: AsyncConnection) -> None:
        """Take a lock until the transaction ends, for transactions that read and then decide what to write.

        On SQLite the transaction is exclusive anyway.
        """
        if self.dialect == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(DECISION_LOCK)))

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

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction: committed at the end of the block, rolled back when an error leaves it."""
        with translate_errors(self.where):
            async with self._exclusive_transaction() as connection:
                yield connection

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
            async with self._exclusive_transaction() as connection:
                return await work(connection)

    async def close(self) -> None:
        """Wait for reads and writes in flight, and close every connection."""
        # Before the engine: pending calls, and the copy of a lost file, still need connections.
        for shared in (self._shared, *self._shared_reads):
            await shared.close()
        if self._file is not None:
            await self._file.close()
        await self._engine.dispose()

    async def open_connections(self) -> None:
        """Open every connection of a SQLite file now: one opened later could find another file at its path."""
        async with AsyncExitStack() as stack:
            for _ in range(CONNECTIONS):
                await stack.enter_async_context(self.read())
        if self._file is not None:
            self._file.record_wal()

    @asynccontextmanager
    async def _exclusive_transaction(self) -> AsyncGenerator[AsyncConnection]:
        async with self._write_lock, self._writing_engine.begin() as connection:
            yield connection


@asynccontextmanager
async def open_database(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> AsyncGenerator[Database]:
    """Open a database without looking at its schema; a SQLite file is created if missing, and locked.

    Raises:
        DatabaseBusy: another process has this SQLite file open.
        DatabaseUnusable: it does not exist or cannot be opened.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        async with _closing(_postgresql_engine(parsed), where=_address(parsed)) as database:
            yield database
    else:
        path = sqlite_path(parsed)
        # The lock before anything opens the file: SQLite alone would let two bots work on it.
        with lock_file(path):
            engine = _sqlite_engine(path, busy_timeout_s)
            file = OpenFile(path, engine)
            event.listen(engine.sync_engine, "do_connect", _refuse_if_lost(file))
            async with _closing(engine, where=str(path), file=file) as database:
                await database.open_connections()
                yield database


@asynccontextmanager
async def _closing(
    engine: AsyncEngine, *, where: str, file: OpenFile | None = None
) -> AsyncGenerator[Database]:
    database = Database(engine, where=where, file=file)
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


# --- SQLite ---------------------------------------------------------------------------------------------------------


def sqlite_path(url: URL) -> Path:
    """The absolute path of the file in a SQLite URL. Raises DatabaseUnusable when there is none."""
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query:
        raise DatabaseUnusable("The URL of a SQLite database must name a file, and nothing after it.")
    return Path(url.database).resolve()


def _sqlite_engine(path: Path, busy_timeout_s: float) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        # No more than `open_connections` has opened: a connection made later could find another file at the path.
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        # SQLAlchemy's errors are logged, and the parameters are prompts and tokens.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _refuse_if_lost(file: OpenFile) -> Callable[..., None]:
    """A handler that refuses new connections once another file, or none, is at the path."""

    def refuse(*_: object) -> None:
        if fault := file.fault():
            raise DatabaseUnusable(fault)

    return refuse


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions itself: it does so too late (at the first INSERT or UPDATE), and always
    # as DEFERRED. This is the way that SQLAlchemy documents.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk when it returns. With WAL's usual NORMAL the last ones may be gone after a power
    # cut, and among them may be the intent to submit a job that costs money.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A DEFERRED transaction that reads and then writes cannot wait for the write lock: what it read may be stale by then,
    # so SQLite fails it at once. IMMEDIATE takes the write lock at the start.
    for_writing = connection.get_execution_options().get(_FOR_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if for_writing else "BEGIN")


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgresql_engine(url: URL) -> AsyncEngine:
    try:
        return create_async_engine(
            url,
            connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": COMMAND_TIMEOUT_S},
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=POOL_TIMEOUT_S,
            # A server that was restarted has closed the idle connections: they are replaced here, before a request fails.
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ImportError as error:
        raise DatabaseUnusable("PostgreSQL needs the package asyncpg, which is not installed.") from error


def _address(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.database} on {host}:{url.port}" if url.port else f"{url.database} on {host}"
