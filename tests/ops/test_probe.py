import asyncio
from collections.abc import AsyncGenerator

import pytest
from aiohttp import web

from bot.ops.health import serve
from bot.ops.probe import probe_health
from tests.ports import free_port


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(params=[200, 503])
async def status(request: pytest.FixtureRequest, port: int) -> AsyncGenerator[int]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="in its own words", status=request.param)

    async with serve({"/healthz": answer}, host="127.0.0.1", port=port):
        yield request.param


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - asked, not listened on
async def test_the_status_of_healthz_decides(
    host: str, port: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert await asyncio.to_thread(probe_health, host, port) == (status == 200, "in its own words")


def test_no_answer_is_unhealthy(port: int) -> None:
    well, words = probe_health("127.0.0.1", port)
    assert not well
    assert f"no answer from 127.0.0.1:{port}" in words


def test_a_disabled_endpoint_counts_as_healthy() -> None:
    assert probe_health("127.0.0.1", 0)[0]
