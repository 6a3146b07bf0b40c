"""Access to the current discord.py client, of which there is none between two connections."""

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
    """Client middleware: raise on a server error to a POST, so that discord.py does not repeat it.

    It would repeat a follow-up, which has no nonce, so that people could read it twice.

    Raises:
        aiohttp.ClientResponseError: on a server error.
    """
    response = await handler(request)
    if request.method == hdrs.METH_POST and response.status >= HTTP_SERVER_ERROR:
        response.raise_for_status()
    return response


def fail_forum_post_on_server_error(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """The same for the start of a thread by discord.py's client, whose session takes no middleware; returns `trace`.

    Of all that the client sends with POST only a forum's post has no nonce.
    """

    async def ended(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
        is_thread = params.method == hdrs.METH_POST and params.url.path.endswith("/threads")
        if is_thread and params.response.status >= HTTP_SERVER_ERROR:
            params.response.raise_for_status()

    trace.on_request_end.append(ended)
    return trace


class DiscordConnection:
    """Holds the current client, so that delivery is independent of a single connection.

    Attributes:
        is_online: whether there is a gateway session; set by the client.
        clock: Discord's time.
        proxy: the URL of the HTTP proxy for Discord; None without one.
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
        """Set the current client, which has logged in and can make calls."""
        self._client = client
        self._attached.set()

    def detach(self) -> None:
        """Remove the current client, which is about to close."""
        self._client = None
        self.is_online = False
        self._attached.clear()
        # Whoever waits for a server of this client has to wait for the next client instead.
        self.guilds_changed()

    def guilds_changed(self) -> None:
        """Wake those who wait for a server: one has arrived, or the client is ready or gone."""
        # Set and replaced: those who wait now are woken, those who come later wait for the next change.
        self._guilds_known.set()
        self._guilds_known = asyncio.Event()

    @property
    def guilds(self) -> int:
        """How many servers the current client knows of; 0 without a client."""
        return len(self._client.guilds) if self._client else 0

    @property
    def latency_s(self) -> float | None:
        """How long the gateway's last heartbeat took, in seconds; None before the first."""
        latency_s = self._client.latency if self._client else math.nan
        return latency_s if math.isfinite(latency_s) else None

    async def client(self) -> discord.Client:
        """The current client; waits while there is none."""
        while self._client is None:
            await self._attached.wait()
        return self._client

    async def guild(self, guild_id: int) -> discord.Guild | None:
        """A server, as soon as the gateway has sent it; None if the bot is not in it.

        After READY the servers arrive one by one, and discord.py is ready when none has arrived for two seconds. A
        server that is already there is returned without waiting for that.
        """
        while True:
            client = await self.client()
            guild = client.get_guild(guild_id)
            if client.is_ready() or (guild is not None and not guild.unavailable):
                return guild
            await self._guilds_known.wait()

    async def response_webhook(self, interaction_token: str) -> discord.Webhook:
        """The webhook of an interaction, which edits its response and sends follow-ups until the token expires.

        discord.py makes one only from an interaction in memory; this one also works after a restart.
        """
        client = await self.client()
        if client.application_id is None:
            raise RuntimeError("a client that has logged in knows its application")
        return discord.Webhook(
            {"id": client.application_id, "type": 3, "token": interaction_token},
            session=self._session,
        )
