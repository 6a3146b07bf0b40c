"""Foreign addresses made fit to be shown: web addresses only, spelled so that Discord takes them."""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

MAX_EMBED_URL_UNITS = 2048
MAX_BUTTON_URL_UNITS = 512

# Brackets and the at sign are encoded though an address may hold them: brackets would end a masked link, and
# servers look for "@everyone" inside addresses too.
_SAFE_CHARS = "/?#!$&'*+,;=:~-._%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_MAX_HOST_CHARS = 253


def safe_url(url: str | None, *, limit: int = MAX_EMBED_URL_UNITS) -> str | None:
    """The address if it is http(s) with a full host name and no credentials, percent-encoded where it must be.

    None for everything else, also for what is longer than `limit`: half an address leads nowhere. A host without a
    dot is refused because Discord refuses the whole message for it.
    """
    if url is None or len(url) > limit or _UNUSABLE.search(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
        netloc = _netloc(parts)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or netloc is None:
        return None
    shown = f"{parts.scheme}://{netloc}{_encoded(parts)}"
    return shown if len(shown) <= limit else None


def _encoded(parts: SplitResult) -> str:
    """Everything behind the host. What is encoded already stays as it is: signed addresses break otherwise."""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return quote(_STRAY_PERCENT.sub("%25", f"{parts.path or '/'}{query}{fragment}"), safe=_SAFE_CHARS)


def _netloc(parts: SplitResult) -> str | None:
    """The host and port; raises ValueError for what is neither."""
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
    return str(IPv4Address(ascii_host)) if labels[-1].isdigit() else ascii_host
