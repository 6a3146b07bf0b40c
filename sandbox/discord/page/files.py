"""The files of the demo page, and the attachments of messages."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.json_types import snowflake


@dataclass(slots=True)
class PageFiles:
    """Serves the page from `page_dir` (None: no page), and attachments as Discord's CDN does."""

    bot_messages: BotMessages
    page_dir: Path | None = None

    def add_to(self, app: web.Application) -> None:
        """Add the routes to `app`."""
        app.router.add_get("/attachments/{channel}/{attachment}/{filename}", self.get_attachment)
        if self.page_dir is not None:
            app.router.add_get("/", self.get_index)
            app.router.add_get("/static/{path:.+}", self.get_static)

    async def get_attachment(self, request: web.Request) -> web.Response:
        """A file that was uploaded with a message."""
        file = self.bot_messages.attachments.get(snowflake(request.match_info["attachment"]) or 0)
        if file is None or file.filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": file.content_type,
            "Accept-Ranges": "bytes",
            "Access-Control-Allow-Origin": "*",
        }
        return _with_range(request, file.content, headers)

    async def get_index(self, _: web.Request) -> web.StreamResponse:
        """The page's HTML."""
        return self._file("index.html")

    async def get_static(self, request: web.Request) -> web.StreamResponse:
        """A script or style of the page."""
        return self._file(request.match_info["path"])

    def _file(self, name: str) -> web.StreamResponse:
        root = (self.page_dir or Path()).resolve()
        path = (root / name).resolve()
        # Resolved first: `..` and links must not lead out of the folder.
        if not path.is_relative_to(root) or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


def _with_range(request: web.Request, content: bytes, headers: dict[str, str]) -> web.Response:
    """The content, or the range of it that the request asks for."""
    try:
        wanted = request.http_range
    except ValueError:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=content, headers=headers)
    start, stop, _ = wanted.indices(len(content))
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers = {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{len(content)}"}
    return web.Response(status=206, body=content[start:stop], headers=headers)
