import logging
from collections.abc import Iterator

import pytest
import structlog
from click.testing import CliRunner

from bot import __main__ as program
from bot import app


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_unforeseen_error_ends_the_program_with_70_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("something nobody foresaw")

    monkeypatch.setattr(app, "run", broken)
    settings = {"DISCORD_TOKEN": "token-of-the-bot", "WHISUL_API_KEY": "key-of-the-operator"}
    ended = CliRunner().invoke(program.main, ["run"], env=settings)
    assert ended.exit_code == 70
    assert ended.output.splitlines()[-1].startswith("error: The bot stopped because of a bug")
