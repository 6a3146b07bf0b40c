"""Access to the current discord.py clients, of which a shard has none between two connections."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
import discord
from aiohttp import hdrs

from bot.discord_io.discord_clock import DiscordClock
from bot.discord_io.errors import HTTP_SERVER_ERROR
from bot.domain.shards import Shards, shard_of

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
    """Holds the current clients, one for each shard, so that delivery is independent of a single connection.

    Attributes:
        online: the shards that have a gateway session; kept by their clients.
        calls_in_flight: the tasks that send or edit messages, whose calls a client that closes lets end.
        clock: Discord's time.
        proxy: the URL of the HTTP proxy for Discord; None without one.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        clock: DiscordClock,
        assigned: Callable[[], Shards] = lambda: Shards(1, frozenset({0})),
        proxy: str | None = None,
    ) -> None:
        self.clock = clock
        self.proxy = proxy
        self._assigned = assigned
        self._session = session
        self._clients: dict[int | None, discord.Client] = {}
        self._attached = asyncio.Event()
        self._guilds_known = asyncio.Event()
        self.online: set[int] = set()
        self.calls_in_flight: Callable[[], Sequence[asyncio.Task[Any]]] = tuple

    def attach(self, client: discord.Client) -> None:
        """Add a client that has logged in and can make calls. One without a shard has no gateway session."""
        self._clients[client.shard_id] = client
        # Set and replaced: those who wait now are woken, those who come later wait for the next client.
        self._attached.set()
        self._attached = asyncio.Event()

    def detach(self, client: discord.Client) -> None:
        """Remove a client that is about to close."""
        if self._clients.get(client.shard_id) is client:
            del self._clients[client.shard_id]
            self.online.discard(client.shard_id or 0)
        # Whoever waits for a server of this client has to wait for the next client instead.
        self.guilds_changed()

    def guilds_changed(self) -> None:
        """Wake those who wait for a server: one has arrived, or a client is ready or gone."""
        self._guilds_known.set()
        self._guilds_known = asyncio.Event()

    @property
    def is_online(self) -> bool:
        """Whether every shard that this process is to serve has a gateway session."""
        return bool(self._clients) and self._assigned().ids <= self.online

    @property
    def guilds(self) -> int:
        """How many servers the current clients know of."""
        return sum(len(client.guilds) for client in self._clients.values())

    @property
    def connected(self) -> dict[int, bool]:
        """For each shard that this process is to serve, whether it has a gateway session."""
        return {shard: shard in self.online for shard in sorted(self._assigned().ids)}

    @property
    def latencies_s(self) -> dict[int, float]:
        """How long the last heartbeat of each shard took, in seconds; none before its first."""
        return {
            shard or 0: client.latency
            for shard, client in self._clients.items()
            if math.isfinite(client.latency)
        }

    def knows(self, guild_id: int | None) -> bool:
        """Whether this process has, or is to have, the session that knows a server: only then it can tell that the bot has left."""
        return self._assigned().serve(guild_id)

    async def client(self, guild_id: int | None = None) -> discord.Client:
        """A client for calls about a server: that of its shard, if this process has it, else any; waits while there is none."""
        while (client := self._find_client(guild_id)) is None:
            await self._attached.wait()
        return client

    def _find_client(self, guild_id: int | None) -> discord.Client | None:
        if guild_id is not None and self.knows(guild_id):
            return self._clients.get(shard_of(guild_id, self._assigned().count))
        return next(iter(self._clients.values()), None)

    async def guild(self, guild_id: int | None) -> discord.Guild | None:
        """A server, as soon as the gateway has sent it; None if the bot is not in it, or this process does not know it.

        None also for direct messages, which have none.

        After READY the servers arrive one by one, and discord.py is ready when none has arrived for two seconds. A
        server that is already there is returned without waiting for that.
        """
        while guild_id is not None and self.knows(guild_id):
            client = await self.client(guild_id)
            guild = client.get_guild(guild_id)
            if client.is_ready() or (guild is not None and not guild.unavailable):
                return guild
            await self._guilds_known.wait()
        return None

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
