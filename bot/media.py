"""Fetches covers and audio, so that they can be attached. The addresses come from outside and are trusted in nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import __version__
from bot.addresses import Gatekeeper, PublicResolver
from bot.errors import MediaTooLarge, MediaUnavailable
from bot.patience import Backoff, Timeouts

MAX_REDIRECTS = 5
MAX_PARALLEL_FETCHES = 8

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# 403 and 404 too: a content network says so of a file that has not arrived everywhere yet.
_PASSING = frozenset({403, 404, 408, 425, 429})
_CHUNK_BYTES = 64 * 1024
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"dash"})

Kind = tuple[str, str]
"""A content type and the extension that goes with it, without its dot."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A whole file; its kind was told from its own bytes, not from what the server says."""

    data: bytes
    content_type: str
    extension: str


class _NotNow(MediaUnavailable):
    """A fault that may pass within seconds."""


class MediaFetcher:
    """Fetches files from public addresses, within limits. Use it as an async context manager."""

    def __init__(
        self,
        *,
        private_hosts: frozenset[str] = frozenset(),
        timeouts: Timeouts | None = None,
        backoff: Backoff | None = None,
        names: AbstractResolver | None = None,
    ) -> None:
        """`private_hosts`: `host:port` entries, allowed although private; `names`: who looks host names up."""
        self._gatekeeper = Gatekeeper(private_hosts)
        self._timeouts = timeouts or Timeouts(read_s=15.0, total_s=60.0)
        self._backoff = backoff or Backoff(first_wait_s=1.0, within_s=20.0)
        self._names = names
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=PublicResolver(self._gatekeeper, self._names),
                use_dns_cache=False,
                force_close=True,
                limit=MAX_PARALLEL_FETCHES,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "User-Agent": f"whisul-discord-bot/{__version__}"},
            # Without a total: that is set around the redirects of an attempt. A wait for a free connection is no fault.
            timeout=aiohttp.ClientTimeout(
                sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.read_s
            ),
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch_audio(self, url: str, *, max_bytes: int) -> MediaFile:
        """An mp3, m4a, ogg, wav or flac file of at most `max_bytes`.

        Raises:
            MediaForbidden: the address, or one that it redirects to, must not be fetched from.
            MediaTooLarge: the file has more than `max_bytes`.
            MediaUnavailable: there is no such file there, or not in time.
        """
        return await self._fetch(url, max_bytes=max_bytes, sniff=_audio_kind)

    async def fetch_image(self, url: str, *, max_bytes: int) -> MediaFile:
        """A jpg, png, webp or gif file of at most `max_bytes`; raises like `fetch_audio`."""
        return await self._fetch(url, max_bytes=max_bytes, sniff=_image_kind)

    async def _fetch(self, url: str, *, max_bytes: int, sniff: Callable[[bytes], Kind | None]) -> MediaFile:
        data = await self._backoff.caller()(_NotNow, self._attempt, url, max_bytes)
        kind = sniff(data)
        if kind is None:
            raise MediaUnavailable(f"{URL(url).raw_host}: {len(data)} bytes that are not the file expected")
        return MediaFile(data, *kind)

    async def _attempt(self, text: str, max_bytes: int) -> bytes:
        """One try, redirects included, within one total time."""
        try:
            async with asyncio.timeout(self._timeouts.total_s):
                return await self._follow(text, max_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _NotNow(f"no whole answer ({type(error).__name__})") from error

    async def _follow(self, text: str, max_bytes: int) -> bytes:
        url = self._gatekeeper.check(text)
        for _ in range(MAX_REDIRECTS + 1):
            found = await self._get(url, max_bytes)
            if isinstance(found, bytes):
                return found
            url = found
        raise MediaUnavailable(f"{url.raw_host}: more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: URL, max_bytes: int) -> bytes | URL:
        """The file, or where else it is said to be."""
        if self._session is None:
            raise RuntimeError("MediaFetcher is used outside of `async with`")
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return self._gatekeeper.check(response.headers.get("Location", ""), base=url)
            if response.status in _PASSING or response.status >= 500:  # noqa: PLR2004 - the bounds of a status class
                raise _NotNow(f"{url.raw_host} answered {response.status}")
            if response.status != 200:  # noqa: PLR2004 - the one status that comes with a whole file
                raise MediaUnavailable(f"{url.raw_host} answered {response.status}")
            return await _read(response, max_bytes)


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    data = bytearray()
    if (response.content_length or 0) <= max_bytes:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            data += chunk
            if len(data) > max_bytes:
                break
        else:
            return bytes(data)
    raise MediaTooLarge(f"{response.url.raw_host}: a file over {max_bytes} bytes", limit_bytes=max_bytes)


def _audio_kind(data: bytes) -> Kind | None:
    if data.startswith(b"ID3") or _is_mp3_frame(data[:3]):
        return "audio/mpeg", "mp3"
    if data[4:8] == b"ftyp" and data[8:12] in _AUDIO_BRANDS:
        return "audio/mp4", "m4a"
    if data.startswith(b"OggS"):
        return "audio/ogg", "ogg"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "audio/wav", "wav"
    if data.startswith(b"fLaC"):
        return "audio/flac", "flac"
    return None


def _is_mp3_frame(head: bytes) -> bool:
    """Whether this is the header of an MPEG layer III frame: sync, a real version, bitrate and sample rate."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - the format's own constants
        return False
    version, layer, bitrate, sample_rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, 15) and sample_rate != 3  # noqa: PLR2004 - as above


def _image_kind(data: bytes) -> Kind | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", "png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp", "webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif", "gif"
    return None
