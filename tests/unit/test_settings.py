import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.composer import Request
from bot.errors import SettingsError
from bot.models import Job, NewJob, Promise
from bot.settings import DatabaseSettings, Settings

ROOT = Path(__file__).parents[2]
GOOD = {"DISCORD_TOKEN": "token-of-the-bot", "WHISUL_API_KEY": "key-of-the-operator"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in {**GOOD, **variables}.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def faults(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **variables)
    return caught.value.faults


def test_two_secrets_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings.discord_token.get_secret_value() == "token-of-the-bot"
    assert settings.poll_interval_s == 5
    assert settings.whisul_api_url == "https://whisul.com/api"
    assert settings.warnings() == []


def test_each_missing_variable_is_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert caught.value.faults == [
        "DISCORD_TOKEN: is missing. Set it in the environment or in .env (see .env.example).",
        "WHISUL_API_KEY: is missing. Set it in the environment or in .env (see .env.example).",
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DISCORD_TOKEN", "  ", "DISCORD_TOKEN: must not be empty."),
        ("WHISUL_API_KEY", "two\nlines", "WHISUL_API_KEY: must be one line of printable characters."),
        ("SENTRY_DSN", "https://sentry.example/7", "SENTRY_DSN: must look like https://key@host/number."),
        ("SENTRY_DSN", "http://[", "SENTRY_DSN: is not a URL."),
        ("WHISUL_API_URL", "ftp://x", "WHISUL_API_URL: must be a URL that starts with https:// or http://."),
        ("WHISUL_API_URL", "http://[", "WHISUL_API_URL: is not a URL."),
        (
            "DISCORD_GATEWAY_URL",
            "https://x",
            "DISCORD_GATEWAY_URL: must be a URL that starts with wss:// or ws://.",
        ),
        ("DATABASE_URL", "nonsense", "DATABASE_URL: is not a database URL."),
        (
            "DATABASE_URL",
            "mysql://x/y",
            "DATABASE_URL: must start with sqlite+aiosqlite:// or postgresql+asyncpg://.",
        ),
        (
            "DATABASE_URL",
            "sqlite+aiosqlite://",
            "DATABASE_URL: must name a file: jobs kept in memory are lost at every restart.",
        ),
        ("POLL_INTERVAL_S", "0", "POLL_INTERVAL_S: input should be greater than 0."),
        ("MAX_RUNNING_JOBS", "0", "MAX_RUNNING_JOBS: input should be greater than or equal to 1."),
        (
            "WHISUL_SUBMIT_PATH",
            "/x",
            "WHISUL_SUBMIT_PATH: input should be 'auto', '/compose' or '/generate'.",
        ),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    assert faults(monkeypatch, **{name: value}) == [fault]


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(faults(monkeypatch, POLL_INTERVAL_S="x", MAX_PROMPT_CHARS="0", DATABASE_URL="x")) == 3


def test_a_fault_in_the_database_url_does_not_tell_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in str(faults(monkeypatch, DATABASE_URL="mysql://bot:hunter2@db/x"))


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, DATABASE_URL="postgresql+asyncpg://bot:hunter2@db/x")
    for secret in ("token-of-the-bot", "key-of-the-operator", "hunter2"):
        assert secret not in repr(settings)
        assert secret in settings.secrets()


def test_unwise_values_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, POLL_INTERVAL_S="0.5", WHISUL_API_URL="http://music.example/api")
    assert [line.split()[0] for line in settings.warnings()] == ["POLL_INTERVAL_S", "WHISUL_API_URL"]
    assert load(monkeypatch, POLL_INTERVAL_S="5", WHISUL_API_URL="http://127.0.0.1:1/api").warnings() == []


def test_words_are_taken_in_any_case_and_lists_with_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch, LOG_LEVEL=" debug ", LOG_FORMAT="JSON", MEDIA_PRIVATE_HOSTS="127.0.0.1:80, Box:81,"
    )
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.media_private_hosts == {"127.0.0.1:80", "box:81"}


def test_a_dot_env_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MAX_RUNNING_JOBS=7\nMAX_PROMPT_CHARS=70\nUNKNOWN=1\n", encoding="utf-8")
    settings = load(monkeypatch, MAX_PROMPT_CHARS="80")
    assert (settings.max_running_jobs, settings.max_prompt_chars) == (7, 80)


def test_the_database_alone_needs_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DatabaseSettings.load().database_url.get_secret_value() == "sqlite+aiosqlite:///data/bot.db"
    monkeypatch.setenv("DATABASE_URL", "x")
    with pytest.raises(SettingsError):
        DatabaseSettings.load()


def test_the_example_file_names_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert list(named) == sorted(named, key=list(named).index)
    assert set(named) == {name.upper() for name in Settings.model_fields}
    values = {name: value for name, value in named.items() if value}
    shown = Settings(discord_token="x", whisul_api_key="x", **{k.lower(): v for k, v in values.items()})  # pyright: ignore[reportArgumentType] - the strings of the file are what is tested
    plain = Settings(discord_token="x", whisul_api_key="x")  # pyright: ignore[reportArgumentType] - as above
    assert shown == plain


def test_what_holds_a_token_or_a_prompt_does_not_show_it() -> None:
    moment = datetime(2026, 2, 17, tzinfo=UTC)
    place: dict[str, Any] = {"guild_id": 1, "channel_id": 2, "requester_id": 3}
    text: dict[str, Any] = {"prompt": "a private prompt", "interaction_token": "interaction-token"}
    held = [
        Request(**place, **text, interaction_expires_at=moment),
        NewJob(**place, **text, nonce="n"),
        Job(**place, **text, nonce="n", key=1, created_at=moment),
        Promise(1, "interaction-token", moment),
    ]
    for each in held:
        assert "interaction-token" not in repr(each)
        assert "a private prompt" not in repr(each)
