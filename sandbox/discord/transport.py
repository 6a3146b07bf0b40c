"""Shared by the REST server, the gateway and the page: hooks around requests and events, and ends of connections."""

import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

Phase = Literal["before", "handled", "answered"]

Hook = Callable[[str, Phase], Awaitable[None]]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def departed_clients(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """End the handling of a request whose client has left; aiohttp would log that as an error of the server."""
    try:
        return await handler(request)
    except ConnectionResetError:
        return web.Response()


def reset_connection(request: web.Request) -> None:
    """Reset the TCP connection of a request (RST), so that the client sees an error and not the end of a stream."""
    if request.transport is None:
        return
    raw = request.transport.get_extra_info("socket")
    if raw is not None:
        # To linger for 0 seconds makes `abort` send RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
