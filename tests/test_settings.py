import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.jobs import Job, NewJob, PendingAck
from bot.errors import SettingsError
from bot.services.requests import Request
from bot.settings import DatabaseSettings, Settings
from tests.parameter_ids import short

ROOT = Path(__file__).parents[1]
GOOD = {"DISCORD_TOKEN": "token-of-the-bot", "WHISUL_API_KEY": "key-of-the-operator"}
TOO_SHORT = "has fewer than 8 characters. Copy all of it again"
NO_PROXY_URL = "isn't a proxy URL. Use one like http://host:port, or `environment`"
TOKEN_MISSING = (
    "DISCORD_TOKEN is missing. Copy it from the Bot page of your application in Discord's developer portal "
    "and set it in .env or the environment."
)
LIKE_SQLITE = "Use one like sqlite+aiosqlite:///data/bot.db."
LIKE_HTTPS = "Use a URL like https://example.com."
UNPRINTABLE = "contains spaces, quotes or characters other than ASCII. Copy it again"


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


def test_token_and_key_are_the_only_required_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings.discord_token.get_secret_value() == "token-of-the-bot"
    assert settings.poll_interval_s == 5
    assert settings.whisul_api_url == "https://whisul.com/api"
    assert settings.warnings() == []


def test_each_missing_setting_is_one_line_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert caught.value.faults == [
        TOKEN_MISSING,
        "WHISUL_API_KEY is missing. Get one from Whisul and set it in .env or the environment.",
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DISCORD_TOKEN", "  ", "DISCORD_TOKEN is empty."),
        ("DISCORD_TOKEN", "Bot ", "DISCORD_TOKEN is empty."),
        ("DISCORD_TOKEN", "abc", f"DISCORD_TOKEN {TOO_SHORT}."),
        ("WHISUL_API_KEY", "Bearer \u200bkey", f"WHISUL_API_KEY {TOO_SHORT}."),
        ("WHISUL_API_KEY", "two\nlines", f"WHISUL_API_KEY {UNPRINTABLE}."),
        ("WHISUL_API_KEY", "key of the operator", f"WHISUL_API_KEY {UNPRINTABLE}."),
        ("WHISUL_API_KEY", "clé-de-l-opérateur", f"WHISUL_API_KEY {UNPRINTABLE}."),
        ("WHISUL_API_KEY", '"key-of-the-operator', f"WHISUL_API_KEY {UNPRINTABLE}."),
        (
            "SENTRY_DSN",
            "https://sentry.example/7",
            "SENTRY_DSN isn't a Sentry DSN. Use one like https://key@host/number.",
        ),
        ("SENTRY_DSN", "http://[", "SENTRY_DSN isn't a URL. Use one like https://key@host/number."),
        ("WHISUL_API_URL", "ftp://x", f"WHISUL_API_URL must start with https:// or http://. {LIKE_HTTPS}"),
        ("WHISUL_API_URL", "http://[", "WHISUL_API_URL isn't a URL. Use one like https://example.com."),
        (
            "DISCORD_GATEWAY_URL",
            "https://x",
            "DISCORD_GATEWAY_URL must start with wss:// or ws://. Use a URL like wss://example.com.",
        ),
        ("DATABASE_URL", "nonsense", f"DATABASE_URL isn't a database URL. {LIKE_SQLITE}"),
        (
            "DATABASE_URL",
            "mysql://x/y",
            f"DATABASE_URL must start with sqlite+aiosqlite:// or postgresql+asyncpg://. {LIKE_SQLITE}",
        ),
        (
            "DATABASE_URL",
            "sqlite+aiosqlite://",
            f"DATABASE_URL doesn't name a file, so every restart would lose all songs. {LIKE_SQLITE}",
        ),
        (
            "POLL_INTERVAL_S",
            "0",
            "POLL_INTERVAL_S is '0' but must be a number above 0 up to 600. For example: 5.",
        ),
        (
            "MAX_QUEUED_JOBS",
            "ten",
            "MAX_QUEUED_JOBS is 'ten' but must be a whole number from 1 up to 100,000. For example: 500.",
        ),
        (
            "MAX_RUNNING_JOBS",
            "0",
            "MAX_RUNNING_JOBS is '0' but must be a whole number from 1. For example: 100.",
        ),
        (
            "ATTACH_MEDIA",
            "perhaps",
            "ATTACH_MEDIA is 'perhaps' but must be true or false. For example: true.",
        ),
        (
            "WHISUL_SUBMIT_PATH",
            "/x",
            "WHISUL_SUBMIT_PATH is '/x' but must be one of auto, /compose, /generate. For example: auto.",
        ),
        (
            "LOG_LEVEL",
            "loud",
            "LOG_LEVEL is 'LOUD' but must be one of DEBUG, INFO, WARNING, ERROR. For example: INFO.",
        ),
        ("PROXY", "socks5://box:1080", f"PROXY {NO_PROXY_URL}."),
        ("MEDIA_PROXY", "http://", f"MEDIA_PROXY {NO_PROXY_URL}."),
    ],
    ids=short,
)
def test_an_invalid_value_is_one_line_with_name_and_rule(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    assert faults(monkeypatch, **{name: value}) == [fault]


def test_all_invalid_settings_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(faults(monkeypatch, POLL_INTERVAL_S="x", MAX_PROMPT_CHARS="0", DATABASE_URL="x")) == 3


def test_an_invalid_database_url_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in str(faults(monkeypatch, DATABASE_URL="mysql://bot:hunter2@db/x"))


def test_secrets_are_not_in_the_repr_and_listed_for_masking(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, DATABASE_URL="postgresql+asyncpg://bot:hunter2@db/x")
    for secret in ("token-of-the-bot", "key-of-the-operator", "hunter2"):
        assert secret not in repr(settings)
        assert secret in settings.secrets()


def test_a_proxy_without_scheme_is_http_and_its_password_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, PROXY="bot:hunter2@box:3128", MEDIA_PROXY=" Environment ")
    assert settings.proxy is not None
    assert settings.proxy.get_secret_value() == "http://bot:hunter2@box:3128"
    assert "hunter2" in settings.secrets()
    assert settings.media_proxy is not None
    assert settings.media_proxy.get_secret_value() == "environment"


def test_an_unusable_environment_proxy_is_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://bot:hunter2@box:1080")
    (fault,) = faults(monkeypatch, PROXY="environment")
    assert (
        fault == "PROXY is `environment`, but HTTPS_PROXY isn't a proxy URL. Use one like http://host:port."
    )
    assert load(monkeypatch, PROXY="").proxy is None


def test_inadvisable_values_give_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, POLL_INTERVAL_S="0.5", WHISUL_API_URL="http://music.example/api")
    assert [line.split()[0] for line in settings.warnings()] == ["POLL_INTERVAL_S", "WHISUL_API_URL"]
    assert load(monkeypatch, POLL_INTERVAL_S="5", WHISUL_API_URL="http://127.0.0.1:1/api").warnings() == []


def test_values_ignore_case_and_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch, LOG_LEVEL=" debug ", LOG_FORMAT="JSON", MEDIA_PRIVATE_HOSTS="127.0.0.1:80, Box:81,"
    )
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.media_private_hosts == {"127.0.0.1:80", "box:81"}


def test_the_environment_overrides_the_dot_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_RUNNING_JOBS=7\nMAX_PROMPT_CHARS=70\n", encoding="utf-8")
    settings = load(monkeypatch, MAX_PROMPT_CHARS="80")
    assert (settings.max_running_jobs, settings.max_prompt_chars) == (7, 80)
    assert settings.unknown_names == ()


@pytest.mark.parametrize(
    "written",
    [
        *(" token-of-the-bot \t", '"token-of-the-bot"', "'token-of-the-bot'", "“token-of-the-bot”"),
        *("Bot token-of-the-bot", '"Bot  token-of-the-bot"', "bearer token-of-the-bot"),
        *("\ufefftoken-of-\u200bthe-bot\u2060",),
    ],
)
def test_a_pasted_secret_is_cleaned(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    settings = load(monkeypatch, DISCORD_TOKEN=written)
    assert settings.discord_token.get_secret_value() == "token-of-the-bot"


def test_values_of_dot_env_are_not_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/root")
    (tmp_path / ".env").write_text(
        "\ufeffexport DISCORD_TOKEN=${HOME}-$HOME-token  # comment\r\n"
        "\u200bWHISUL_API_KEY = 'key#${HOME}'\r\n"
        'DATABASE_URL="sqlite+aiosqlite:///${HOME}/bot.db"\r\n',
        encoding="utf-8",
    )
    settings = Settings.load()
    assert settings.discord_token.get_secret_value() == "${HOME}-$HOME-token"
    assert settings.whisul_api_key.get_secret_value() == "key#${HOME}"
    assert settings.database_url.get_secret_value() == "sqlite+aiosqlite:///${HOME}/bot.db"


NOT_UTF_8 = ".env, line {} isn't UTF-8 text. Save the file as UTF-8."
NO_STATEMENT = ".env, line {} isn't NAME=value, or a quote isn't closed. Fix that line."


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "DISCORD_TOKEN=token-of-the-bot\n".encode("utf-16"),
            ".env is UTF-16. Save the file as UTF-8.",
        ),
        (
            "DISCORD_TOKEN=token-of-the-bot\n".encode("utf-16-le"),
            ".env is UTF-16. Save the file as UTF-8.",
        ),
        (b"# ours\nOPS_HOST=\xfcber\n", NOT_UTF_8.format(2)),
        (b"OPS_PORT=0\n\nDISCORD_TOKEN=ab\x00cd\n", NOT_UTF_8.format(3)),
        (b'OPS_PORT=0\n\n\nDISCORD_TOKEN="token\n', NO_STATEMENT.format(4)),
        (b"DISCORD_TOKEN: token-of-the-bot\n", NO_STATEMENT.format(1)),
        (b"OPS_PORT=0\nDISCORD_TOKEN\n", NO_STATEMENT.format(2)),
    ],
    ids=["UTF-16", "UTF-16 without BOM", "Latin-1", "NUL", "open quote", "YAML", "no ="],
)
def test_an_unreadable_dot_env_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, fault: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    assert faults(monkeypatch) == [fault]


def test_a_directory_named_dot_env_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert faults(monkeypatch) == [
        "Can't read .env (Is a directory). Put a text file there that the bot's user can read."
    ]


def unknown(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[tuple[str | None, str | None]]:
    return [(each.name, each.nearest) for each in load(monkeypatch, **variables).unknown_names]


def test_an_unknown_name_in_dot_env_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "MAX_SONG_PER_DAY=10\nmax_prompt_char=7\nWEATHER=fine\nCOMPOSE_PROJECT_NAME=music\n"
        "# DISCORD_TOKN=no\naGlkZGVuLXNlY3JldA==\n",
        encoding="utf-8",
    )
    assert unknown(monkeypatch) == [
        ("MAX_SONG_PER_DAY", "MAX_SONGS_PER_DAY"),
        ("MAX_PROMPT_CHAR", "MAX_PROMPT_CHARS"),
        ("WEATHER", None),
        (None, None),
    ]
    assert [each.place for each in Settings.load().unknown_names][::3] == [".env, line 1", ".env, line 6"]
    assert "aGlk" not in "".join(each.what for each in Settings.load().unknown_names)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MAX_SONG_PER_DAY", "MAX_SONGS_PER_DAY"),
        ("MAXSONGSPERDAY", "MAX_SONGS_PER_DAY"),
        ("MAX_SONGS_PER_DAY_PER_GUILD", "MAX_SONGS_PER_DAY_PER_SERVER"),
        ("WHISUL_MAX_SONGS_PER_DAY", "MAX_SONGS_PER_DAY"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("WHISUL_KEY", "WHISUL_API_KEY"),
        ("WHISUL_REQUEST_PER_SECOND", "WHISUL_REQUESTS_PER_SECOND"),
        ("DATABASE_URI", "DATABASE_URL"),
    ],
)
def test_a_misspelt_name_in_the_environment_is_reported(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    assert unknown(monkeypatch, **{name: "10"}) == [(name, nearest)]


def test_environment_variables_of_other_programs_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = [
        *("PATH", "HOSTNAME", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "UV_LOG_LEVEL", "APP_DATABASE_URL", "PORT"),
        *("WHISUL_BOT_PORT_8790_TCP", "WHISUL_BOT_SERVICE_HOST", "DISCORD_WEBHOOK", "SENTRY_RELEASE"),
        *(
            "DATABASE_USER",
            "WS_PORT",
            "MAX_JOBS",
            "LOG_FILE",
            "TMPDIR",
            "COMPOSE_PROJECT_NAME",
            "NOTIFY_SOCKET",
            "LOGNAME",
        ),
    ]
    assert unknown(monkeypatch, **dict.fromkeys(foreign, "1")) == []


def test_a_missing_setting_is_reported_with_the_misspelt_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKN=token-of-the-bot\n", encoding="utf-8")
    monkeypatch.setenv("WHISUL_API_KEY", "key-of-the-operator")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert caught.value.faults == [
        TOKEN_MISSING,
        "DISCORD_TOKN (.env, line 1) isn't a setting and has no effect. Rename it to DISCORD_TOKEN, or remove it.",
    ]


def test_a_short_password_is_masked_only_within_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, DATABASE_URL="postgresql+asyncpg://bot:bot@db/x")
    assert settings.secrets()[-1] == ":bot@"
    settings = load(monkeypatch, DATABASE_URL="sqlite+aiosqlite:///x.db", PROXY="http://bot:bot@box:3128")
    assert settings.secrets()[-1] == ":bot@"


def test_database_settings_need_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DatabaseSettings.load().database_url.get_secret_value() == "sqlite+aiosqlite:///data/bot.db"
    monkeypatch.setenv("DATABASE_URL", "x")
    with pytest.raises(SettingsError):
        DatabaseSettings.load()


def test_the_example_file_has_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert list(named) == sorted(named, key=list(named).index)
    assert set(named) == {name.upper() for name in Settings.model_fields}
    values = {name: value for name, value in named.items() if value}
    secrets: Any = {name.lower(): value for name, value in GOOD.items()}
    shown = Settings(**secrets, **{k.lower(): v for k, v in values.items()})  # pyright: ignore[reportArgumentType] - the strings of the file are what is tested
    plain = Settings(**secrets)
    assert shown == plain


def test_tokens_and_prompts_are_not_in_any_repr() -> None:
    moment = datetime(2026, 2, 17, tzinfo=UTC)
    place: dict[str, Any] = {"guild_id": 1, "channel_id": 2, "requester_id": 3}
    text: dict[str, Any] = {"prompt": "a private prompt", "interaction_token": "interaction-token"}
    held = [
        Request(**place, **text, interaction_id=4, interaction_expires_at=moment),
        NewJob(**place, **text, nonce="n"),
        Job(**place, **text, nonce="n", key=1, created_at=moment),
        PendingAck(1, "interaction-token", moment),
    ]
    for each in held:
        assert "interaction-token" not in repr(each)
        assert "a private prompt" not in repr(each)
