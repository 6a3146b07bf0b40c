"""Errors of interactions that nobody can be answered about."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.interactions.error_handler import answer_error


async def test_a_call_through_a_closed_client_is_no_fault() -> None:
    session = aiohttp.ClientSession()
    await session.close()
    with pytest.raises(RuntimeError) as error:
        await session.get("http://127.0.0.1")
    interaction: Any = SimpleNamespace(client=SimpleNamespace(is_closed=lambda: True))
    with capture_logs() as lines:
        await answer_error(interaction, error.value)
    assert [(line["event"], line["log_level"]) for line in lines] == [("interaction_client_closed", "info")]
