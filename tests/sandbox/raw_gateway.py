"""A minimal gateway client, for the tests of what discord.py would not send or would not show."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.discord import DiscordStandIn

GUILDS = 1


class RawClient:
    """A gateway client that does exactly what it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, op: int, data: object = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, token: str, intents: object = GUILDS, **more: object) -> None:
        await self.send(2, {"token": token, "intents": intents, "properties": {}, **more})

    async def next(self) -> dict[str, Any]:
        return await self.socket.receive_json()

    async def until(self, name: str) -> dict[str, Any]:
        while (message := await self.next())["t"] != name:
            pass
        return message

    async def closed_with(self) -> int | None:
        while (await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        return self.socket.close_code


@asynccontextmanager
async def raw_client(
    stand_in: DiscordStandIn, version: int = 10, compress: str | None = None
) -> AsyncGenerator[RawClient, None]:
    url = f"{stand_in.gateway_url}?v={version}&encoding=json" + (f"&compress={compress}" if compress else "")
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        client = RawClient(socket)
        if version == 10 and compress is None:
            assert (await client.next())["op"] == 10
        yield client
