import pytest
from pydantic import SecretStr

from bot.http_calls import masked_url, proxy_headers, proxy_lookup, proxy_passwords

ENVIRONMENT = SecretStr("environment")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_without_a_setting_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://box:3128")
    assert proxy_lookup(None)("https://discord.com") is None


def test_a_proxy_setting_applies_to_every_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "discord.com")
    proxy_for = proxy_lookup(SecretStr("http://box:3128"))
    assert proxy_for("https://discord.com") == proxy_for("http://whisul.com") == "http://box:3128"


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "http://b:2"}, "https://discord.com/api", "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "http://b:2"}, "http://discord.com/api", "http://b:2"),
        ({"HTTPS_PROXY": "http://a:1"}, "wss://gateway.discord.gg", "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "http://discord.com", None),
        ({"https_proxy": "a:1"}, "https://discord.com", "http://a:1"),
        ({"ALL_PROXY": "http://c:3"}, "https://discord.com", "http://c:3"),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "whisul.com"}, "https://api.whisul.com", None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "localhost:8443"}, "https://localhost:8443", None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, "https://discord.com", None),
        ({}, "https://discord.com", None),
    ],
)
def test_environment_proxies_follow_the_common_conventions(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_lookup(ENVIRONMENT)(url) == proxy


def test_proxy_passwords_are_listed_and_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://bot:hunter2@box:3128")
    assert (
        proxy_passwords(ENVIRONMENT)
        == proxy_passwords(SecretStr("http://bot:hunter2@box:3128"))
        == ["hunter2"]
    )
    assert proxy_passwords(None) == []
    assert masked_url("http://bot:hunter2@box:3128") == "http://bot:***@box:3128"
    assert masked_url("environment") == "environment"


def test_proxy_credentials_become_a_basic_auth_header() -> None:
    assert proxy_headers("http://bot:hunter2@box:3128") == {"Proxy-Authorization": "Basic Ym90Omh1bnRlcjI="}
    assert proxy_headers("http://box:3128") == proxy_headers("") == {}
