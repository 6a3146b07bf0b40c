"""What both simulated servers do over HTTP: serve files whole or in ranges, and reset connections."""

import socket
import struct
from collections.abc import Mapping

from aiohttp import web


def requested_part(
    request: web.Request, content: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers for a file: the whole, or the range of it that the request asks for."""
    refused = 416, b"", {**headers, "Content-Range": f"bytes */{len(content)}"}
    try:
        asked = request.http_range
    except ValueError:
        return refused
    if asked.start is None and asked.stop is None:
        return 200, content, dict(headers)
    first, end, _ = asked.indices(len(content))
    if first >= end:
        return refused
    return 206, content[first:end], {**headers, "Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}


def reset_connection(request: web.Request) -> None:
    """Reset the TCP connection of a request (RST), so that the client sees an error and not the end of a stream."""
    if request.transport is None:
        return
    raw = request.transport.get_extra_info("socket")
    if raw is not None:
        # To linger for 0 seconds makes `abort` send RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
