import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.ops.logging import secret_redactor, set_up
from bot.ops.reporting import REPEAT_AFTER_S, _allowlist, _ReportingHandler, error_reporting


class Client:
    """Takes events as Sentry's client does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def capture_event(self, event: dict[str, Any], _hint: object) -> None:
        self.events.append(event)


@pytest.fixture
def client() -> Iterator[Client]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    set_up(level="INFO", form="json", secrets=[])
    client = Client()
    root.addHandler(_ReportingHandler(client))
    yield client
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail(event: str, error: Exception) -> None:
    try:
        raise error
    except Exception:  # noqa: BLE001 - made to be logged
        structlog.get_logger("bot.x").exception(event, task="tracker", prompt="a prompt")


def test_only_errors_are_reported(client: Client) -> None:
    log = structlog.get_logger("bot.x")
    log.warning("poll_failed")
    log.error("whisul_key_refused", reference="ab12", prompt="a prompt")
    (event,) = client.events
    assert (event["message"], event["tags"]) == ("whisul_key_refused", {"reference": "ab12"})


def test_exceptions_are_reported_from_every_logger(client: Client) -> None:
    fail("task_crashed", KeyError("x"))
    structlog.get_logger("bot.x").error("submit_crashed", exc_info=ValueError("y"))
    try:
        raise TypeError("z")
    except TypeError:
        logging.getLogger("discord.client").exception("Ignoring exception in %s", "on_what_somebody_typed")
    types = [event["exception"]["values"][-1]["type"] for event in client.events]
    assert types == ["KeyError", "ValueError", "TypeError"]
    assert client.events[2]["message"] == "Ignoring exception in %s"
    assert "somebody_typed" not in str(client.events[2]["message"])


def test_a_repeated_error_is_reported_once_per_period(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        fail("task_crashed", KeyError("x"))
    fail("task_crashed", ValueError("x"))
    assert len(client.events) == 2
    monkeypatch.setattr("bot.ops.reporting.REPEAT_AFTER_S", -REPEAT_AFTER_S)
    fail("task_crashed", KeyError("x"))
    assert len(client.events) == 3


def test_only_allowed_fields_without_secrets_are_sent() -> None:
    event = {
        "message": "task_crashed",
        "tags": {"task": "tracker", "command": "s3cret"},
        "server_name": "host",
        "extra": {"prompt": "a prompt"},
        "breadcrumbs": ["a prompt"],
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "module": "builtins",
                    "value": "a prompt",
                    "stacktrace": {
                        "frames": [{"function": "run", "lineno": 3, "vars": {"prompt": "a prompt"}}]
                    },
                },
                {"type": "ValueError", "value": "a prompt", "stacktrace": None},
            ]
        },
    }
    sent = _allowlist(secret_redactor(["s3cret"]))(event, {})  # pyright: ignore[reportArgumentType] - as the client has made it
    assert "a prompt" not in str(sent)
    assert "s3cret" not in str(sent)
    assert set(sent) == {"message", "tags", "exception"}
    assert sent["exception"]["values"][0]["stacktrace"]["frames"][0]["lineno"] == 3  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_a_dsn_without_the_package_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with (
        pytest.raises(SettingsError, match="sentry-sdk"),
        error_reporting(SecretStr("https://key@sentry.example/7"), hide=secret_redactor([])),
    ):
        pass
