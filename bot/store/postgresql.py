"""PostgreSQL: a pool of asyncpg's connections."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Dialect, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.driver_errors import POOLED_BY_TRANSACTION
from bot.store.errors import DatabaseUnusable
from bot.store.tables import WHERE, metadata

CONNECTIONS = 5
POOL_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 10.0
RETRY_CONNECT_S = 0.1
TOO_MANY_CONNECTIONS = "53300"
COMMAND_TIMEOUT_S = 30.0
PING_AFTER_S = 1.0
USED_AT_S = "used_at_s"
IDLE_TIMEOUT_MS = 10_000
"""After so long the server ends a transaction whose process does nothing, as when it is suspended: others wait for its locks."""

Result = TypeVar("Result")

for _table in metadata.tables.values():
    for _index in _table.indexes:
        if WHERE in _index.info:
            _index.dialect_options["postgresql"][WHERE] = text(_index.info[WHERE])


class PostgresPool:
    """Runs transactions on a PostgreSQL server, each on a connection of the pool."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept = 0

    @property
    def engine(self) -> Engine:
        """The engine, whose calls work within `read` and `write` only."""
        return self._engine.sync_engine

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction, and roll that back."""
        async with self._connection() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction, and commit it."""
        async with self._connection() as connection, connection.begin():
            return await connection.run_sync(work)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[AsyncConnection]:
        """A connection of the pool. If the server refuses a new one, wait for one that this process has."""
        async with AsyncExitStack() as stack:
            connection = await self._connect()
            stack.push_async_exit(connection)
            yield connection

    async def _connect(self) -> AsyncConnection:
        for _ in range(int(POOL_TIMEOUT_S / RETRY_CONNECT_S)):
            try:
                return await self._engine.connect()
            except DBAPIError as error:
                # Those that are kept never come free.
                others = cast("AsyncAdaptedQueuePool", self._engine.pool).checkedout() - self._kept
                if getattr(error.orig, "sqlstate", None) != TOO_MANY_CONNECTIONS or others <= 0:
                    raise
            await asyncio.sleep(RETRY_CONNECT_S)
        return await self._engine.connect()

    @asynccontextmanager
    async def driver_connection(self) -> AsyncGenerator[Any]:
        """Asyncpg's own connection, for what SQLAlchemy has no call for; it is closed at the end of the block."""
        async with self._connection() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            raw = await connection.get_raw_connection()
            self._kept += 1
            try:
                yield raw.driver_connection
            finally:
                self._kept -= 1
                # Not returned to the pool: it still listens.
                await connection.invalidate()

    async def refuse_transaction_pooling(self, where: str) -> None:
        """Raise DatabaseUnusable when a pooler between here and the server gives each transaction another connection.

        Prepared statements belong to a connection of the server, and LISTEN does.
        """
        async with self._connection() as ours:
            first: Any = (await ours.get_raw_connection()).driver_connection
            backend = await first.fetchval("SELECT pg_backend_pid()")
            if backend == first.get_server_pid():
                # No pooler: it would have given a key of its own.
                return
            async with self._connection() as other:
                second: Any = (await other.get_raw_connection()).driver_connection
                async with second.transaction():
                    # In transaction mode this one most probably gets the connection that the first has just had.
                    await second.execute("SELECT 1")
                    changed = await first.fetchval("SELECT pg_backend_pid() <> $1", backend)
        if changed:
            raise DatabaseUnusable(f"The database {where} cannot be used: {POOLED_BY_TRANSACTION}.")

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def postgresql_engine(url: URL) -> AsyncEngine:
    """The engine for a server; it connects when it is used. Raises DatabaseUnusable without the driver."""
    try:
        engine = create_async_engine(
            url,
            connect_args={
                "timeout": CONNECT_TIMEOUT_S,
                "command_timeout": COMMAND_TIMEOUT_S,
            },
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,
        )
    except ImportError as error:
        raise DatabaseUnusable("PostgreSQL needs the package asyncpg, which is not installed.") from error
    # Not as a setting of the connection: poolers refuse those that they do not know.
    event.listen(engine.sync_engine, "connect", _limit_idle_transactions)
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", partial(_replace_lost, engine.dialect))
    return engine


def _note_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info[USED_AT_S] = time.monotonic()


def _replace_lost(
    dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Have the pool make its connections anew, before a request fails, if this one is lost.

    A server that stops closes its connections, which asyncpg notices by itself. What it cannot notice, as a failover behind a
    pooler, a query finds; SQLAlchemy's takes three round trips, too many for connections that answered a moment ago.
    """
    used_at_s = record.info.get(USED_AT_S)
    if used_at_s is None:
        # Just made.
        return
    driver: Any = connection.driver_connection
    if driver.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - used_at_s > PING_AFTER_S:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _limit_idle_transactions(connection: Any, _record: object) -> None:
    async def limit(driver: Any) -> None:
        await driver.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")

    connection.run_async(limit)


def server_address(url: URL) -> str:
    """The database and its server in messages, without the password."""
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.database} on {host}:{url.port}" if url.port else f"{url.database} on {host}"
