"""Logging setup: structured lines from this program and its libraries in one stream, without secrets."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Literal
from urllib.parse import quote, quote_plus

import stamina.instrumentation
import structlog
import structlog.tracebacks
from structlog.typing import Processor

from bot.ops.log_events import job_fields

REDACTED = "[hidden]"

_TOKEN_SHAPES = re.compile(
    r"(?P<before>/(?:webhooks|interactions)/\d+/)(?P<path>[\w.%-]+)"
    r"|(?P<key>[\"']token\\*[\"']:\s*\\*[\"'])[^\"'\\]*"
    r"|(?P<bearer>(?:Bearer|Bot)\s+)[\w.~+/=-]{8,}"
)
"""Interaction tokens in the paths and payloads that discord.py logs at DEBUG, and bearer tokens."""

QUIET_LIBRARIES = {
    "alembic": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "asyncio": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "discord": logging.INFO,  # at DEBUG it logs every payload, with prompts and private answers
}


def shared_processors(*, with_prompts: bool) -> tuple[Processor, ...]:
    """The processors for every line, of this program and of libraries."""
    return (
        structlog.contextvars.merge_contextvars,
        job_fields(with_prompts=with_prompts),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    )


def set_up(
    *,
    level: str,
    form: Literal["auto", "console", "json"],
    secrets: Iterable[str],
    with_prompts: bool = False,
) -> None:
    """Log to standard error: with `auto`, coloured on a terminal and JSON elsewhere. Secrets are redacted in both.

    Prompts are logged only `with_prompts`.
    """
    chain = shared_processors(with_prompts=with_prompts)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    # Replaced, not added: libraries may have installed handlers that do not redact.
    root.handlers = [_handler(chain, console=console, secrets=secrets)]
    root.setLevel(level)
    # Never more than the root logs: a stricter LOG_LEVEL holds for them too.
    for name, quiet in QUIET_LIBRARIES.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    for name in ("discord.client", "discord.http"):
        logging.getLogger(name).addFilter(_lower_routine_warnings)
    # stamina's own hook would log the arguments of retried calls, such as prompts and URLs.
    stamina.instrumentation.set_on_retry_hooks([_log_retry])


def _handler(chain: tuple[Processor, ...], *, console: bool, secrets: Iterable[str]) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(
        _RedactingFormatter(
            secrets=secrets,
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_console_processors() if console else _json_processors()),
            ],
        )
    )
    return handler


# Tracebacks are rendered without local variables, which hold prompts and tokens.


def _console_processors() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _json_processors() -> list[Processor]:
    without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(without_locals),
        structlog.processors.JSONRenderer(default=str),
    ]


def _lower_routine_warnings(record: logging.LogRecord) -> bool:
    """Log filter: lower discord.py's errors about reconnects and rate limits to INFO, on one line.

    discord.py recovers from both by itself; the metrics count them.
    """
    message = str(record.msg)
    if record.exc_info and message.startswith("Attempting a reconnect"):
        error = record.exc_info[1]
        record.msg = f"{record.getMessage()} after {type(error).__name__}: {error}"
        record.args, record.exc_info = (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    elif message.startswith("We are being rate limited"):
        record.levelno, record.levelname = logging.INFO, "INFO"
    # The level was checked before this filter ran, and may have become too low.
    return logging.getLogger().isEnabledFor(record.levelno)


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    structlog.get_logger("bot.retry").info(
        "retry_scheduled",
        call=details.name,
        number=details.retry_num,
        in_s=round(details.wait_for, 2),
        error=type(details.caused_by).__name__,
    )


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the rendered line, so that it covers messages, fields, tracebacks and other loggers alike."""

    def __init__(self, *, secrets: Iterable[str], **options: object) -> None:
        super().__init__(**options)  # pyright: ignore[reportArgumentType] - structlog's own options, passed on
        self._hide = secret_redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The rendered line without secrets."""
        return self._hide(super().format(record))


def secret_redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that replaces the given secrets, and whatever has the form of a token, in a text."""
    spelled = {text for secret in secrets if secret for text in _spellings(secret)}
    # Longest first, so that a secret which contains another one is replaced as a whole.
    longest_first = sorted(spelled, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def hide(text: str) -> str:
        if known is not None:
            text = known.sub(REDACTED, text)
        return _TOKEN_SHAPES.sub(_redact_token, text)

    return hide


def _spellings(secret: str) -> set[str]:
    """The encodings of a secret in a rendered line: plain, in a URL, as a Python literal, in JSON, and in JSON within JSON."""
    plain = {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
    in_json = {json.dumps(text)[1:-1] for text in plain}
    return plain | in_json | {json.dumps(text)[1:-1] for text in in_json}


def _redact_token(match: re.Match[str]) -> str:
    return f"{match['before'] or match['key'] or match['bearer']}{REDACTED}"
