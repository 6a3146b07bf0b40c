"""What follows the end of a connection: the end of the program, a reconnect with a growing wait, or the end of its client."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from pydantic import SecretStr

from bot.client.music_bot import MusicBot
from bot.client.shard_clients import ShardClients
from bot.clock import Clock
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.connection_errors import CLOSE_CODES, LOGIN_REFUSALS
from bot.discord_io.discord_clock import DiscordClock
from bot.discord_io.request_pace import RequestPace
from bot.errors import ExitCode, Fatal
from bot.ops.metrics import Metrics


def refusal(status: int, body: Any, kind: type[discord.HTTPException] = discord.HTTPException) -> Exception:
    return kind(cast("Any", SimpleNamespace(status=status, reason="")), body)


def refused(code: int) -> Exception:
    return refusal(403, {"message": "refused", "code": code})


def closed(code: int) -> Exception:
    socket = cast("aiohttp.ClientWebSocketResponse", SimpleNamespace(close_code=code))
    return discord.ConnectionClosed(socket, shard_id=None, code=code)


FATAL = {
    **{f"login {code}": (refused(code), sentence) for code, sentence in LOGIN_REFUSALS.items()},
    **{
        f"close {code}": (closed(code), words)
        for code, words in CLOSE_CODES.items()
        if isinstance(words, str)
    },
    "no token": (discord.LoginFailure("bad"), LOGIN_REFUSALS[40001]),
    "intents": (discord.PrivilegedIntentsRequired(None), CLOSE_CODES[4014]),
}
PASSING = {
    "401 of the application": refusal(401, {"message": "401: Unauthorized", "code": 0}),
    "403 of the edge": refused(40333),
    "403 of a proxy": refusal(403, "<html>Access denied</html>", discord.Forbidden),
    "404 of a proxy": refusal(404, "<html>Not Found</html>", discord.NotFound),
    "429": refusal(429, "error code: 1015"),
    "503": refusal(503, "Service Unavailable", discord.DiscordServerError),
    "an account to verify": refused(40002),
    "an unknown close code": closed(4999),
    "a lost connection": aiohttp.ClientConnectionError("lost"),
    "no gateway": discord.GatewayNotFound(),
}


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """How the next connections end; with the last one the test's patience ends too."""
    planned: list[Exception] = []

    class Client:
        def __init__(self, **_: object) -> None: ...

        async def run_until_cancelled(self, _: str) -> None:
            if not planned:
                raise asyncio.CancelledError
            raise planned.pop(0)

    monkeypatch.setattr("bot.client.shard_clients.MusicBot", Client)
    return planned


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between connections."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("bot.client.shard_clients.asyncio.sleep", sleep)
    return waited


async def connect(membership: Any = None) -> None:
    nothing: Any = SimpleNamespace()
    clients = ShardClients(
        token=SecretStr("token"),
        api_url="",
        wanted_shards=1,
        session=nothing,
        services=cast("Any", SimpleNamespace(clock=Clock(), store=nothing, membership=membership)),
        connection=nothing,
        on_ready=lambda: None,
    )
    await clients.keep_connected(0)


@pytest.mark.parametrize(("error", "sentence"), FATAL.values(), ids=FATAL)
async def test_a_permanent_refusal_ends_the_program_with_its_reason(
    ends: list[Exception], waits: list[float], error: Exception, sentence: str
) -> None:
    ends.append(error)
    with pytest.raises(Fatal, match=re.escape(sentence)) as ended:
        await connect()
    assert (ended.value.code, waits) == (ExitCode.SETTINGS, [])


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
async def test_a_transient_disconnect_is_followed_by_reconnects_with_backoff(
    ends: list[Exception], waits: list[float], error: Exception
) -> None:
    ends += [error, error, error]
    sessions_ended: list[int] = []
    with pytest.raises(asyncio.CancelledError):
        await connect(SimpleNamespace(session_ended=sessions_ended.append))
    assert sessions_ended == [0, 0, 0]
    assert [base <= wait <= 1.25 * base for wait, base in zip(waits, (1, 2, 4), strict=True)] == [True] * 3


async def test_a_client_that_closes_ends_its_session_then_its_sends() -> None:
    ends: list[str] = []
    clock = Clock()

    class Client(MusicBot):
        async def _serve(self, token: str) -> None:  # noqa: ARG002 - the parent's
            await asyncio.Event().wait()

        async def close(self) -> None:
            ends.append("closed")
            await super().close()

    async def send() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        ends.append("sent")

    store = SimpleNamespace(key_values=None)

    def session_ended(shard: int) -> None:
        ends.append(f"session {shard} ended")

    membership = SimpleNamespace(shard_count=1, session_ended=session_ended)
    services: Any = SimpleNamespace(
        metrics=Metrics(clock=clock), store=store, clock=clock, membership=membership
    )
    async with aiohttp.ClientSession() as session:
        connection = DiscordConnection(session=session, clock=DiscordClock(clock))
        client = Client(
            services=services,
            connection=connection,
            pace=RequestPace(clock),
            identify=cast("Any", None),
            shard=0,
            on_ready=lambda: None,
        )
        running = asyncio.create_task(client.run_until_cancelled("token"))
        await asyncio.sleep(0)
        sending = asyncio.create_task(send())
        connection.calls_in_flight = lambda: [sending]
        running.cancel()
        await asyncio.wait([running])
    assert ends == ["session 0 ended", "sent", "closed"]
