"""A forward proxy on loopback, as the only way out of a company network."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yarl import URL

USER, PASSWORD = "bot", "hunter2"
_HOP_BY_HOP = ("proxy-", "connection:", "keep-alive:")


@dataclass(slots=True)
class ForwardProxy:
    """An HTTP proxy for absolute URLs and WebSockets, with a password."""

    port: int = 0
    asked: list[URL] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its URL, with user and password."""
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}"

    def asked_for(self, url: str) -> int:
        """How many requests went through it to the host and port of a URL."""
        return sum(each.authority == URL(url).authority for each in self.asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which carries one request: its answer ends it."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await self._pass_on(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _pass_on(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, *headers = head.strip().split("\r\n")
        method, target, _ = request.split(" ")
        password = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if f"proxy-authorization: basic {password}".lower() not in (line.lower() for line in headers):
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        url = URL(target, encoded=True)
        self.asked.append(url)
        upgrades = any(line.lower().startswith("upgrade:") for line in headers)
        kept = [line for line in headers if not line.lower().startswith(_HOP_BY_HOP)]
        kept.append(f"Connection: {'Upgrade' if upgrades else 'close'}")
        origin_reader, origin_writer = await asyncio.open_connection(url.host, url.port)
        try:
            origin_writer.write(
                "\r\n".join([f"{method} {url.raw_path_qs} HTTP/1.1", *kept, "", ""]).encode("latin-1")
            )
            onward = asyncio.create_task(_copy(reader, origin_writer))
            await _copy(origin_reader, writer)
            onward.cancel()
        finally:
            origin_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()
    except OSError:
        pass


@asynccontextmanager
async def forward_proxy() -> AsyncGenerator[ForwardProxy]:
    """A proxy as long as the block lasts."""
    proxy = ForwardProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
