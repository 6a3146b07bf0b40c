import asyncio
import socket

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.ops.health import Health, served


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ask(port: int) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as response,
    ):
        return response.status, await response.json()


async def test_healthy_while_every_task_lives(port: int) -> None:
    health = Health()
    task = asyncio.create_task(asyncio.sleep(60))
    health.watch({"tracker": task})
    async with served(health, host="127.0.0.1", port=port):
        assert await ask(port) == (200, {"healthy": True, "tasks": {"tracker": True}})
        task.cancel()
        await asyncio.wait([task])
        assert await ask(port) == (503, {"healthy": False, "tasks": {"tracker": False}})


async def test_not_healthy_before_anything_runs(port: int) -> None:
    async with served(Health(), host="127.0.0.1", port=port):
        assert await ask(port) == (503, {"healthy": False, "tasks": {}})


async def test_port_0_serves_nothing() -> None:
    with capture_logs() as lines:
        async with served(Health(), host="127.0.0.1", port=0):
            assert lines == []


async def test_a_port_that_is_taken_is_a_warning_with_a_remedy(port: int) -> None:
    async with served(Health(), host="127.0.0.1", port=port):
        with capture_logs() as lines:
            async with served(Health(), host="127.0.0.1", port=port):
                pass
    assert [(line["event"], line["log_level"]) for line in lines] == [("health_not_served", "warning")]
    assert "OPS_PORT" in lines[0]["remedy"]
