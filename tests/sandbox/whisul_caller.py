"""A running simulator and a client that calls it over real HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.whisul import WhisulSimulator

PATIENCE_S = 60.0
"""Long enough for a busy machine to make a whole song; nothing waits for it when things go well."""


@dataclass(frozen=True, kw_only=True)
class Got:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass(frozen=True)
class Caller:
    """Calls one simulator, with its key unless told otherwise."""

    simulator: WhisulSimulator
    session: aiohttp.ClientSession

    async def submit(self, prompt: str = "a trap song", *, path: str = "/compose", **more: Any) -> Got:
        return await self.call("POST", self.simulator.url + path, json={"prompt": prompt}, **more)

    async def new_job(self, prompt: str = "a trap song", **more: Any) -> str:
        accepted = await self.submit(prompt, **more)
        assert accepted.status == 202
        return str(accepted.json["job_id"])

    async def poll(self, job_id: str, **more: Any) -> Got:
        return await self.call("GET", f"{self.simulator.url}/jobs/{job_id}", **more)

    async def call(self, method: str, url: str, *, key: str | None = None, **more: Any) -> Got:
        headers = {"Authorization": f"Bearer {self.simulator.api_key if key is None else key}"}
        headers |= more.pop("headers", {})
        more = {"timeout": aiohttp.ClientTimeout(total=PATIENCE_S), "allow_redirects": False, **more}
        async with self.session.request(method, url, headers=headers, **more) as response:
            body = await response.read()
            is_json = response.content_type == "application/json" and body
            return Got(
                status=response.status,
                headers=dict(response.headers),
                body=body,
                json=await response.json() if is_json else None,
            )


@asynccontextmanager
async def calling(*, tiny_files: bool = True, **options: Any) -> AsyncGenerator[Caller]:
    """A simulator with tiny files, unless the options say otherwise, and its caller."""
    # A connection of its own for each call, so that no call sees what became of another's.
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        WhisulSimulator(tiny_files=tiny_files, **options) as simulator,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        yield Caller(simulator, session)
