"""A pooler in front of PostgreSQL that, like others in transaction mode, gives each transaction any connection of the server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
BACKEND_KEY, READY, TERMINATE = b"K", b"Z", b"X"
ENDING = (b"Q", b"S")
"""Messages of clients that the server answers with READY."""

IDLE = b"I"
"""The state in READY that says that no transaction is open."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One of the server's, logged in; `welcome` is what it has said until it was ready."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    welcome: bytes


@dataclass
class Pooler:
    """In session mode each client keeps its first connection."""

    server: Path
    by_transaction: bool
    free: list[Connection] = field(default_factory=list[Connection])

    async def take(self, login: bytes) -> Connection:
        """The connection that was given back last, or a new one."""
        if self.free:
            return self.free.pop()
        reader, writer = await asyncio.open_unix_connection(self.server / SOCKET)
        writer.write(login)
        welcome = b""
        while True:
            message = await read_message(reader)
            # A pooler's clients get a key of its own: the server's belongs to no client.
            welcome += message[:5] + bytes(len(message) - 5) if message[:1] == BACKEND_KEY else message
            if message[:1] == READY:
                return Connection(reader, writer, welcome)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it ends."""
        client = Client(self, writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            size = await reader.readexactly(4)
            login = size + await reader.readexactly(int.from_bytes(size) - 4)
            await client.begin(login)
            while (message := await read_message(reader))[:1] != TERMINATE:
                await client.send(login, message)
        client.end()


@dataclass
class Client:
    """One client, and the connection that it has for its transaction."""

    pooler: Pooler
    writer: asyncio.StreamWriter
    taken: Connection | None = None
    unanswered: int = 0
    passing: asyncio.Task[None] | None = None

    async def begin(self, login: bytes) -> None:
        """Greet it as the server does."""
        taken = await self.pooler.take(login)
        self.writer.write(taken.welcome)
        if self.pooler.by_transaction:
            self.pooler.free.append(taken)
        else:
            self._have(taken)

    async def send(self, login: bytes, message: bytes) -> None:
        """Pass a message of the client on."""
        if self.taken is None:
            self._have(await self.pooler.take(login))
        assert self.taken is not None
        self.unanswered += message[:1] in ENDING
        self.taken.writer.write(message)

    def end(self) -> None:
        """Drop the connection that it has, with its transaction."""
        if self.passing is not None:
            self.passing.cancel()
        if self.taken is not None:
            self.taken.writer.close()
        self.writer.close()

    def _have(self, taken: Connection) -> None:
        self.taken = taken
        self.passing = asyncio.create_task(self._pass_on(taken))

    async def _pass_on(self, taken: Connection) -> None:
        """Pass on what the server says; at the end of a transaction the next one of any client may have the connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await read_message(taken.reader)
                self.writer.write(message)
                self.unanswered -= message[:1] == READY
                if (
                    self.pooler.by_transaction
                    and message[:1] == READY
                    and message[5:] == IDLE
                    and not self.unanswered
                ):
                    self.taken = None
                    self.pooler.free.append(taken)
                    return


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """The next message: its kind, its length, its content."""
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


@asynccontextmanager
async def pooler(server: Path, folder: Path, *, by_transaction: bool) -> AsyncGenerator[Path]:
    """Run a pooler for the server whose socket is in a folder; yields the folder of its own socket."""
    pool = Pooler(server, by_transaction)
    async with await asyncio.start_unix_server(pool.serve, folder / SOCKET):
        yield folder
    for connection in pool.free:
        connection.writer.close()
