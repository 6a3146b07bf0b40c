"""What the REST server and the gateway share: hooks around their traffic, and resetting a connection."""

import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

Phase = Literal["before", "handled", "answered"]


Hook = Callable[[str, Phase], Awaitable[None]]


def reset(request: web.Request) -> None:
    """Reset the connection behind a request, so that the other side sees an error and no end of stream."""
    if request.transport is None:
        return
    raw = request.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
