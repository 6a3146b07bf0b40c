"""Settings, read from the environment and a `.env` file."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from yarl import URL

from bot import env_file, http_calls
from bot.env_file import INVISIBLE, UnknownName
from bot.errors import SettingsError

PostFormat = Literal["embed", "components"]
"""How songs are posted: with an embed, or as components (V2)."""

MIN_ADVISED_POLL_S = 5.0
"""Whisul's own advice: poll a job every 5-10 s, not faster."""


MIN_SECRET_CHARS = 8
"""A shorter token or key is incomplete, and masking it in the log would hide parts of other words."""

MAX_COMMON_WORD_CHARS = 6
"""A password in a URL of at most this length is masked only with its delimiters: alone it may be a common word."""

DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///data/bot.db"

_WHERE_TO_GET = {
    "discord_token": "Copy it from the Bot page of your application in Discord's developer portal",
    "whisul_api_key": "Get one from Whisul",
}

_QUOTES = "\"'\u2018\u2019\u201a\u201c\u201d\u201e"
_QUOTED = re.compile(f"[{_QUOTES}](.*)[{_QUOTES}]")
_SCHEME = re.compile(r"^(bot|bearer)(\s+|$)", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?", re.ASCII)
_TOKEN = re.compile(r"[!#-&(-~]+")


def _without_paste_marks(secret: SecretStr) -> str:
    """The secret without surrounding blanks and quotation marks and without invisible characters, left from copying."""
    text = INVISIBLE.sub("", secret.get_secret_value()).strip()
    quoted = _QUOTED.fullmatch(text)
    return quoted[1].strip() if quoted else text


def _token(secret: SecretStr) -> SecretStr:
    # The scheme comes along when somebody copies the value of an Authorization header.
    text = _SCHEME.sub("", _without_paste_marks(secret))
    if not text:
        raise ValueError("is empty")
    if not _TOKEN.fullmatch(text):
        raise ValueError("contains spaces, quotes or characters other than ASCII. Copy it again")
    if len(text) < MIN_SECRET_CHARS:
        raise ValueError(f"has fewer than {MIN_SECRET_CHARS} characters. Copy all of it again")
    return SecretStr(text)


def _url(*schemes: str) -> AfterValidator:
    def check(text: str) -> str:
        try:
            url = URL(text)
        except ValueError:
            raise ValueError(f"isn't a URL. Use one like {schemes[0]}://example.com") from None
        if url.scheme not in schemes or not url.host:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"must start with {starts}. Use a URL like {schemes[0]}://example.com")
        return text.rstrip("/")

    return AfterValidator(check)


def _database_url(secret: SecretStr) -> SecretStr:
    text = _without_paste_marks(secret)
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(f"isn't a database URL. Use one like {DEFAULT_DATABASE_URL}") from None
    if url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise ValueError(
            f"must start with sqlite+aiosqlite:// or postgresql+asyncpg://. Use one like {DEFAULT_DATABASE_URL}"
        )
    if url.drivername.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ValueError(
            f"doesn't name a file, so every restart would lose all songs. Use one like {DEFAULT_DATABASE_URL}"
        )
    return SecretStr(text)


def _dsn(secret: SecretStr) -> SecretStr:
    try:
        url = URL(_without_paste_marks(secret))
    except ValueError:
        raise ValueError("isn't a URL. Use one like https://key@host/number") from None
    if url.scheme not in ("http", "https") or not (url.host and url.user and url.name.isdigit()):
        raise ValueError("isn't a Sentry DSN. Use one like https://key@host/number")
    return SecretStr(str(url))


def _proxy(secret: SecretStr) -> SecretStr:
    text = _without_paste_marks(secret)
    if text.lower() != http_calls.FROM_ENVIRONMENT:
        return SecretStr(
            _proxy_url(text, "isn't a proxy URL. Use one like http://host:port, or `environment`")
        )
    for name, url in http_calls.environment_proxies().items():
        _proxy_url(url, f"is `environment`, but {name} isn't a proxy URL. Use one like http://host:port")
    return SecretStr(http_calls.FROM_ENVIRONMENT)


def _proxy_url(text: str, fault: str) -> str:
    try:
        return http_calls.proxy_url(text)
    except ValueError:
        raise ValueError(fault) from None


def _hosts(value: object) -> object:
    if isinstance(value, str):
        return frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    return value


def _shard_ids(value: object) -> object:
    """`0-3,7` as the set of its numbers."""
    if not isinstance(value, str):
        return value
    found: set[int] = set()
    for part in value.split(","):
        bounds = _RANGE.fullmatch(part.strip())
        if bounds is None or int(bounds[1]) > int(bounds[2] or bounds[1]):
            raise ValueError("must be numbers and ranges such as 0-3 or 0,2,4-7")
        found.update(range(int(bounds[1]), int(bounds[2] or bounds[1]) + 1))
    return frozenset(found)


Secret = Annotated[SecretStr, AfterValidator(_token)]
HttpUrl = Annotated[str, _url("https", "http")]
GatewayUrl = Annotated[str, _url("wss", "ws")]
SentryDsn = Annotated[SecretStr, AfterValidator(_dsn)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
ShardIds = Annotated[frozenset[int], BeforeValidator(_shard_ids)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]


class DatabaseSettings(BaseSettings):
    """The settings of commands that only use the database."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: DatabaseUrl = SecretStr(DEFAULT_DATABASE_URL)
    migration_copies: Annotated[int, Field(ge=0, le=100)] = 3
    backup_folder: Path | None = None

    _unknown_names: tuple[UnknownName, ...] = PrivateAttr(default=())

    @field_validator("backup_folder", mode="before")
    @classmethod
    def _no_folder(cls, value: object) -> object:
        # `Path("")` would be the current folder.
        return None if isinstance(value, str) and not value.strip() else value

    @property
    def unknown_names(self) -> tuple[UnknownName, ...]:
        """Variables that are no settings, but probably meant as such."""
        return self._unknown_names

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings passes all of these by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides what `load` passes from the file."""
        return env_settings, init_settings

    @classmethod
    def load(cls, file: Path = Path(".env")) -> Self:
        """Read the environment and `file`.

        Raises:
            SettingsError: with one readable line for each fault; no line holds a value that may be secret.
        """
        lines = env_file.read(file)
        # Of all settings: one that this command does not use is not unknown.
        known = [name.upper() for name in Settings.model_fields]
        unknown = env_file.unknown_names(known, file=file, in_file=lines, in_environment=os.environ)
        given: dict[str, Any] = {name.lower(): line.value for name, line in lines.items() if name in known}
        try:
            settings = cls(**given)
        except ValidationError as error:
            faults = [_fault_line(dict(detail)) for detail in error.errors(include_url=False)]
            misspelt = [f"{each.what}. {each.remedy}" for each in unknown if each.nearest]
            raise SettingsError(faults + misspelt) from None
        settings._unknown_names = unknown
        return settings


class Settings(DatabaseSettings):
    """Every setting; the variable has the field's name in capitals. `.env.example` explains each."""

    discord_token: Secret
    discord_api_url: HttpUrl = "https://discord.com/api/v10"
    discord_gateway_url: GatewayUrl = "wss://gateway.discord.gg"

    shard_count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    shard_ids: Annotated[ShardIds | None, NoDecode] = None

    whisul_api_key: Secret
    whisul_api_url: HttpUrl = "https://whisul.com/api"
    whisul_submit_path: Literal["auto", "/compose", "/generate"] = "auto"

    whisul_requests_per_second: Annotated[float, Field(gt=0, le=10_000)] = 5
    whisul_request_burst: Annotated[int, Field(ge=1, le=10_000)] = 10
    poll_interval_s: Annotated[float, Field(gt=0, le=600)] = MIN_ADVISED_POLL_S
    job_deadline_s: Annotated[float, Field(gt=0)] = 1800
    job_not_found_grace_s: Annotated[float, Field(ge=0)] = 60
    max_running_jobs: Annotated[int, Field(ge=1)] = 100
    max_running_jobs_per_server: Annotated[int, Field(ge=1)] = 20
    max_queued_jobs: Annotated[int, Field(ge=1, le=100_000)] = 500
    max_songs_per_day: Annotated[int, Field(ge=1, le=100_000)] = 1000
    max_songs_per_day_per_server: Annotated[int, Field(ge=1, le=100_000)] = 200
    allow_dm: bool = True
    allow_user_install: bool = False
    max_songs_per_day_per_user: Annotated[int, Field(ge=1, le=100_000)] = 10
    max_prompt_chars: Annotated[int, Field(ge=1, le=4000)] = 2000
    erase_left_guilds_after_days: Annotated[float, Field(ge=0, le=3650)] = 30
    max_retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None

    proxy: Proxy | None = None
    media_proxy: Proxy | None = None

    attach_media: bool = True
    post_format: PostFormat = "embed"
    media_private_hosts: Annotated[frozenset[str], NoDecode] = frozenset()

    ops_host: str = "127.0.0.1"
    ops_port: Annotated[int, Field(ge=0, le=65535)] = 8790

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"
    log_prompts: bool = False
    sentry_dsn: SentryDsn | None = None

    @model_validator(mode="before")
    @classmethod
    def _normalise_values(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name, normalise in (
            ("log_level", str.upper),
            ("log_format", str.lower),
            ("post_format", str.lower),
        ):
            if isinstance(values.get(name), str):
                values[name] = normalise(values[name].strip())
        # An empty value means the same as none: compose files and units pass variables that are not set as empty ones.
        for name in ("sentry_dsn", "proxy", "media_proxy", "shard_count", "shard_ids", "max_retention_days"):
            if not str(values.get(name) or "").strip():
                values.pop(name, None)
        if "media_private_hosts" in values:
            values["media_private_hosts"] = _hosts(values["media_private_hosts"])
        return values

    @model_validator(mode="after")
    def _check_shards(self) -> Self:
        if self.shard_ids is not None and self.database_url.get_secret_value().startswith("sqlite"):
            raise ValueError(
                "SHARD_IDS divides the shards among processes, which share a PostgreSQL database: "
                "set DATABASE_URL to one, or leave SHARD_IDS out"
            )
        if self.shard_ids and self.shard_count and max(self.shard_ids) >= self.shard_count:
            raise ValueError(
                f"SHARD_IDS names shard {max(self.shard_ids)}, but of {self.shard_count} shards the last is "
                f"{self.shard_count - 1}"
            )
        return self

    def secrets(self) -> list[str]:
        """Every value that the log must mask."""
        secrets = [self.discord_token, self.whisul_api_key, *filter(None, [self.sentry_dsn])]
        passwords = [
            make_url(self.database_url.get_secret_value()).password,
            *http_calls.proxy_passwords(self.proxy),
            *http_calls.proxy_passwords(self.media_proxy),
        ]
        return [secret.get_secret_value() for secret in secrets] + [
            # A short password is masked with the characters around it in the URL.
            f":{password}@" if len(password) <= MAX_COMMON_WORD_CHARS else password
            for password in filter(None, passwords)
        ]

    def warnings(self) -> list[str]:
        """One line for each value that is allowed but inadvisable."""
        lines: list[str] = []
        if self.poll_interval_s < MIN_ADVISED_POLL_S:
            lines.append(
                f"POLL_INTERVAL_S is {self.poll_interval_s:g}, but Whisul asks for at least {MIN_ADVISED_POLL_S:g} s "
                "between polls of a job and may rate-limit the key. Use this only for tests."
            )
        if URL(self.whisul_api_url).scheme == "http" and not _is_loopback(self.whisul_api_url):
            lines.append("WHISUL_API_URL is http, so the API key is sent unencrypted. Use https.")
        if self.log_prompts:
            lines.append(
                "LOG_PROMPTS is on, so the log contains prompts, and /privacy can't erase them there."
            )
        return lines


def _is_loopback(url: str) -> bool:
    return URL(url).host in ("127.0.0.1", "::1", "localhost")


def _fault_line(detail: dict[str, Any]) -> str:
    """The line for an invalid setting: what it may be, and its value if that is no secret."""
    field = str(detail["loc"][0])
    name = field.upper()
    match detail["type"]:
        case "missing":
            return f"{name} is missing. {_WHERE_TO_GET[field]} and set it in .env or the environment."
        case "value_error":  # raised by a validator above; some of these values are secret
            return f"{name} {detail['ctx']['error']}."
        case _:
            allowed, default = _allowed_values(field), Settings.model_fields[field].default
            return (
                f"{name} is {detail['input']!r} but must be {allowed}. For example: {format_value(default)}."
            )


def _allowed_values(field: str) -> str:
    """The allowed values of a setting, from its type and bounds."""
    field_info = Settings.model_fields[field]
    if field_info.annotation is bool:
        return "true or false"
    if choices := get_args(field_info.annotation):
        return f"one of {', '.join(choices)}"
    kind = "a whole number" if field_info.annotation is int else "a number"
    limits = [
        f"{word} {getattr(bound, name):,}"
        for bound in field_info.metadata
        for name, word in (("gt", "above"), ("ge", "from"), ("le", "up to"))
        if hasattr(bound, name)
    ]
    return " ".join([kind, *limits])


def format_value(value: object) -> str:
    """A setting's value as it would be written in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case frozenset():
            return ",".join(sorted(map(str, cast("frozenset[str]", value))))
        case _:
            return str(value)
