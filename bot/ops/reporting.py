"""Error reports to a Sentry-compatible service, if `SENTRY_DSN` is set: the place of an error, never personal data.

An allowlist decides what is sent: the name of the log event, the stack trace, and a few tags. Texts of exceptions, other log
fields and local variables are not sent, because any of them may quote what somebody typed. The log has them, under the same
reference.
"""

import json
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot import __version__
from bot.errors import SettingsError
from bot.http_calls import ProxyFor, proxy_headers

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

TAGS = ("job", "job_key", "task", "command", "reference", "discord_event")
"""The log fields that are sent as tags: fixed names, and numbers that mean nothing without the log."""

EVENT_FIELDS = (
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "release",
    "message",
    "tags",
    "exception",
    "sdk",
)
FRAME_FIELDS = ("filename", "function", "module", "lineno", "in_app")

FLUSH_TIMEOUT_S = 1.0
"""How long the end of the program waits for events that are not sent yet."""

REPEAT_AFTER_S = 60.0
"""The same error is sent once in this time, so that a loop that keeps failing does not use up the quota."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


@contextmanager
def error_reporting(
    dsn: SecretStr | None, *, hide: Callable[[str], str], proxy_for: ProxyFor = lambda _url: None
) -> Generator[None]:
    """Within the block, send every log event of level ERROR to the service of the DSN; None: send nothing.

    `hide` removes secrets from the serialised event.

    Raises:
        SettingsError: the package is not installed.
    """
    if dsn is None:
        yield
        return
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise SettingsError(
            ["SENTRY_DSN needs the package sentry-sdk: pip install 'whisul-discord-bot[sentry]'."]
        ) from None
    proxy = proxy_for(dsn.get_secret_value()) or ""  # with None the client would read the environment itself
    client = sentry_sdk.Client(
        dsn=dsn.get_secret_value(),
        http_proxy=proxy,
        https_proxy=proxy,
        proxy_headers=proxy_headers(proxy),
        release=__version__,
        default_integrations=False,  # they would attach requests, modules and arguments
        auto_session_tracking=False,
        enable_backpressure_handling=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        send_default_pii=False,
        before_send=_allowlist(hide),
    )
    handler = _ReportingHandler(client)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        # Before the client closes: an error while it flushes must not be sent with it.
        logging.getLogger().removeHandler(handler)
        client.close(timeout=FLUSH_TIMEOUT_S)


class _ReportingHandler(logging.Handler):
    """Makes an event of each error record; a thread of the client sends it."""

    def __init__(self, client: Any) -> None:
        super().__init__(logging.ERROR)
        self._client = client
        self._reported_at: dict[tuple[str, ...], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record to the client. An error here must not prevent other handlers from writing it."""
        try:
            event, hint = _event_of(record)
            if self._is_due(event, at=record.created):
                self._client.capture_event(event, hint)
        except Exception:  # noqa: BLE001 - logging's own way of dealing with a handler that fails
            self.handleError(record)

    def _is_due(self, event: "Event", *, at: float) -> bool:
        """Whether it was not sent within `REPEAT_AFTER_S`: errors are the same by event name and exception classes."""
        # Without their messages: IDs and times in them would make each repeat a new error.
        exceptions: list[dict[str, Any]] = (
            cast("dict[str, Any]", event).get("exception", {}).get("values", [])
        )
        fault = (str(event.get("message")), *(str(each.get("type")) for each in exceptions))
        self._reported_at = {
            told: then for told, then in self._reported_at.items() if abs(at - then) < REPEAT_AFTER_S
        }
        if fault in self._reported_at:
            return False
        self._reported_at[fault] = at
        return True


def _event_of(record: logging.LogRecord) -> tuple["Event", "Hint"]:
    from sentry_sdk.utils import event_from_exception  # noqa: PLC0415 - see above

    # structlog passes a dict; of a record of the standard library only the template is used, not its arguments.
    ours = cast("dict[str, Any]", record.msg) if isinstance(record.msg, dict) else {"event": str(record.msg)}
    error = _exc_info(ours.get("exc_info") or record.exc_info)
    event, hint = event_from_exception(error) if error else (cast("Event", {}), cast("Hint", {}))
    event["message"] = str(ours["event"])
    event["level"] = "fatal" if record.levelno >= logging.CRITICAL else "error"
    event["logger"] = record.name
    event["tags"] = {name: str(ours[name]) for name in TAGS if name in ours}
    return event, hint


def _exc_info(given: object) -> ExcInfo | None:
    """The exception behind any value that logging accepts as `exc_info`; None without one."""
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    found = cast("tuple[Any, ...]", given) if isinstance(given, tuple) else sys.exc_info() if given else ()
    return cast("ExcInfo", found) if found and found[0] is not None else None


def _allowlist(hide: Callable[[str], str]) -> Callable[["Event", "Hint"], "Event"]:
    """The client's last hook before sending: removes every field that is not allowed, such as those the client adds."""

    def before_send(event: "Event", _hint: "Hint") -> "Event":
        everything = cast("dict[str, Any]", event)
        chosen = {name: everything[name] for name in EVENT_FIELDS if name in everything}
        if "exception" in chosen:
            chosen["exception"] = {
                "values": [_without_messages(each) for each in chosen["exception"]["values"]]
            }
        # Last, over everything: a secret may stand even in the name of a file or function.
        return json.loads(hide(json.dumps(chosen, default=str)))

    return before_send


def _without_messages(exception: dict[str, Any]) -> dict[str, Any]:
    """An exception's class and stack trace, without its message."""
    stacktrace: dict[str, Any] = exception.get("stacktrace") or {}
    frames: list[dict[str, Any]] = stacktrace.get("frames", [])
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "stacktrace": {"frames": [{name: frame.get(name) for name in FRAME_FIELDS} for frame in frames]},
    }
