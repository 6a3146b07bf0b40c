"""The files of songs: made on demand in worker threads, kept in a bounded cache, served whole or in ranges."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from sandbox.http_answers import requested_part
from sandbox.whisul.audio import encode_song, encode_tone
from sandbox.whisul.cover import COVER_PX, paint_cover
from sandbox.whisul.exchange import Answer
from sandbox.whisul.songs import Song

_KEPT_FILES = 32
_WORKERS = 2
_TINY_COVER_PX = 64

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range",
}


class FileCache:
    """The files that were asked for last. With `tiny` they are valid, but as small and cheap as possible."""

    def __init__(self, *, tiny: bool) -> None:
        self._tiny = tiny
        self._files: OrderedDict[str, asyncio.Future[bytes]] = OrderedDict()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="whisul-files")

    async def audio(self, song: Song) -> bytes:
        """The song's mp3; a tiny one is a second of one tone, the same for all songs."""
        if self._tiny:
            return await self._cached("tone", encode_tone)
        return await self._cached(f"audio/{song!r}", lambda: encode_song(song))

    async def cover(self, song: Song) -> bytes:
        """The song's cover as a square jpg."""
        size_px = _TINY_COVER_PX if self._tiny else COVER_PX
        return await self._cached(f"cover/{song!r}", lambda: paint_cover(song, size_px))

    async def close(self) -> None:
        """Wait for files that are being made, cancel the others."""
        for file in self._files.values():
            file.cancel()
        await asyncio.to_thread(self._workers.shutdown, cancel_futures=True)

    async def _cached(self, name: str, make: Callable[[], bytes]) -> bytes:
        if name not in self._files:
            # The future is kept, not its result, so that concurrent requests share one.
            self._files[name] = asyncio.get_running_loop().run_in_executor(self._workers, make)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        self._files.move_to_end(name)
        # A request that is cancelled must not cancel the file for others that wait for it.
        return await asyncio.shield(self._files[name])


def ranged_answer(request: web.Request, body: bytes, content_type: str) -> Answer:
    """The file, or the range of it that the request asks for."""
    headers = {"Content-Type": content_type, "Accept-Ranges": "bytes", **_CORS}
    status, part, headers = requested_part(request, body, headers)
    return Answer(status=status, body=part, headers=headers)
