"""Which errors of a call are Discord's, and which need the operator."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.discord_io.error_codes import SendOutcome
from bot.discord_io.errors import is_gone, is_transient, send_outcome


def answered(status: int, code: int = 0) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="as it is")
    kind = discord.DiscordServerError if status >= 500 else discord.HTTPException
    return kind(response, {"code": code, "message": "words"})


@pytest.mark.parametrize(
    "error",
    [
        answered(500),
        answered(503),
        answered(429),
        answered(403),
        answered(403, 40333),
        discord.RateLimited(3.0),
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=repr,
)
def test_transient_errors_of_discord_and_network_are_transient(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        answered(400, 50035),
        answered(403, 50013),
        answered(413),
        discord.ClientException("misused"),
        OSError(28, "No space left on device"),
        ValueError(),
    ],
    ids=repr,
)
def test_errors_of_the_bot_itself_are_not_transient(error: Exception) -> None:
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (answered(403, 40003), SendOutcome.RETRY),
        (answered(403, 400001), SendOutcome.TOO_LARGE),
        (answered(403, 50013), SendOutcome.REJECTED),
        (discord.ClientException("Parent channel not found"), SendOutcome.REJECTED),
        (discord.InvalidData("Unknown channel type"), SendOutcome.REJECTED),
        (aiohttp.ConnectionTimeoutError(), SendOutcome.RETRY),
        (aiohttp.ServerTimeoutError(), SendOutcome.UNKNOWN),
        (ConnectionResetError(), SendOutcome.UNKNOWN),
    ],
    ids=repr,
)
def test_each_error_has_its_send_outcome(error: Exception, outcome: SendOutcome) -> None:
    assert send_outcome(error) is outcome


def test_only_a_404_with_a_code_of_discord_means_gone() -> None:
    response: Any = SimpleNamespace(status=404, reason="as it is")
    assert is_gone(discord.NotFound(response, {"code": 10008, "message": "words"}))
    assert not is_gone(discord.NotFound(response, "<html>nginx</html>"))
    assert not is_gone(answered(403, 50013))
