"""Untrusted URLs for display: http(s) only, encoded so that Discord accepts them."""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

MAX_URL_UNITS = 2048

# Brackets and @ are legal in a URL and encoded nevertheless: a bracket would end a masked link, and Discord looks for
# "@everyone" inside URLs too.
_SAFE_CHARS = "/?#!$&'*+,;=:~-._%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_MAX_HOST_CHARS = 253


def safe_url(url: str | None) -> str | None:
    """The URL, percent-encoded, if it is http(s) with a full host name and without credentials; else None.

    A URL of more than MAX_URL_UNITS characters gives None, because a part of one is useless. So does a host without a dot:
    Discord refuses the whole message for it.
    """
    if url is None or len(url) > MAX_URL_UNITS or _UNUSABLE.search(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
        netloc = _netloc(parts)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or netloc is None:
        return None
    # Measured again below: encoding makes a URL longer.
    shown = f"{parts.scheme}://{netloc}{_encoded(parts)}"
    return shown if len(shown) <= MAX_URL_UNITS else None


def _encoded(parts: SplitResult) -> str:
    """Path, query and fragment. Existing percent-encoding stays: changing it would break signed URLs."""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return quote(_STRAY_PERCENT.sub("%25", f"{parts.path or '/'}{query}{fragment}"), safe=_SAFE_CHARS)


def _netloc(parts: SplitResult) -> str | None:
    """Host and port; None with credentials or without a usable host. Raises ValueError for a malformed port or host."""
    if "@" in parts.netloc or not parts.hostname:
        return None
    host = _host(parts.hostname)
    return host if host is None or parts.port is None else f"{host}:{parts.port}"


def _host(host: str) -> str | None:
    if ":" in host:
        address = IPv6Address(host)
        return None if address.scope_id else f"[{address}]"
    ascii_host = host.encode("idna").decode("ascii")
    labels = ascii_host.removesuffix(".").split(".")
    if len(labels) == 1 or len(ascii_host) > _MAX_HOST_CHARS or not all(map(_LABEL.fullmatch, labels)):
        return None
    # A host that ends in a number is read as an IPv4 address, and must be a valid one.
    return str(IPv4Address(ascii_host)) if labels[-1].isdigit() else ascii_host
