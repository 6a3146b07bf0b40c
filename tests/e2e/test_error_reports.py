"""Error reports to a Sentry-compatible service contain the place of an error and no user text."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from sandbox.whisul import DEFAULT_API_KEY
from tests.e2e.actions import ordered, private_answer
from tests.e2e.database import change
from tests.e2e.rig import PATIENCE_S, TOKEN, Rig, words

PUBLIC_KEY = "0123456789abcdef0123456789abcdef"
PROMPT = "lighthouses in a hidden fog"


@dataclass
class Service:
    """Takes what a Sentry client sends, and answers as Sentry does."""

    port: int = 0
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    bodies: list[str] = field(default_factory=list[str])
    told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def dsn(self) -> str:
        return f"http://{PUBLIC_KEY}@127.0.0.1:{self.port}/7"

    async def envelope(self, request: web.Request) -> web.Response:
        body = await request.read()
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        self.bodies.append(text)
        lines = text.splitlines()
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(header)["type"] == "event":
                self.events.append(json.loads(payload))
                self.told.set()
        return web.json_response({})


@pytest.fixture
async def service() -> AsyncGenerator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/api/7/envelope/", service.envelope)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.port = runner.addresses[0][1]
    yield service
    await runner.cleanup()


def break_the_table(rig: Rig) -> None:
    """From now on storing a request raises an unexpected error."""
    change(rig, "ALTER TABLE jobs RENAME COLUMN nonce TO once")


async def test_an_error_report_has_the_place_and_no_user_text(rig: Rig, service: Service) -> None:
    await rig.start(SENTRY_DSN=service.dsn)
    await ordered(rig, PROMPT)
    break_the_table(rig)
    said = await private_answer(rig, await rig.compose(PROMPT))
    reference = re.findall(r"`([0-9a-f]{8})`", words(said))[-1]
    async with asyncio.timeout(PATIENCE_S):
        await service.told.wait()
    event = next(each for each in service.events if each["message"] == "command_failed")
    assert event["tags"] == {"reference": reference, "command": "compose"}
    assert (event["level"], event["logger"]) == ("error", "bot.interactions.error_handler")
    trace = event["exception"]["values"][-1]
    assert trace["type"] == "OperationalError"
    assert trace["stacktrace"]["frames"][-1]["function"]
    assert set(trace) == {"type", "module", "stacktrace"}
    assert await rig.bot.stop() == 0
    told = "\n".join(service.bodies)
    person = str(rig.discord.world.user("ada").id)
    for secret in (PROMPT, TOKEN, DEFAULT_API_KEY, person, "no column", "nonce"):
        assert secret not in told
    assert PUBLIC_KEY not in rig.bot.log


async def test_an_unreachable_report_service_delays_nothing(rig: Rig, service: Service) -> None:
    await rig.start(SENTRY_DSN=service.dsn.replace(str(service.port), "9"))
    await ordered(rig)
    break_the_table(rig)
    await private_answer(rig, await rig.compose(PROMPT))
    async with asyncio.timeout(10):
        assert await rig.bot.stop() == 0


async def test_no_error_report_is_sent_without_a_dsn(rig: Rig, service: Service) -> None:
    await rig.start(SENTRY_DSN=" ")
    break_the_table(rig)
    await private_answer(rig, await rig.compose(PROMPT))
    await rig.bot.stop()
    assert "command_failed" in rig.bot.log
    assert service.bodies == []
