"""A scripted HTTP server down to the socket, which records what it was sent."""

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.http_calls import Timeouts


class Reply(Protocol):
    """Writes what the server sends for one request."""

    __qualname__: str

    async def __call__(self, writer: asyncio.StreamWriter, /) -> None: ...


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; `connection` counts from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass
class FarSide:
    """`script` holds one reply for each request; the last one stays. `routes` goes before it, by path.

    With a `greeting` it speaks first, as no HTTP server does, and closes.
    """

    script: list[Reply] = field(default_factory=list[Reply])
    routes: dict[str, Reply] = field(default_factory=dict[str, Reply])
    seen: list[Seen] = field(default_factory=list[Seen])
    greeting: bytes = b""
    connections: int = 0
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.seen]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._converse(reader, writer, self.connections)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        if self.greeting:
            writer.write(self.greeting)
            return
        while not writer.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.seen.append(Seen(method, path, headers, body, number))
            await self._reply_to(path)(writer)
            await writer.drain()
            if headers.get("connection") == "close":
                break

    def _reply_to(self, path: str) -> Reply:
        if path in self.routes:
            return self.routes[path]
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def far_side(*script: Reply, **routes: Reply) -> AsyncGenerator[FarSide]:
    """A server on loopback; the name of a route is its path without the slash."""
    side = FarSide(list(script), {f"/{path}": reply for path, reply in routes.items()})
    server = await asyncio.start_server(side.serve, "127.0.0.1", 0, limit=2**20)
    side.port = server.sockets[0].getsockname()[1]
    try:
        yield side
    finally:
        server.close()
        await side.stop()
        await server.wait_closed()


def answer(status: int = 200, body: bytes | str = b"", **headers: str) -> Reply:
    """A whole, well-formed answer; `retry_after="5"` becomes the header `retry-after: 5`."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"content-length": str(len(content))} | {n.replace("_", "-"): v for n, v in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} Some Words\r\n{head}\r\n".encode() + content)

    return reply


def json_answer(value: Any, status: int = 200, **headers: str) -> Reply:
    return answer(status, json.dumps(value), **headers)


def accepted(job_id: str = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d") -> Reply:
    """The documented answer to a submit."""
    return json_answer({"message": "Started", "job_id": job_id, "poll_url": f"/jobs/{job_id}"}, 202)


def raw_then_close(data: bytes) -> Reply:
    """These bytes, then the end of the connection."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return reply


def truncated(status: int = 200, body: bytes = b'{"status": "comp') -> Reply:
    """An answer that promises more bytes than it sends."""
    return raw_then_close(f"HTTP/1.1 {status} OK\r\nContent-Length: 5000\r\n\r\n".encode() + body)


async def reset(writer: asyncio.StreamWriter) -> None:
    """A TCP reset instead of an answer."""
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """The end of the connection instead of an answer."""
    writer.close()


async def silence(_: asyncio.StreamWriter) -> None:
    """No answer for as long as the server lives."""
    await asyncio.Event().wait()


def timeouts_for(reply: Reply) -> Timeouts:
    """Short ones where the reply is that none comes (in time), generous ones for a busy machine elsewhere."""
    if reply.__qualname__.startswith(("silence", "drip")):
        return Timeouts(connect_s=5.0, read_s=0.2, total_s=0.5)
    return Timeouts(connect_s=10.0, read_s=20.0, total_s=30.0)


def drip(status: int = 200, *, beginning: bytes = b"") -> Reply:
    """An answer that never stops and never ends: after its beginning, a byte every few milliseconds."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} OK\r\nContent-Length: 100000\r\n\r\n".encode() + beginning)
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)

    return reply


def endless(head: bytes = b"HTTP/1.1 200 OK\r\n\r\n", piece: bytes = b" " * 65536) -> Reply:
    """An answer without a length that goes on until the other side has had enough."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()

    return reply


def gzip_twice(data: bytes) -> bytes:
    return gzip.compress(gzip.compress(data))


def bare_deflate(data: bytes) -> bytes:
    """Without a frame."""
    return zlib.compress(data)[2:-4]


def brotli_bomb(_: bytes) -> bytes:
    return b"\x1b\xff\xff\xff" * 1000
