"""Keeps other websites that are open in the same browser away from the demo page's API."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

GUARDED = ("/page/", "/control/")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def same_origin(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse what a page from elsewhere asks for; a browser always says where a page is from when it could do harm."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and URL(origin).authority != request.host
    if is_foreign and request.path.startswith(GUARDED):
        return web.json_response({"error": "Only the demo's own page may ask for that."}, status=403)
    return await handler(request)
