"""The way to a database: where it is, how its connections are set up, and its transactions."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, RowMapping, Select, event, func, make_url, select
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
"""An arbitrary number for PostgreSQL's advisory lock, the same in every process."""

_FOR_WRITING = "bot_for_writing"

Row = TypeVar("Row")


class Database:
    """One open database.

    Attributes:
        where: what messages call it: the file, or the server's address and the database's name. No password.
        dialect: `sqlite` or `postgresql`.
    """

    def __init__(self, engine: AsyncEngine, *, where: str, file: OpenFile | None = None) -> None:
        self.where = where
        self._file = file
        self.dialect = engine.dialect.name
        self._engine = engine
        self._writing_engine = engine.execution_options(**{_FOR_WRITING: True})
        # SQLite has one writer at a time. Waiting for one's turn here is fair and costs nothing; waiting inside
        # SQLite is neither, and ends in "database is locked". PostgreSQL's writers need no turns.
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        self._shared = SharedTransactions(self._own_turn)
        self._shared_reads: list[SharedReads[Any, Any]] = []

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees one state of the database. Readers do not wait for writers."""
        with translate_errors(self.where):
            async with self._engine.connect() as connection:
                yield connection

    async def fetch_in_batches(
        self, statement: Select[*tuple[Any, ...]], made: Callable[[RowMapping], Row]
    ) -> list[Row]:
        """What `made` makes of each row of a long answer, read in pieces: at once they would hold the event loop up."""
        found: list[Row] = []
        async with self.read() as connection:
            rows = await connection.stream(statement, execution_options={"yield_per": ROWS_AT_ONCE})
            async for piece in rows.mappings().partitions():
                found += map(made, piece)
        return found

    def shared_reads(
        self, read: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]
    ) -> SharedReads[Question, Answer]:
        """Have `read` called once for all who ask in the same moment: see `sharing`."""
        shared = SharedReads(read)
        self._shared_reads.append(shared)
        return shared

    async def lock_for_decision(self, connection: AsyncConnection) -> None:
        """Let no other process past this line before the transaction ends: for what reads first and then decides.

        SQLite has one writer at a time anyway.
        """
        if self.dialect == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(DECISION_LOCK)))

    @property
    def file_fault(self) -> str | None:
        """Why what is written now would be lost with the process, None when all is well; see `open_file`."""
        return self._file.fault() if self._file else None

    def require_file_in_place(self) -> None:
        """Make certain that what is written from now on outlives the process: asked before anything new is promised.

        Work in hand is written all the same, and saved by a copy.

        Raises:
            DatabaseUnusable: the file was deleted, moved or replaced.
        """
        if fault := self.file_fault:
            raise DatabaseUnusable(fault)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction: committed at the end of the block, rolled back when an error leaves it."""
        with translate_errors(self.where):
            async with self._own_turn() as connection:
                yield connection

    async def transact(self, work: Work[Result]) -> Result:
        """Carry out `work` in a transaction, and return what it returned once that is committed.

        On SQLite the transaction is shared with all that wait for the same turn: see `sharing`.
        """
        if self._file is not None:
            self._file.fault()  # told as soon as it matters
        with translate_errors(self.where):
            if self.dialect == "sqlite":
                return await self._shared(work)
            async with self._own_turn() as connection:
                return await work(connection)

    async def close(self) -> None:
        """Wait for what is being read and written, and close every connection."""
        for shared in (self._shared, *self._shared_reads):
            await shared.close()
        if self._file is not None:
            await self._file.close()
        await self._engine.dispose()

    async def open_connections(self) -> None:
        """Open every connection of a SQLite file: later ones would find what stands at its path by then."""
        async with AsyncExitStack() as stack:
            for _ in range(CONNECTIONS):
                await stack.enter_async_context(self.read())
        if self._file is not None:
            self._file.record_wal()

    @asynccontextmanager
    async def _own_turn(self) -> AsyncGenerator[AsyncConnection]:
        async with self._turn, self._writing_engine.begin() as connection:
            yield connection


@asynccontextmanager
async def open_database(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> AsyncGenerator[Database]:
    """Open the database behind a URL, whatever its schema; a SQLite file is made where there is none, and locked.

    Raises:
        DatabaseBusy: another process has this SQLite file open.
        DatabaseUnusable: it is not there, or not to be opened.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        async with _running(_postgresql_engine(parsed), where=_address(parsed)) as database:
            yield database
    else:
        path = sqlite_path(parsed)
        with lock_file(path):
            engine = _sqlite_engine(path, busy_timeout_s)
            file = OpenFile(path, engine)
            event.listen(engine.sync_engine, "do_connect", _only_to(file))
            async with _running(engine, where=str(path), file=file) as database:
                await database.open_connections()
                yield database


@asynccontextmanager
async def _running(
    engine: AsyncEngine, *, where: str, file: OpenFile | None = None
) -> AsyncGenerator[Database]:
    database = Database(engine, where=where, file=file)
    try:
        yield database
    finally:
        await database.close()


def parse_url(url: str) -> URL:
    """A database's URL, taken apart. Raises DatabaseUnusable, which does not quote it."""
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
    """The file that a SQLite URL names. Raises DatabaseUnusable where it names none."""
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query:
        raise DatabaseUnusable("The URL of a SQLite database must name a file, and nothing after it.")
    return Path(url.database).resolve()


def _sqlite_engine(path: Path, busy_timeout_s: float) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _only_to(file: OpenFile) -> Callable[..., None]:
    """No new connection to another file, or to one that SQLite would make there."""

    def refuse(*_: object) -> None:
        if fault := file.fault():
            raise DatabaseUnusable(fault)

    return refuse


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it does so too late (at the first INSERT or UPDATE), and
    # only ever as DEFERRED. This is SQLAlchemy's documented way to take that over.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk when it returns. With WAL's usual NORMAL the last ones may be gone after a power
    # cut, and among them may be the intent to submit a job that costs money.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its turn any more: another writer may have made
    # what it read stale, and SQLite fails it at once. IMMEDIATE takes the turn at the start.
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
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ImportError as error:
        raise DatabaseUnusable("PostgreSQL needs the package asyncpg, which is not installed.") from error


def _address(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.database} on {host}:{url.port}" if url.port else f"{url.database} on {host}"
