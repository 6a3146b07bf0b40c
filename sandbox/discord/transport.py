"""Shared by the REST server, the gateway and the page: hooks around requests and events, and clients that have left."""

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
