import asyncio
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.errors import ExitCode, Fatal
from bot.ops.health import Health, Readiness, serve
from tests.ports import free_port


@pytest.fixture
def port() -> int:
    return free_port()


async def ask(port: int, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.json()


async def test_healthy_while_every_task_runs(port: int) -> None:
    health = Health()
    task = asyncio.create_task(asyncio.sleep(60))
    health.watch({"tracker": task})
    async with serve({"/healthz": health.answer}, host="127.0.0.1", port=port):
        assert await ask(port) == (200, {"healthy": True, "tasks": {"tracker": True}})
        task.cancel()
        await asyncio.wait([task])
        assert await ask(port) == (503, {"healthy": False, "tasks": {"tracker": False}})


async def test_not_healthy_before_anything_runs(port: int) -> None:
    async with serve({"/healthz": Health().answer}, host="127.0.0.1", port=port):
        assert await ask(port) == (503, {"healthy": False, "tasks": {}})


async def test_port_0_serves_nothing() -> None:
    with capture_logs() as lines:
        async with serve({"/healthz": Health().answer}, host="127.0.0.1", port=0):
            assert lines == []


async def test_a_port_that_is_taken_ends_the_start(port: int) -> None:
    async with serve({}, host="127.0.0.1", port=port):
        with pytest.raises(
            Fatal, match=f"OPS_PORT {port} is in use .* Set OPS_PORT to a free port"
        ) as caught:
            async with serve({}, host="127.0.0.1", port=port):
                raise AssertionError("it is not served")
    assert caught.value.code is ExitCode.SETTINGS


async def test_a_foreign_address_ends_the_start(port: int) -> None:
    with pytest.raises(Fatal, match=r"OPS_HOST 192\.0\.2\.1 is no address of this machine"):
        async with serve({}, host="192.0.2.1", port=port):
            raise AssertionError("it is not served")


async def well() -> None:
    return None


async def test_ready_when_every_answer_is_good(port: int) -> None:
    readiness = Readiness({"gateway": well, "database": well})
    async with serve({"/readyz": readiness.answer}, host="127.0.0.1", port=port):
        good = {"ok": True, "why": None}
        assert await ask(port, "/readyz") == (
            200,
            {"ready": True, "checks": {"gateway": good, "database": good}},
        )


async def test_not_ready_for_one_reason_and_the_answer_says_which(port: int) -> None:
    async def ill() -> str:
        return "the disk is full"

    async def broken() -> None:
        raise RuntimeError("something nobody foresaw")

    readiness = Readiness({"gateway": well, "database": ill, "key": broken})
    async with serve({"/readyz": readiness.answer}, host="127.0.0.1", port=port):
        status, report = await ask(port, "/readyz")
    assert status == 503
    assert report["ready"] is False
    assert {name: check["why"] for name, check in report["checks"].items()} == {
        "gateway": None,
        "database": "the disk is full",
        "key": "RuntimeError: something nobody foresaw",
    }


async def test_a_check_past_its_timeout_is_not_ready_and_not_started_twice(port: int) -> None:
    asked, answered = 0, asyncio.Event()

    async def slow() -> None:
        nonlocal asked
        asked += 1
        await answered.wait()

    readiness = Readiness({"database": slow}, timeout_s=0.05)
    async with serve({"/readyz": readiness.answer}, host="127.0.0.1", port=port):
        for status, report in await asyncio.gather(ask(port, "/readyz"), ask(port, "/readyz")):
            assert status == 503
            assert report["checks"]["database"]["why"] == "no answer within 0.05 s"
        answered.set()
        assert asked == 1
        assert (await ask(port, "/readyz"))[0] == 200
