"""Outgoing HTTP calls: time-outs, retries and proxies."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
import stamina
from pydantic import SecretStr
from yarl import URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `read_s` limits each wait for data, `total_s` the whole call.

    Keep `connect_s` below `total_s`: after a call that ran into `total_s`, it is unknown whether it was sent.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 45.0

    def for_aiohttp(self) -> aiohttp.ClientTimeout:
        """The same limits for aiohttp."""
        return aiohttp.ClientTimeout(total=self.total_s, connect=self.connect_s, sock_read=self.read_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Retries of calls that cost nothing: waits double from `first_wait_s` to `max_wait_s`, with jitter.

    No attempt begins later than `within_s` after the first.
    """

    attempts: int = 3
    first_wait_s: float = 0.5
    max_wait_s: float = 3.0
    jitter_s: float = 0.5
    within_s: float = 10.0

    def caller(self) -> stamina.AsyncRetryingCaller:
        """A stamina caller, which logs the error of each attempt but not the arguments."""
        return stamina.AsyncRetryingCaller(
            attempts=self.attempts,
            timeout=self.within_s,
            wait_initial=self.first_wait_s,
            wait_max=self.max_wait_s,
            wait_jitter=self.jitter_s,
        )


FROM_ENVIRONMENT = "environment"
"""The value of a setting that means HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

_AS_HTTP = {"ws": "http", "wss": "https"}

ProxyFor = Callable[[str], str | None]
"""Returns the proxy for a URL; None for a direct connection."""


def proxy_url(text: str) -> str:
    """Normalise a proxy's URL for aiohttp; like curl, `host:port` means an HTTP proxy.

    Raises:
        ValueError: it is no URL of an HTTP proxy; SOCKS is not supported.
    """
    url = URL(text if "://" in text else f"http://{text}")
    if url.scheme != "http" or not url.host:
        raise ValueError("not the URL of an HTTP proxy")
    return str(url)


def environment_proxies() -> dict[str, str]:
    """The environment variables with a proxy, by name, such as HTTPS_PROXY; without NO_PROXY."""
    found = getproxies_environment()
    return {
        f"{scheme.upper()}_PROXY": found[scheme] for scheme in ("https", "http", "all") if scheme in found
    }


def proxy_lookup(setting: SecretStr | None) -> ProxyFor:
    """The look-up that a setting means. aiohttp's `trust_env` is not used, since it also sends logins from `~/.netrc`."""
    text = setting.get_secret_value() if setting else ""
    if text != FROM_ENVIRONMENT:
        return lambda _url: text or None
    return _from_environment


def _from_environment(text: str) -> str | None:
    url = URL(text)
    if proxy_bypass(f"{url.host}:{url.port}"):
        return None
    named = environment_proxies()
    scheme = _AS_HTTP.get(url.scheme, url.scheme).upper()
    proxy = named.get(f"{scheme}_PROXY") or named.get("ALL_PROXY")
    return proxy_url(proxy) if proxy else None


def proxy_passwords(setting: SecretStr | None) -> list[str]:
    """The passwords of the proxies that a setting means, for the log to hide."""
    if setting is None:
        return []
    text = setting.get_secret_value()
    urls = environment_proxies().values() if text == FROM_ENVIRONMENT else [text]
    return [password for url in urls if (password := URL(proxy_url(url)).password)]


def proxy_headers(proxy: str) -> dict[str, str]:
    """The authorisation header of a proxy URL, for clients that ignore user and password in it; empty without a user."""
    url = URL(proxy)
    if not url.user:
        return {}
    return {"Proxy-Authorization": aiohttp.encode_basic_auth(url.user, url.password or "")}


def masked_url(text: str) -> str:
    """A URL with its password hidden."""
    url = URL(text)
    return str(url.with_password("***")) if url.password else text
