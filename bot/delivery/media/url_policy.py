"""Which URLs may be downloaded: public hosts on web ports only (protection against server-side request forgery)."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.delivery.media.errors import MediaForbidden

PUBLIC_PORTS = frozenset({80, 443})

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_URL_CHARS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
# The URL standard reads a host as an IPv4 address when its last label is a number: 127.1, 0x7f.1, 017700000001.
_NUMERIC_LABEL = re.compile(r"(?:\d+|0[xX][0-9A-Fa-f]*)", re.ASCII)


def is_public(address: str) -> bool:
    """Whether an IP address in its usual notation is globally routable, and so is the IPv4 address it may wrap."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    # Packets to these two go to the IPv4 address inside, so that is what has to be public.
    if ip.ipv4_mapped:
        return _is_public_v4(ip.ipv4_mapped)
    if ip in _NAT64:
        return _is_public_v4(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return _is_public_v6(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _is_public_v6(ip: IPv6Address) -> bool:
    # Teredo and 6to4 wrap an IPv4 address for obsolete tunnels; only newer Pythons call 6to4 not global.
    is_tunnel = ip.teredo is not None or ip.sixtofour is not None
    return ip in _GLOBAL_UNICAST and ip.is_global and not ip.scope_id and not is_tunnel


class UrlPolicy:
    """Checks URLs; `private_hosts` holds `host:port` entries that are allowed although they are private."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts

    def check(self, text: str, *, base: URL | None = None) -> URL:
        """The URL (resolved against `base`, if given), with an allowed scheme, port and literal address.

        Host names are checked when they are resolved (see `PublicResolver`).

        Raises:
            MediaForbidden: it is not a URL, or not an allowed one.
        """
        try:
            # Checked in the normal form, in which a host has one spelling; requested as it was received.
            exact = base.join(URL(text, encoded=True)) if base else URL(text, encoded=True)
            url = URL(str(exact))
            host, port = url.raw_host, url.port
        except (ValueError, IndexError):  # yarl 1.25 has an IndexError for `//[]@`
            raise MediaForbidden("not a URL") from None
        if url.scheme not in ("http", "https") or not host or port is None:
            raise MediaForbidden("not an http(s) address")
        # They make an address look like that of another host: `https://known.example@host/`.
        if url.user is not None or url.password is not None:
            raise MediaForbidden(f"{host}: an address with credentials")
        if not self.is_allowed_private(host, port):
            _check_public(host, port)
        return _with_original_quoting(url, exact)

    def is_allowed_private(self, host: str, port: int) -> bool:
        """Whether the operator allows this host and port although it is private."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}".lower() in self._private_hosts


def _with_original_quoting(url: URL, exact: URL) -> URL:
    """The checked URL with path and query quoted as received: normalising them may invalidate a signature."""
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
    # aiohttp connects to a literal address without asking the resolver, so it is checked here.
    is_literal = ":" in host or _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2])
    if is_literal and not is_public(host):
        raise MediaForbidden(f"{host}: not a public address")


class PublicResolver(AbstractResolver):
    """Resolves host names, and refuses those with any address that is not public.

    The connector connects to the very addresses that were checked here, so DNS rebinding has no effect.
    """

    def __init__(self, url_policy: UrlPolicy, resolver: AbstractResolver | None = None) -> None:
        self._url_policy = url_policy
        self._resolver = resolver or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host name.

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
        """Close the wrapped resolver."""
        await self._resolver.close()
