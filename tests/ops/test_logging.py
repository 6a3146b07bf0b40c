import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
import structlog

from bot.ops.log_events import about
from bot.ops.logging import secret_redactor, set_up
from tests.job_shapes import a_song_job
from tests.parameter_ids import short


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield lambda: capsys.readouterr().err
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_lines_are_json_without_a_terminal(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="auto", secrets=[])
    structlog.get_logger("bot.x").info("job_queued", job="81fa5ff7")
    logging.getLogger("discord").warning("from %s", "below")
    first, second = (json.loads(line) for line in written().splitlines())
    assert (first["event"], first["job"], first["level"], first["logger"]) == (
        "job_queued",
        "81fa5ff7",
        "info",
        "bot.x",
    )
    assert (second["event"], second["level"]) == ("from below", "warning")


def test_the_level_is_kept(written: Callable[[], str]) -> None:
    set_up(level="WARNING", form="json", secrets=[])
    structlog.get_logger("bot.x").info("quiet")
    assert written() == ""


def test_console_lines_are_readable(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="console", secrets=[])
    structlog.get_logger("bot.x").info("job_queued", job="81fa5ff7")
    line = written()
    assert "job_queued" in line
    assert not line.startswith("{")


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_are_redacted_everywhere_in_a_line(written: Callable[[], str], form: str) -> None:
    set_up(level="DEBUG", form=form, secrets=["s3cret-token", "s3cret"])  # pyright: ignore[reportArgumentType] - parametrised
    log = structlog.get_logger("bot.x")
    log.info("s3cret-token in the event", field="s3cret-token", nested={"k": ["s3cret"]})
    try:
        unsaid = f"the {form} prompt"
        raise ValueError("s3cret-token", len(unsaid))
    except ValueError:
        log.exception("failed")
    logging.getLogger("aiohttp").debug("Authorization: Bearer s3cret-token")
    lines = written()
    assert "s3cret" not in lines
    assert f"the {form} prompt" not in lines, "tracebacks must not show local variables"
    assert lines.count("[hidden]") >= 5


@pytest.mark.parametrize(
    "line",
    [
        "POST https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246MTIz/messages/@original",
        "POST /interactions/123/aW50ZXJhY3Rpb246MTIz/callback",
        "{'op': 2, 'd': {'token': 'aW50ZXJhY3Rpb246MTIz'}}",
        '{"token":"aW50ZXJhY3Rpb246MTIz"}',
        r'{"event": "sent {\"token\": \"aW50ZXJhY3Rpb246MTIz\", \"type\": 2}"}',
        "Authorization: Bot aW50ZXJhY3Rpb246MTIz",
    ],
    ids=short,
)
def test_text_in_the_form_of_a_token_is_redacted(line: str) -> None:
    hidden = secret_redactor([])(line)
    assert "aW50ZXJhY3Rpb246MTIz" not in hidden
    assert "[hidden]" in hidden


def test_the_rest_of_a_payload_stays() -> None:
    assert secret_redactor([])('{"token": "abc", "type": 2}') == '{"token": "[hidden]", "type": 2}'
    assert secret_redactor([])("{'type': 2, 'token': 'abc'}") == "{'type': 2, 'token': '[hidden]'}"


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", ['pa"ss\\word', "p@ss/w:rd +%", "pässwörd", "it's", "tab\there"])
def test_every_encoding_of_a_secret_is_redacted(written: Callable[[], str], form: str, secret: str) -> None:
    set_up(level="DEBUG", form=form, secrets=[secret])  # pyright: ignore[reportArgumentType] - parametrised
    log = structlog.get_logger("bot.x")
    spellings = [secret, repr(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)]
    for spelling in spellings:
        log.info(spelling, field=secret, nested=[secret])
    try:
        raise ValueError(secret, [secret])
    except ValueError:
        log.exception("failed")
    lines = written()
    assert [spelling for spelling in spellings if spelling in lines] == []
    assert [spelling for spelling in spellings if json.dumps(spelling)[1:-1] in lines] == []
    assert lines.count("[hidden]") >= 5 * 3


def test_the_rest_of_a_line_stays() -> None:
    assert secret_redactor(["abc"])("x abc y") == "x [hidden] y"
    assert secret_redactor([])("nothing to hide") == "nothing to hide"


def test_a_reconnect_is_one_line_at_info(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="json", secrets=[])
    try:
        raise ConnectionResetError("100% gone")
    except ConnectionResetError:
        logging.getLogger("discord.client").exception("Attempting a reconnect in %.2fs", 1.5)
    (line,) = (json.loads(line) for line in written().splitlines())
    assert line["event"] == "Attempting a reconnect in 1.50s after ConnectionResetError: 100% gone"
    assert line["level"] == "info"
    assert "exception" not in line
    set_up(level="ERROR", form="json", secrets=[])
    logging.getLogger("discord.client").warning("not to be seen")
    assert written() == ""


def test_a_rate_limit_of_discord_py_is_logged_at_info(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="json", secrets=[])
    logging.getLogger("discord.http").warning(
        "We are being rate limited. %s %s responded with 429.", "GET", "/x"
    )
    logging.getLogger("discord.http").warning("Something else")
    levels = [json.loads(line)["level"] for line in written().splitlines()]
    assert levels == ["info", "warning"]


def test_a_line_with_a_job_has_its_fields(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="json", secrets=[])
    job = replace(a_song_job(), prompt="a prompt")
    structlog.get_logger("bot.x").info("job_settled", job=job)
    with about(job):
        logging.getLogger("aiohttp").info("from below")
    structlog.get_logger("bot.x").info("elsewhere", job=job, channel_id=7)
    logging.getLogger("bot.x").info("nothing of it")
    given, within, elsewhere, after = (json.loads(line) for line in written().splitlines())
    for line in (given, within, elsewhere):
        assert (line["job"], line["job_key"]) == (job.short_id, job.key)
        assert (line["guild_id"], line["requester_id"]) == (job.guild_id, job.requester_id)
    assert [line["channel_id"] for line in (given, within, elsewhere)] == [job.channel_id, job.channel_id, 7]
    assert "job" not in after
    assert "a prompt" not in str([given, within, elsewhere])


def test_prompts_are_logged_only_if_enabled(written: Callable[[], str]) -> None:
    set_up(level="INFO", form="json", secrets=[], with_prompts=True)
    structlog.get_logger("bot.x").info("job_settled", job=replace(a_song_job(), prompt="a prompt"))
    assert json.loads(written())["prompt"] == "a prompt"
