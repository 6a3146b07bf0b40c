"""Downloads covers and audio to attach them; every URL is untrusted input."""

import asyncio
import codecs
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BufferedIOBase
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver

from bot import USER_AGENT
from bot.delivery.media.buffer import BufferSpace, SpooledFile
from bot.delivery.media.errors import MediaIncomplete, MediaTooLarge, MediaUnavailable, MediaUnknown
from bot.delivery.media.url_policy import PublicResolver, UrlPolicy
from bot.http_calls import Backoff, ProxyFor, Timeouts

Result = TypeVar("Result")

MAX_REDIRECTS = 5
MAX_PARALLEL_FETCHES = 64
"""Two for each concurrent post, so that one slow server does not delay other downloads."""

MAX_BUFFERED_BYTES = 1024 * 1024 * 1024
"""Size limit for all files that were downloaded and are not sent yet."""

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
# 403 and 404 too: a CDN answers so for a file that has not been replicated yet.
_TRANSIENT_STATUSES = frozenset({403, 404, 408, 425, 429})
_CHUNK_BYTES = 64 * 1024
_HEAD_BYTES = 64
"""Enough bytes to recognise every type of file."""

_PROBED_BYTES = 1024

Kind = tuple[str, str]
"""A content type and its file extension without the dot."""

_MP3: Kind = ("audio/mpeg", "mp3")
_AUDIO_KINDS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"ID3"), _MP3),
    (
        re.compile(rb".{4}ftyp(?:M4[AB] |M4V[ HP]|mp4[12]|iso[2-9m]|avc1|dash)", re.DOTALL),
        ("audio/mp4", "m4a"),
    ),
    (re.compile(rb"OggS"), ("audio/ogg", "ogg")),
    (re.compile(rb"RIFF.{4}WAVE", re.DOTALL), ("audio/wav", "wav")),
    (re.compile(rb"fLaC"), ("audio/flac", "flac")),
    (
        re.compile(rb"\x1a\x45\xdf\xa3.*webm", re.DOTALL),
        ("audio/webm", "webm"),
    ),  # other Matroska files may not play in Discord
)
"""Magic bytes of the files that Discord's client plays; a bare mp3 frame is recognised by `_is_mp3_frame`."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A complete file, which the caller closes; its type was recognised by its content."""

    content: BufferedIOBase
    size_bytes: int
    content_type: str
    extension: str
    close: Callable[[], None] = field(compare=False, repr=False)


@dataclass(slots=True)
class _Attempt:
    """One attempt. `started` is set once the first bytes have shown the expected type of file."""

    started: bool = False


ReadResponse = Callable[[aiohttp.ClientResponse, _Attempt], Awaitable[Result]]
"""Reads the result from a 200 (or 206) response."""


class _TransientError(MediaUnavailable):
    """An error that may pass within seconds."""


class MediaFetcher:
    """Downloads files from public addresses, within size and time limits. An async context manager."""

    def __init__(
        self,
        *,
        private_hosts: frozenset[str] = frozenset(),
        timeouts: Timeouts | None = None,
        backoff: Backoff | None = None,
        resolver: AbstractResolver | None = None,
        proxy_for: ProxyFor = lambda _url: None,
    ) -> None:
        """`private_hosts`: `host:port` entries that are allowed although they are private.

        Through a proxy only the URL itself is checked: the proxy resolves the name, and may reach private addresses.
        """
        self._url_policy = UrlPolicy(private_hosts)
        self._timeouts = timeouts or Timeouts(read_s=15.0, total_s=60.0)
        self._backoff = backoff or Backoff(attempts=4, first_wait_s=1.0, within_s=20.0)
        self._resolver = resolver
        self._proxy_for = proxy_for
        self._buffer_space = BufferSpace(MAX_BUFFERED_BYTES)
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # The proxy's own name may lead to a private address: the operator has configured it.
        self._proxied = self._new_session(aiohttp.ThreadedResolver())
        self._direct = self._new_session(PublicResolver(self._url_policy, self._resolver))
        return self

    def _new_session(self, resolver: AbstractResolver) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            # No DNS cache and no kept connections: each connection goes to an address that was checked for it.
            connector=aiohttp.TCPConnector(
                resolver=resolver, use_dns_cache=False, force_close=True, limit=MAX_PARALLEL_FETCHES
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            # Without `total`, which `_attempt` sets around all redirects, and `connect`: a wait for a free connection is no error.
            timeout=aiohttp.ClientTimeout(
                sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.read_s
            ),
            trust_env=False,
            auto_decompress=False,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in filter(None, (self._direct, self._proxied)):
            await session.close()
        self._direct = self._proxied = None

    async def fetch_audio(self, url: str, *, max_bytes: int) -> MediaFile:
        """An audio file of at most `max_bytes` that plays within Discord: mp3, m4a, ogg, wav, flac or webm.

        Raises:
            MediaForbidden: the URL, or one that it redirects to, is not allowed.
            MediaTooLarge: an audio file of more than `max_bytes`.
            MediaIncomplete: an audio file that was not received completely.
            MediaUnknown: a binary file of another type, which may or may not play.
            MediaUnavailable: no file, a text, or no answer in time.
        """
        return await self._fetch(url, max_bytes=max_bytes, kind_of=_audio_kind)

    async def fetch_image(self, url: str, *, max_bytes: int) -> MediaFile:
        """A jpg, png, webp or gif file of at most `max_bytes`; raises as `fetch_audio`."""
        return await self._fetch(url, max_bytes=max_bytes, kind_of=_image_kind)

    async def probe_audio(self, url: str) -> None:
        """Check by its first bytes that there is an audio file of any size; raises as `fetch_audio` if there is not."""

        async def take(response: aiohttp.ClientResponse, attempt: _Attempt) -> None:
            await _read_head(response, attempt, _audio_kind)

        # A server that ignores the range sends the whole file, of which only the beginning is read.
        await self._with_retries(url, take, headers={"Range": f"bytes=0-{_PROBED_BYTES - 1}"})

    async def _fetch(self, url: str, *, max_bytes: int, kind_of: Callable[[bytes], Kind | None]) -> MediaFile:
        async def take(response: aiohttp.ClientResponse, attempt: _Attempt) -> MediaFile:
            head, kind = await _read_head(response, attempt, kind_of)
            spool = SpooledFile(self._buffer_space)
            try:
                await _read_into(response, head, spool, max_bytes)
            # A cancellation too must release the bytes.
            except BaseException:
                spool.close()
                raise
            return MediaFile(spool.content, spool.size_bytes, *kind, close=spool.close)

        return await self._with_retries(url, take)

    async def _with_retries(
        self, url: str, take: ReadResponse[Result], headers: dict[str, str] | None = None
    ) -> Result:
        """Retry transient errors for a short while."""
        caller = self._backoff.caller()
        return await caller((_TransientError, MediaIncomplete), self._attempt, url, take, headers or {})

    async def _attempt(self, text: str, take: ReadResponse[Result], headers: dict[str, str]) -> Result:
        """One attempt, redirects included, within `total_s`."""
        attempt = _Attempt()
        try:
            async with asyncio.timeout(self._timeouts.total_s):
                return await self._follow(text, take, headers, attempt)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            fault = MediaIncomplete if attempt.started else _TransientError
            raise fault(f"no whole answer ({type(error).__name__})") from error

    async def _follow(
        self, text: str, take: ReadResponse[Result], headers: dict[str, str], attempt: _Attempt
    ) -> Result:
        if self._direct is None or self._proxied is None:
            raise RuntimeError("MediaFetcher is used outside of `async with`")
        url = self._url_policy.check(text)
        # Redirects are followed here and not by aiohttp, so that the policy checks every one of them.
        for _ in range(MAX_REDIRECTS + 1):
            proxy = self._proxy_for(str(url))
            session = self._proxied if proxy else self._direct
            async with session.get(url, headers=headers, allow_redirects=False, proxy=proxy) as response:
                if response.status not in _REDIRECT_STATUSES:
                    _check_status(response)
                    return await take(response, attempt)
                url = self._url_policy.check(response.headers.get("Location", ""), base=url)
        raise MediaUnavailable(f"{url.raw_host}: more than {MAX_REDIRECTS} redirects")


def _check_status(response: aiohttp.ClientResponse) -> None:
    status, host = response.status, response.url.raw_host
    if status in _TRANSIENT_STATUSES or status >= 500:  # noqa: PLR2004 - the bounds of a status class
        raise _TransientError(f"{host} answered {status}")
    is_part = status == 206 and "Range" in response.request_info.headers  # noqa: PLR2004 - as it was asked for
    if status != 200 and not is_part:  # noqa: PLR2004 - the one status that comes with a whole file
        raise MediaUnavailable(f"{host} answered {status}")


async def _read_head(
    response: aiohttp.ClientResponse, attempt: _Attempt, kind_of: Callable[[bytes], Kind | None]
) -> tuple[bytes, Kind]:
    """The first bytes of the body, and the type of file that they show."""
    head = b""
    # A server may send the first bytes one by one.
    while len(head) < _HEAD_BYTES and (piece := await response.content.readany()):
        head += piece
    kind = kind_of(head)
    if kind is None:
        fault = MediaUnavailable if _is_text(head) else MediaUnknown
        raise fault(f"{response.url.raw_host}: not the kind of file expected")
    attempt.started = True
    return head, kind


async def _read_into(
    response: aiohttp.ClientResponse, head: bytes, spool: SpooledFile, max_bytes: int
) -> None:
    # The Content-Length saves a useless download, but is only a claim: the bytes are counted while they arrive.
    if max(response.content_length or 0, len(head)) <= max_bytes:
        spool.write(head)
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            if spool.size_bytes + len(chunk) > max_bytes:
                break
            spool.write(chunk)
        else:
            return
    raise MediaTooLarge(f"{response.url.raw_host}: a file over {max_bytes} bytes", limit_bytes=max_bytes)


def _is_text(head: bytes) -> bool:
    """Whether a file that begins so is HTML, JSON or other text (in UTF-8 or UTF-16), or empty."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        # Incremental, because the last character may be cut off.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char.isspace() for char in text)


def _audio_kind(data: bytes) -> Kind | None:
    if _is_mp3_frame(data[:3]):
        return _MP3
    return next((kind for beginning, kind in _AUDIO_KINDS if beginning.match(data[:_HEAD_BYTES])), None)


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
