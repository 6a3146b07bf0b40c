"""Refuses requests to the demo page's API from other websites that are open in the same browser."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

GUARDED = ("/page/", "/control/")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def same_origin(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse requests from another origin; browsers send `Origin` with POST requests and WebSocket handshakes."""
    origin = request.headers.get("Origin")
    is_cross_origin = origin is not None and URL(origin).authority != request.host
    if is_cross_origin and request.path.startswith(GUARDED):
        return web.json_response({"error": "Only the demo's own page can do that."}, status=403)
    return await handler(request)
