"""The line to Discord: there is one while a client is logged in, and none between two of them."""

import asyncio
import math

import aiohttp
import discord
from aiohttp import hdrs

from bot.discord_io.discord_clock import DiscordClock
from bot.discord_io.errors import HTTP_SERVER_ERROR

CALL_TIMEOUT_S = 30.0
"""For an edit or another call with a small body, with all of discord.py's own retries."""

SEND_TIMEOUT_S = 60.0
"""For a message with its files, and for a search of a channel's history, which takes up to 50 requests."""


async def fail_post_on_server_error(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware for the line's session: a server error ends a POST.

    discord.py would send a follow-up again, and as there is no nonce for these, people could read it twice.

    Raises:
        aiohttp.ClientResponseError: on a server error.
    """
    response = await handler(request)
    if request.method == hdrs.METH_POST and response.status >= HTTP_SERVER_ERROR:
        response.raise_for_status()
    return response


class DiscordConnection:
    """Holds the client of the moment, so that delivery outlives every single connection.

    Attributes:
        is_online: whether a gateway session stands; the client itself says so and takes it back.
        clock: Discord's own time.
        proxy: the HTTP proxy that leads to Discord; None where none is needed.
    """

    def __init__(
        self, *, session: aiohttp.ClientSession, clock: DiscordClock, proxy: str | None = None
    ) -> None:
        self.clock = clock
        self.proxy = proxy
        self._session = session
        self._client: discord.Client | None = None
        self._attached = asyncio.Event()
        self._guilds_known = asyncio.Event()
        self.is_online = False

    def attach(self, client: discord.Client) -> None:
        """A client has logged in and can make calls."""
        self._client = client
        self._attached.set()

    def detach(self) -> None:
        """The client is about to close."""
        self._client = None
        self.is_online = False
        self._attached.clear()
        self.guilds_changed()

    def guilds_changed(self) -> None:
        """The client knows more servers than before, or that there are no more."""
        self._guilds_known.set()
        self._guilds_known = asyncio.Event()

    @property
    def guilds(self) -> int:
        """How many servers the client of the moment is in, as far as it knows by now."""
        return len(self._client.guilds) if self._client else 0

    @property
    def latency_s(self) -> float | None:
        """How long the gateway's last heartbeat took, None when there was none yet."""
        latency_s = self._client.latency if self._client else math.nan
        return latency_s if math.isfinite(latency_s) else None

    async def client(self) -> discord.Client:
        """The client of the moment; waits while there is none."""
        while self._client is None:
            await self._attached.wait()
        return self._client

    async def guild(self, guild_id: int) -> discord.Guild | None:
        """A server, as soon as it has come in; None when the bot is not in it.

        After READY the servers come one by one. discord.py calls itself ready when none has come for two seconds, and
        nobody whose own server is there need wait for that.
        """
        while True:
            client = await self.client()
            guild = client.get_guild(guild_id)
            if client.is_ready() or (guild is not None and not guild.unavailable):
                return guild
            await self._guilds_known.wait()

    async def response_webhook(self, interaction_token: str) -> discord.Webhook:
        """The webhook behind an interaction, by which it can be answered while its token lives.

        discord.py makes one only from an interaction in memory; ours must also work after a restart.
        """
        client = await self.client()
        if client.application_id is None:
            raise RuntimeError("a client that has logged in knows its application")
        return discord.Webhook(
            {"id": client.application_id, "type": 3, "token": interaction_token},
            session=self._session,
        )
