"""Keeps a client connected for each shard of this process: reconnects, and ends the program where that is of no use."""

import asyncio
import random
from collections.abc import Callable

import aiohttp
import discord
import structlog
from pydantic import SecretStr

from bot.client.identify_pace import IdentifyPace
from bot.client.music_bot import MusicBot
from bot.concurrency import RestartBackoff, cancel_and_wait
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.connection_errors import (
    INTENTS_NOT_ALLOWED,
    LOGIN_REFUSALS,
    UNAUTHORISED,
    fatal_close_message,
)
from bot.discord_io.errors import describe
from bot.discord_io.gateway_info import GatewayInfo, fetch_gateway_info
from bot.discord_io.request_pace import RequestPace
from bot.errors import ExitCode, Fatal
from bot.interactions.services import Services

log = structlog.get_logger(__name__)

MAX_RECONNECT_WAIT_S = 120.0
"""Discord allows 1,000 new sessions a day: an endless failure stays below that at this rate."""

LOST_EFFECT = "commands get no answer until it is back; songs in progress go on"
LOST_REMEDY = "if it lasts, look at Discord's status page and the network"


class ShardClients:
    """One discord.py client for each shard that this process is to have a session for.

    Clients of their own, so that a shard can be taken from another process, or given to it, while the others stay connected.
    Without a shard there is a client that only logs in: calls to Discord work by that.
    """

    def __init__(
        self,
        *,
        token: SecretStr,
        api_url: str,
        wanted_shards: int | None,
        session: aiohttp.ClientSession,
        services: Services,
        connection: DiscordConnection,
        on_ready: Callable[[], None],
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._wanted_shards = wanted_shards
        self._session = session
        self._services = services
        self._connection = connection
        self._membership = services.membership
        self._clock = services.clock
        self._on_ready = on_ready
        # One for all clients: Discord counts the requests of a bot, not of a connection.
        self._pace = RequestPace(self._clock)
        self._identify = IdentifyPace(services.store, self._clock)

    async def run(self) -> None:
        """Keep every shard connected until cancelled.

        Raises:
            Fatal: Discord refuses the token, the intents or this version for good.
        """
        await self._learn_shards()
        running: dict[int | None, asyncio.Task[None]] = {}
        # A client that is closed finishes its calls first, which takes seconds: no other one waits for that.
        closing: set[asyncio.Task[None]] = set()
        try:
            while True:
                change = asyncio.create_task(self._membership.next_change())
                wanted: set[int | None] = {*self._membership.assigned.ids} or {None}
                for shard in wanted - running.keys():
                    running[shard] = asyncio.create_task(self.keep_connected(shard))
                for shard in running.keys() - wanted:
                    running[shard].cancel()
                    closing.add(running.pop(shard))
                closing = {task for task in closing if not task.done()}
                done, _ = await asyncio.wait([change, *running.values()], return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                for task in done - {change}:
                    # Ends with an error only.
                    task.result()
        finally:
            await cancel_and_wait([*running.values(), *closing])

    async def _learn_shards(self) -> None:
        """Ask Discord how to divide the servers, again and again until it answers."""
        waits = _reconnect_waits()
        while True:
            try:
                info = await fetch_gateway_info(self._session, api_url=self._api_url, token=self._token)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                log.warning("discord_lost", error=describe(error), effect=LOST_EFFECT, remedy=LOST_REMEDY)
                await self._wait(waits.next_wait_s(0.0))
                continue
            if info.remaining:
                break
            log.warning(
                "session_starts_used_up",
                retry_in_s=round(info.reset_after_s),
                effect="the bot goes online then; Discord would reset the token if it tried before",
                remedy="find out what has started it so often",
            )
            await asyncio.sleep(max(1.0, info.reset_after_s))
        self._identify.max_concurrency = info.max_concurrency
        # The others, as they are now.
        await self._membership.beat()
        await self._membership.set_shard_count(self._agreed_count(info))

    def _agreed_count(self, info: GatewayInfo) -> int:
        """The number in the settings, else that of the other processes, else Discord's advice. Raises Fatal if two differ."""
        others = {member.shard_count for member in self._membership.members} - {0}
        for count in others:
            if self._wanted_shards not in (None, count):
                raise Fatal(
                    f"SHARD_COUNT is {self._wanted_shards}, but the processes that run on this database have {count} "
                    "shards. Set the same number, or stop them first.",
                    ExitCode.SETTINGS,
                )
        return self._wanted_shards or next(iter(others), info.shards)

    async def keep_connected(self, shard: int | None) -> None:
        """Stay connected: a new client after each disconnect, with a growing, jittered wait in between. Raises Fatal."""
        waits = _reconnect_waits()
        while True:
            began = self._clock.monotonic()
            # A discord.py client that was closed cannot connect again.
            bot = MusicBot(
                services=self._services,
                connection=self._connection,
                pace=self._pace,
                identify=self._identify,
                shard=shard,
                on_ready=self._on_ready,
            )
            await _connect_once(self._token, bot)
            if shard is not None:
                self._membership.session_ended(shard)
            await self._wait(waits.next_wait_s(self._clock.monotonic() - began))

    async def _wait(self, wait_s: float) -> None:
        pause_s = wait_s * (1 + random.random() / 4)
        log.info("discord_reconnect", retry_in_s=round(pause_s, 1))
        await asyncio.sleep(pause_s)


def _reconnect_waits() -> RestartBackoff:
    return RestartBackoff(first_s=1.0, max_s=MAX_RECONNECT_WAIT_S, steady_s=120.0)


async def _connect_once(token: SecretStr, bot: MusicBot) -> None:
    """Serve until the connection ends for a transient reason. Raises Fatal for any other."""
    try:
        await bot.run_until_cancelled(token.get_secret_value())
    except Exception as error:  # discord.py raises errors of every kind for a lost connection
        if sentence := _fatal_message(error):
            raise Fatal(sentence, ExitCode.SETTINGS) from error
        log.warning("discord_lost", error=describe(error), effect=LOST_EFFECT, remedy=LOST_REMEDY)


def _fatal_message(error: Exception) -> str | None:
    """The message for the operator if no later connection can succeed; None if one may."""
    match error:
        case discord.LoginFailure():
            return LOGIN_REFUSALS[UNAUTHORISED]
        case discord.PrivilegedIntentsRequired():
            return fatal_close_message(INTENTS_NOT_ALLOWED)
        case discord.ConnectionClosed():
            return fatal_close_message(error.code)
        case discord.HTTPException():  # of the login: no other call's error gets here
            return LOGIN_REFUSALS.get(error.code)
        case _:
            return None
