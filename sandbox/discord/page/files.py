"""The files of the demo page, and the attachments of messages."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.json_types import snowflake
from sandbox.http_answers import requested_part


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
        status, body, headers = requested_part(request, file.content, headers)
        return web.Response(status=status, body=body, headers=headers)

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
