"""The bot's operations endpoint, as supervisors and Prometheus see it."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.rig import PATIENCE_S
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Ops:
    """The bot's own endpoint."""

    port: str

    @classmethod
    def somewhere(cls) -> Self:
        """On a port that is free now."""
        return cls(str(free_port()))

    async def get(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as response,
        ):
            return response.status, await response.text()

    async def why_not_ready(self) -> dict[str, str]:
        """The checks that failed, with their reasons."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}/readyz") as response,
        ):
            report: dict[str, Any] = await response.json()
        whys = {name: check["why"] for name, check in report["checks"].items() if not check["ok"]}
        assert report["ready"] is (response.status == 200) is (not whys)
        return whys

    async def until_not_ready_for(self, *names: str) -> dict[str, str]:
        """Wait until exactly these checks fail."""
        whys: dict[str, str] = {}
        for _ in range(int(PATIENCE_S / 0.05)):
            whys = await self.why_not_ready()
            if set(whys) == set(names):
                return whys
            await asyncio.sleep(0.05)
        raise AssertionError(f"never so: {whys}")

    async def figures(self) -> dict[str, float]:
        """Every sample, by its name and its labels' values in the order of the labels' names."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            " ".join([sample.name.removeprefix("whisul_bot_"), *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
