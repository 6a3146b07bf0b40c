"""Downloads from untrusted URLs: public addresses only, size limits, recognised types only."""

import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.media.downloads import MediaFetcher, MediaFile
from bot.delivery.media.errors import (
    MediaError,
    MediaForbidden,
    MediaIncomplete,
    MediaTooLarge,
    MediaUnavailable,
    MediaUnknown,
)
from bot.delivery.media.url_policy import PublicResolver, UrlPolicy, is_public
from bot.http_calls import Backoff
from tests.parameter_ids import short
from tests.whisul_server import (
    FarSide,
    Reply,
    answer,
    brotli_bomb,
    drip,
    endless,
    far_side,
    gzip_twice,
    hang_up,
    raw_then_close,
    reset,
    silence,
    timeouts_for,
    truncated,
)

NO_WAIT = Backoff(first_wait_s=0, max_wait_s=0, jitter_s=0)

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\0" * 90
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 90


class StubResolver(AbstractResolver):
    """A name server of the tests' own: every name leads to `addresses`."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        assert family == socket.AF_UNSPEC
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def fetcher(*allowed: str, **options: Any) -> MediaFetcher:
    options = {"backoff": NO_WAIT} | options
    return MediaFetcher(private_hosts=frozenset(allowed), **options)


def contents(file: MediaFile) -> tuple[bytes, str, str]:
    """The content of the file; closes it."""
    file.content.seek(0)
    data = file.content.read()
    file.close()
    assert len(data) == file.size_bytes
    return data, file.content_type, file.extension


async def fetch(side: FarSide, *, max_bytes: int = 200_000, path: str = "/song.mp3") -> MediaFile:
    timeouts = timeouts_for(side.script[0])
    async with fetcher(side.host, timeouts=timeouts) as media:
        return await media.fetch_audio(side.url + path, max_bytes=max_bytes)


@pytest.fixture
async def cdn() -> AsyncIterator[FarSide]:
    async with far_side(answer(200, MP3)) as side:
        yield side


AUDIO_TYPES = {
    MP3: ("audio/mpeg", "mp3"),
    b"\xff\xfb\x90\x00" + b"\0" * 90: ("audio/mpeg", "mp3"),
    b"\xff\xf3\x40\xc0" + b"\0" * 90: ("audio/mpeg", "mp3"),
    b"\0\0\0\x20ftypM4A \0\0\0\0": ("audio/mp4", "m4a"),
    b"OggS\0\x02": ("audio/ogg", "ogg"),
    b"RIFF\x24\0\0\0WAVEfmt ": ("audio/wav", "wav"),
    b"fLaC\0\0\0\x22": ("audio/flac", "flac"),
    b"\0\0\0\x18ftypiso6\0\0\0\0": ("audio/mp4", "m4a"),
    b"\0\0\0\x18ftypM4VH\0\0\0\0": ("audio/mp4", "m4a"),
    b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm": (
        "audio/webm",
        "webm",
    ),
}
IMAGE_TYPES = {
    JPG: ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": ("image/png", "png"),
    b"RIFF\x24\0\0\0WEBPVP8 ": ("image/webp", "webp"),
    b"GIF87a\x01\0\x01\0": ("image/gif", "gif"),
    b"GIF89a\x01\0\x01\0": ("image/gif", "gif"),
}


async def test_audio_is_recognised_by_its_bytes_whatever_the_server_says() -> None:
    for data, (content_type, extension) in AUDIO_TYPES.items():
        async with far_side(answer(200, data, content_type="text/html")) as side:
            assert contents(await fetch(side)) == (data, content_type, extension)


async def test_an_image_is_recognised_by_its_bytes() -> None:
    for data, (content_type, extension) in IMAGE_TYPES.items():
        async with far_side(answer(200, data)) as side, fetcher(side.host) as media:
            found = await media.fetch_image(f"{side.url}/cover", max_bytes=1000)
        assert contents(found) == (data, content_type, extension)


TEXTS = [
    b"",
    b"<!doctype html><html>Not here</html>",
    b"\xef\xbb\xbf<html>",
    b"\xff\xfe<\0h\0t\0m\0l\0",
    b'{"error": "not yet"}',
    b"Not found\r\n",
    "Seite nicht gefunden: Über ".encode() * 3,
    b"x" * 63 + "ü".encode(),
]
UNKNOWN = [
    b"\xff",
    JPG,
    b"\xff\xf1\x50\x80\x2e\x7f\xfc",
    b"\xff\xfb\xf0\x00",
    b"\xff\xfb\x00\x00",
    b"\xff\xfb\x9c\x00",
    b"\xff\xeb\x90\x00",
    b"\xff\x1b\x90\x00",
    b"\0\0\0\x20ftypavif\0\0\0\0",
    b"\0\0\0\x14ftypqt  \0\0\0\0",
    b"RIFF\x24\0\0\0AVI LIST",
    b"FORM\0\0\x10\0AIFFCOMM",
    b"\x1a\x45\xdf\xa3\x93B\x82\x88matroska",
    gzip.compress(MP3, mtime=0),
]


async def test_a_text_in_place_of_audio_is_unavailable() -> None:
    for data in TEXTS:
        assert type(await audio_error(data)) is MediaUnavailable, data


async def test_bytes_of_another_kind_are_unknown_and_not_broken() -> None:
    for data in UNKNOWN:
        assert type(await audio_error(data)) is MediaUnknown, data


async def audio_error(data: bytes) -> MediaError:
    """The error of fetching these bytes as audio, which is not retried."""
    async with far_side(answer(200, data, content_type="audio/mpeg")) as side:
        with pytest.raises(MediaError) as caught:
            await fetch(side)
        assert len(side.seen) == 1, data
    return caught.value


async def test_an_unknown_type_in_place_of_an_image_is_refused(cdn: FarSide) -> None:
    async with fetcher(cdn.host) as media:
        with pytest.raises(MediaUnknown):
            await media.fetch_image(f"{cdn.url}/cover.jpg", max_bytes=1000)


async def test_a_request_carries_nothing_but_its_address(
    cdn: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with fetcher(cdn.host) as media:
        await media.fetch_audio(f"{cdn.url}/a.mp3?signed=a%2Fb", max_bytes=1000)
    [request] = cdn.seen
    assert request.path == "/a.mp3?signed=a%2Fb"
    assert set(request.headers) == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "/"),
        ("?a", "/?a"),
        ("/a%2Fb%7E.mp3?x=1%2F2+3%2B&y#part", "/a%2Fb%7E.mp3?x=1%2F2+3%2B&y"),
        ("/my song.mp3", "/my%20song.mp3"),
        ("/né?ü", "/n%C3%A9?%C3%BC"),
        ("/a\r\nX: y", "/aX:%20y"),
    ],
    ids=short,
)
async def test_a_signed_url_is_requested_with_its_original_quoting(
    cdn: FarSide, path: str, asked: str
) -> None:
    await fetch(cdn, path=path)
    async with far_side(answer(302, location=path or "/"), answer(200, MP3)) as side:
        if path.isascii() and path.isprintable() and path.startswith("/"):
            await fetch(side)
            assert side.paths[1] == asked
    assert cdn.paths == [asked]


async def test_cookies_are_not_kept() -> None:
    async with far_side(answer(200, MP3, set_cookie="track=me; Path=/")) as side, fetcher(side.host) as media:
        for _ in range(2):
            await media.fetch_audio(f"{side.url}/a.mp3", max_bytes=1000)
    assert all("cookie" not in request.headers for request in side.seen)


# --- size --------------------------------------------------------------------------------------------------------


async def test_a_file_of_exactly_the_cap_is_taken(cdn: FarSide) -> None:
    assert contents(await fetch(cdn, max_bytes=len(MP3)))[0] == MP3


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, MP3),
        endless(b"HTTP/1.1 200 OK\r\n\r\n" + MP3),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n" + MP3),
        raw_then_close(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + MP3 + b"\r\n0\r\n\r\n"
        ),
    ],
    ids=["length told", "endless", "length lies", "chunked"],
)
@pytest.mark.parametrize("max_bytes", [99, 1, 0, -5])
async def test_a_file_over_the_cap_is_too_large(reply: Reply, max_bytes: int) -> None:
    async with far_side(reply) as side:
        with pytest.raises(MediaTooLarge) as caught:
            await fetch(side, max_bytes=max_bytes)
        assert caught.value.limit_bytes == max_bytes
        assert len(side.seen) == 1


@pytest.mark.parametrize(
    ("label", "packed"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli_bomb),
        ("gzip, gzip", gzip_twice),
    ],
    ids=["gzip", "deflate", "br", "gzip twice"],
)
async def test_a_compression_bomb_is_not_decompressed(label: str, packed: Callable[[bytes], bytes]) -> None:
    bomb = packed(MP3 + b"\0" * 20_000_000)
    async with far_side(answer(200, bomb, content_encoding=label)) as side:
        with pytest.raises(MediaUnknown):
            await fetch(side, max_bytes=100_000)


# --- faults that pass, and faults that do not ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        answer(403),
        answer(404),
        answer(408),
        answer(429, retry_after="1"),
        answer(500),
        answer(502),
        answer(503),
        reset,
        truncated(200, MP3),
        raw_then_close(b"not http\r\n\r\n"),
        silence,
        drip(beginning=MP3),
    ],
)
async def test_transient_errors_are_retried(fault: Reply) -> None:
    async with far_side(fault, answer(200, MP3)) as side:
        assert contents(await fetch(side))[0] == MP3
        assert len(side.seen) == 2


@pytest.mark.parametrize("fault", [answer(404), answer(503), silence, hang_up, truncated(200, MP3)])
async def test_a_lasting_error_is_raised_after_the_last_attempt(fault: Reply) -> None:
    async with far_side(fault) as side:
        with pytest.raises(MediaUnavailable):
            await fetch(side)
        assert len(side.seen) >= 3


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 410])
async def test_permanent_statuses_are_not_retried(status: int) -> None:
    async with far_side(answer(status, MP3 if status not in (204, 304) else b"")) as side:
        with pytest.raises(MediaUnavailable):
            await fetch(side)
        assert len(side.seen) == 1


async def test_a_host_that_is_not_there_is_unavailable(cdn: FarSide) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        async with fetcher(host) as media:
            with pytest.raises(MediaUnavailable):
                await media.fetch_audio(f"http://{host}/a.mp3", max_bytes=1000)


async def test_a_fetcher_works_only_while_it_is_open(cdn: FarSide) -> None:
    media = fetcher(cdn.host)
    with pytest.raises(RuntimeError):
        await media.fetch_audio(f"{cdn.url}/a.mp3", max_bytes=1000)
    await media.__aexit__(None, None, None)


@pytest.mark.parametrize("cut", [truncated(200, MP3), drip(beginning=MP3)], ids=["cut off", "drips"])
async def test_incomplete_audio_has_an_error_of_its_own(cut: Reply) -> None:
    async with far_side(cut) as side:
        with pytest.raises(MediaIncomplete):
            await fetch(side)


# --- trying without fetching -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, MP3),
        answer(206, MP3, content_range="bytes 0-99/99999999"),
        endless(b"HTTP/1.1 200 OK\r\n\r\n" + MP3),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n" + MP3),
        drip(beginning=MP3),
    ],
    ids=["whole", "part", "endless", "huge", "drips"],
)
async def test_audio_of_any_size_is_probed_by_its_first_bytes(reply: Reply) -> None:
    async with far_side(reply) as side, fetcher(side.host) as media:
        await media.probe_audio(f"{side.url}/song.mp3")
        assert [request.headers["range"] for request in side.seen] == ["bytes=0-1023"]


async def test_a_probe_retries_transient_errors() -> None:
    async with far_side(answer(404), answer(503), answer(200, MP3)) as side, fetcher(side.host) as media:
        await media.probe_audio(f"{side.url}/song.mp3")
        assert len(side.seen) == 3


@pytest.mark.parametrize(
    "reply",
    [answer(404), answer(410), answer(503), answer(200, "<html>Not here</html>"), answer(200), hang_up],
)
async def test_a_probe_fails_without_audio(reply: Reply) -> None:
    async with far_side(reply) as side, fetcher(side.host) as media:
        with pytest.raises(MediaUnavailable):
            await media.probe_audio(f"{side.url}/song.mp3")


async def test_a_private_address_is_not_probed() -> None:
    async with far_side(answer(200, MP3)) as side, fetcher() as media:
        with pytest.raises(MediaForbidden):
            await media.probe_audio(f"{side.url}/song.mp3")
        assert side.seen == []


# --- redirects -----------------------------------------------------------------------------------------------------


async def test_redirects_carry_no_credentials_cookies_or_referer(cdn: FarSide) -> None:
    async with (
        far_side(answer(302, location=f"{cdn.url}/there.mp3", set_cookie="a=b")) as first,
        fetcher(cdn.host, first.host) as media,
    ):
        found = await media.fetch_audio(f"{first.url}/here.mp3", max_bytes=1000)
    assert contents(found)[0] == MP3
    assert cdn.paths == ["/there.mp3"]
    assert not {"authorization", "cookie", "referer"} & set(cdn.seen[0].headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_relative_redirect_stays_on_its_host(status: int) -> None:
    async with far_side(answer(status, location="../b.mp3"), answer(200, MP3)) as side:
        await fetch(side, path="/x/a.mp3")
        assert side.paths == ["/x/a.mp3", "/b.mp3"]


async def test_at_most_five_redirects_are_followed() -> None:
    async with far_side(*[answer(302, location="/on")] * 5, answer(200, MP3)) as side:
        await fetch(side)
    async with far_side(answer(302, location="/round")) as side:
        with pytest.raises(MediaUnavailable):
            await fetch(side)
        assert len(side.seen) == 6


FORBIDDEN_REDIRECTS = [
    "http://127.0.0.1/secret",
    "http://127.0.0.1:1/secret",
    "http://169.254.169.254/latest/meta-data/",
    "http://2130706433/",
    "//[::1]/",
    "file:///etc/passwd",
    "ftp://cdn.example/a.mp3",
    "http://user:pass@cdn.example/",
    "http://[",
    "javascript:alert(1)",
    "data:audio/mpeg;base64,SUQz",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[2002:a00:1::]/",
]


async def test_a_redirect_to_a_forbidden_place_is_not_followed() -> None:
    for location in FORBIDDEN_REDIRECTS:
        async with far_side(answer(302, location=location)) as side:
            with pytest.raises(MediaForbidden):
                await fetch(side)
            assert len(side.seen) == 1, location


async def test_a_redirect_to_another_port_of_an_allowed_host_is_forbidden(cdn: FarSide) -> None:
    async with far_side(answer(302, location=cdn.url)) as side:
        with pytest.raises(MediaForbidden):
            await fetch(side)
    assert cdn.seen == []


# --- addresses -----------------------------------------------------------------------------------------------------


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - nothing listens on it
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:808:808::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "example.org",
    "",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


def test_only_addresses_of_the_open_internet_are_public() -> None:
    assert [address for address in NOT_PUBLIC if is_public(address)] == []
    assert [address for address in PUBLIC if not is_public(address)] == []


@given(st.ip_addresses(v=4))
def test_no_ipv6_wrapping_makes_an_ipv4_address_public(ip: Any) -> None:
    wrapped = [f"::ffff:{ip}", f"64:ff9b::{ip}"]
    assert {is_public(address) for address in wrapped} == {is_public(str(ip))}


FORBIDDEN = [
    "",
    "cdn.example/a.mp3",
    "//cdn.example/a.mp3",
    "file:///etc/passwd",
    "ftp://cdn.example/",
    "javascript:alert(1)",
    "http://",
    "http:///a.mp3",
    "http://[::1",
    "http://[]@/",
    "http://cdn.example:99999/",
    "http://cdn.example:22/",
    "http://cdn.example:8080/",
    "https://cdn.example:0/",
    "http://user:pass@cdn.example/",
    "http://user@cdn.example/",
    "http://:pass@cdn.example/",
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://127。0。0。1/",
    "http://①②⑦.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.0.1/",
    "http://evil.999/",
    "\ud800",
]


async def test_a_forbidden_url_is_neither_resolved_nor_requested() -> None:
    names = StubResolver("127.0.0.1")
    async with fetcher(resolver=names) as media:
        for url in FORBIDDEN:
            for fetch_file in (media.fetch_audio, media.fetch_image):
                with pytest.raises(MediaForbidden):
                    await fetch_file(url, max_bytes=1000)
            assert names.asked == [], url


async def test_a_name_that_leads_to_one_private_address_is_forbidden() -> None:
    for addresses in (
        ("127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("::1",),
        ("::ffff:10.0.0.1",),
        ("fe80::1%eth0",),
        ("0x7f.1",),
    ):
        names = StubResolver(*addresses)
        async with fetcher(resolver=names) as media:
            with pytest.raises(MediaForbidden):
                await media.fetch_audio("https://cdn.example/a.mp3", max_bytes=1000)
        assert names.asked == ["cdn.example"], addresses


async def test_a_connection_uses_the_address_that_was_checked(cdn: FarSide) -> None:
    names = StubResolver("127.0.0.1")
    host = f"cdn.example:{cdn.port}"
    async with fetcher(host, resolver=names) as media:
        found = await media.fetch_audio(f"http://CDN.example:{cdn.port}/a.mp3", max_bytes=1000)
    assert contents(found)[0] == MP3
    assert names.asked == ["cdn.example"]
    assert cdn.seen[0].headers["host"] == host


async def test_a_name_with_only_public_addresses_resolves_to_all_of_them() -> None:
    resolver = PublicResolver(UrlPolicy(frozenset()), StubResolver("8.8.8.8", "2606:4700::1111"))
    found = await resolver.resolve("cdn.example", 443, socket.AF_UNSPEC)
    await resolver.close()
    assert [result["host"] for result in found] == ["8.8.8.8", "2606:4700::1111"]


async def test_dns_rebinding_is_detected_at_each_resolution() -> None:
    names = StubResolver("8.8.8.8")
    resolver = PublicResolver(UrlPolicy(frozenset()), names)
    await resolver.resolve("cdn.example", 443, socket.AF_UNSPEC)
    names.addresses = ("169.254.169.254",)
    with pytest.raises(MediaForbidden):
        await resolver.resolve("cdn.example", 443, socket.AF_UNSPEC)
    await resolver.close()


async def test_names_are_looked_up_by_the_system_by_default(cdn: FarSide) -> None:
    async with fetcher() as media:
        with pytest.raises(MediaForbidden):
            await media.fetch_audio("http://localhost/a.mp3", max_bytes=1000)


def test_an_allowed_host_is_allowed_with_its_port_alone() -> None:
    policy = UrlPolicy(frozenset({"127.0.0.1:8080", "[::1]:8080", "sandbox.local:8080"}))
    for url in ("http://127.0.0.1:8080/", "http://[::1]:8080/", "http://SANDBOX.local:8080/"):
        assert policy.check(url).port == 8080
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "http://[::1]/", "http://127.1:8080/"):
        with pytest.raises(MediaForbidden):
            policy.check(url)


async def test_an_error_does_not_repeat_a_signed_address(cdn: FarSide) -> None:
    async with fetcher(cdn.host) as media:
        with pytest.raises(MediaTooLarge) as caught:
            await media.fetch_audio(f"{cdn.url}/a.mp3?signature=secret", max_bytes=1)
    assert "secret" not in str(caught.value)


@given(
    st.text()
    | st.from_regex(r"\Ahttps?://.{0,30}\Z")
    | st.from_regex(r"\Ahttps?://[0-9a-fx.:%\[\]@/\\]{1,20}\Z", fullmatch=True)
)
def test_any_text_is_an_address_or_forbidden(text: str) -> None:
    try:
        url = UrlPolicy(frozenset()).check(text)
    except MediaForbidden:
        return
    assert url.scheme in ("http", "https")
    assert url.port in (80, 443)
    assert url.user is None
    assert url.raw_host
    # Judged again, what is dialled is the same.
    assert UrlPolicy(frozenset()).check(str(url)).raw_host == url.raw_host.lower()
