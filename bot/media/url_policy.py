"""Which addresses the bot may fetch from: public ones, whatever a URL, a name server or a notation claims."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.media.errors import MediaForbidden

PUBLIC_PORTS = frozenset({80, 443})

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_URL_CHARS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
# The URL standard reads a host as an IPv4 address when its last label is a number: 127.1, 0x7f.1, 017700000001.
_NUMERIC_LABEL = re.compile(r"(?:\d+|0[xX][0-9A-Fa-f]*)", re.ASCII)


def is_public(address: str) -> bool:
    """Whether an IP address in its usual notation is one of the open internet, and wraps no other kind."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    if ip.ipv4_mapped:
        return _is_public_v4(ip.ipv4_mapped)
    if ip in _NAT64:
        return _is_public_v4(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return _is_public_v6(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _is_public_v6(ip: IPv6Address) -> bool:
    # Teredo and 6to4 carry an IPv4 address through tunnels that are out of use; newer Pythons call 6to4 not global anyway.
    is_tunnel = ip.teredo is not None or ip.sixtofour is not None
    return ip in _GLOBAL_UNICAST and ip.is_global and not ip.scope_id and not is_tunnel


class UrlPolicy:
    """Says which URLs may be fetched; `private_hosts` holds `host:port` entries that may although they are private."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts

    def check(self, text: str, *, base: URL | None = None) -> URL:
        """A URL (relative to `base`, if given) whose scheme, port and literal address may be asked.

        Raises:
            MediaForbidden: it must not be.
        """
        try:
            exact = base.join(URL(text, encoded=True)) if base else URL(text, encoded=True)
            url = URL(str(exact))
            host, port = url.raw_host, url.port
        except (ValueError, IndexError):  # yarl 1.25 has an IndexError for `//[]@`
            raise MediaForbidden("not a URL") from None
        if url.scheme not in ("http", "https") or not host or port is None:
            raise MediaForbidden("not an http(s) address")
        if url.user is not None or url.password is not None:
            raise MediaForbidden(f"{host}: an address with credentials")
        if not self.is_allowed_private(host, port):
            _check_public(host, port)
        return _with_original_quoting(url, exact)

    def is_allowed_private(self, host: str, port: int) -> bool:
        """Whether the operator allows this host and port although they are private."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}".lower() in self._private_hosts


def _with_original_quoting(url: URL, exact: URL) -> URL:
    """The judged address with path and query as they came: a signature may not survive another way of quoting."""
    if not _URL_CHARS.fullmatch(str(exact)):
        return url
    return URL.build(
        scheme=url.scheme,
        authority=url.raw_authority,
        path=exact.raw_path or "/",
        query_string=exact.raw_query_string,
        encoded=True,
    )


def _check_public(host: str, port: int) -> None:
    if port not in PUBLIC_PORTS:
        raise MediaForbidden(f"{host}: port {port} is not one of the web")
    # The HTTP library connects to a literal address without asking its resolver, so it is judged here.
    is_literal = ":" in host or _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2])
    if is_literal and not is_public(host):
        raise MediaForbidden(f"{host}: not a public address")


class PublicResolver(AbstractResolver):
    """Looks names up and lets nothing pass unless every address is public.

    The connector dials the very addresses that were judged here, so a name that answers differently the next time
    gains nothing.
    """

    def __init__(self, url_policy: UrlPolicy, resolver: AbstractResolver | None = None) -> None:
        self._url_policy = url_policy
        self._resolver = resolver or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            MediaForbidden: one of them is not public.
        """
        found = await self._resolver.resolve(host, port, family)
        if not self._url_policy.is_allowed_private(host, port):
            for result in found:
                if not is_public(result["host"]):
                    raise MediaForbidden(f"{host}: its name leads to {result['host']}, not a public address")
        return found

    async def close(self) -> None:
        """Let the name look-up go."""
        await self._resolver.close()
