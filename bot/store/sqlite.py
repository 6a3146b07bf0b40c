"""SQLite: a few threads with a connection each, in which whole transactions run."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import SingletonThreadPool

from bot.store.errors import DatabaseUnusable

CONNECTIONS = 3
"""One for the transaction that writes, and two for those that read."""

IDLE_TIMEOUT_S = 60.0

Result = TypeVar("Result")


class _Thread(aiosqlite.Connection):
    """A thread of aiosqlite's, which owns a connection.

    aiosqlite switches to the thread and back for each call of its API, at least six times in a transaction. Here the thread
    runs a function that makes all of a transaction's calls.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        super().__init__(connect, iter_chunk_size=1)
        self._thread.daemon = True  # a thread that is never closed must not keep the process alive

    async def open(self) -> None:
        """Connect. Raises what connecting raises, once the thread has ended."""
        try:
            await self
        except BaseException:
            # aiosqlite has told the thread to end, and it still reports to this event loop.
            await asyncio.to_thread(self._thread.join)
            raise

    async def run(self, function: Callable[[], Result]) -> Result:
        return await self._execute(function)  # pyright: ignore[reportUnknownMemberType] - it has no types


class SqliteThreads:
    """Runs transactions on a SQLite file: several that read, and one at a time that writes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._threads: list[_Thread] = []
        # The thread that was idle last: its connection has the most pages in its cache.
        self._idle: asyncio.LifoQueue[_Thread] = asyncio.LifoQueue()
        # SQLite has one writer at a time. This lock is fair and costs nothing; waiting inside SQLite is polling, and ends
        # in "database is locked".
        self._write_lock = asyncio.Lock()

    async def open(self) -> None:
        """Open every connection now: one opened later could find another file at the path."""
        for _ in range(CONNECTIONS):
            thread = _Thread(self._connect)
            await thread.open()
            self._threads.append(thread)
            self._idle.put_nowait(thread)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that sees one state of the database. Readers do not wait for writers."""

        def transaction() -> Result:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                return work(connection)

        return await self._in_thread(transaction)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that no other one writes beside, and commit it."""

        def transaction() -> Result:
            with self.engine.begin() as connection:
                # A DEFERRED transaction that reads and then writes cannot wait for the write lock: what it read may be stale
                # by then, so SQLite fails it at once. IMMEDIATE takes the write lock at the start.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return work(connection)

        async with self._write_lock:
            return await self._in_thread(transaction)

    async def vacuum_into(self, target: Path) -> None:
        """Copy the open database into a new file, also when it is not at its path any more."""

        def copy() -> None:
            # Without SQLAlchemy, which would begin a transaction: VACUUM must run outside of one.
            self._connect().execute("VACUUM INTO ?", (str(target),))

        await self._in_thread(copy)

    async def close(self) -> None:
        """Close every connection once its transaction has ended."""
        for thread in self._threads:
            await thread.close()
        self.engine.dispose()

    def _connect(self) -> Any:
        """Have the engine open the connection of the thread that this runs in."""
        with self.engine.connect() as connection:
            return connection.connection.driver_connection

    async def _in_thread(self, function: Callable[[], Result]) -> Result:
        thread = await self._idle_thread()
        running = asyncio.ensure_future(thread.run(function))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # What runs in a thread cannot be interrupted. Until it has ended, neither the thread nor the write lock is free.
            await asyncio.wait([running])
            running.exception()  # marks it as retrieved
            raise
        finally:
            self._idle.put_nowait(thread)

    async def _idle_thread(self) -> _Thread:
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_S):
                return await self._idle.get()
        except TimeoutError:
            raise DatabaseUnusable(
                f"The database {self.engine.url.database} is overloaded: no connection came free."
            ) from None


def sqlite_engine(path: Path, *, busy_timeout_s: float) -> Engine:
    """The engine for a file: each thread that uses it gets a connection of its own, which stays open."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s, "check_same_thread": False},
        poolclass=SingletonThreadPool,
        pool_size=CONNECTIONS,
        # SQLAlchemy's errors are logged, and the parameters are prompts and tokens.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    # The driver must not begin transactions itself: it does so too late (at the first INSERT or UPDATE), and always
    # as DEFERRED. Here `read` and `write` begin them. SQLAlchemy documents a listener of its event `begin` for this, but
    # with any such listener it looks for listeners at every step of every statement: a third of the time of a short read.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk when it returns. With WAL's usual NORMAL the last ones may be gone after a power
    # cut, and among them may be the intent to submit a job that costs money.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
