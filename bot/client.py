"""The discord.py client: loads cogs, syncs commands when they changed, answers errors, reconnects."""

import asyncio
import hashlib
import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from bot.clock import Clock
from bot.concurrency import RestartBackoff, cancel_and_wait, supervised
from bot.discord_io.connection import DiscordConnection, fail_forum_post_on_server_error
from bot.discord_io.connection_errors import (
    INTENTS_NOT_ALLOWED,
    LOGIN_REFUSALS,
    UNAUTHORISED,
    fatal_close_message,
)
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.discord_io.gateway_info import GatewayInfo, fetch_gateway_info
from bot.discord_io.request_pace import RequestPace
from bot.domain.shards import Shards
from bot.errors import ExitCode, Fatal
from bot.interactions.components import ComponentRouter
from bot.interactions.error_handler import answer_error
from bot.interactions.services import Services
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.processes import IDENTIFY_EVERY_S

log = structlog.get_logger(__name__)

COGS = (
    "cogs.help",
    "cogs.compose",
    "cogs.songs",
    "cogs.sharing",
    "cogs.buttons",
    "cogs.likes",
    "cogs.privacy",
    "cogs.limits",
    "cogs.config",
)
MAX_RATE_LIMIT_WAIT_S = 330.0
"""discord.py raises RateLimited for a longer wait, so that the caller can wait without a slot.

It does so for every request in a window that ends later than this, also while the window has places left. Known windows
end after five minutes at most (new threads).
"""

SYNC_LOCK = asyncio.Lock()

COMMANDS_HASH_KEY = "commands_hash"

FIRST_SYNC_RETRY_S = 5.0
MAX_SYNC_RETRY_S = 3600.0
"""Well below a day, the period of Discord's limit on new commands (error 30034)."""

OLD_COMMANDS_EFFECT = "people find the commands that Discord has; songs are delivered"
SYNC_RETRY_REMEDY = "none is needed the first time; if it goes on for a day, look at Discord's status page"
SYNC_REFUSED_REMEDY = (
    "see what the error names: 50001 is a missing scope (applications.commands), 20012 another application's token, "
    "anything else a fault of this version; the next start sends them again"
)

MAX_RECONNECT_WAIT_S = 120.0
"""Discord allows 1,000 new sessions a day: an endless failure stays below that at this rate."""

RECONNECT_WARNING_S = 16.0
"""Reconnects are routine; warn once the back-off exceeds this."""

SESSION_EVENTS = ("READY", "RESUMED")
"""Without these there is no session: an error in one of them must end the connection, so that a new one is made."""


def set_api_urls(*, api_url: str, gateway_url: str) -> None:
    """Set discord.py's addresses, for the whole process: it has no setting for them."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def skip_unreadable(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Wrap the parser of one gateway event so that it skips events that it cannot read.

    In discord.py 2.7.1 an error in a parser ends the connection. The text of the error is not logged, since it may quote
    the event, and with it what somebody typed.
    """

    def read(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - a foreign library's, about foreign data
            log.error("event_unreadable", discord_event=name, error=type(error).__name__)  # noqa: TRY400 - see above

    return read


class CommandTree(app_commands.CommandTree["MusicBot"]):
    """The commands, with one error handler for all."""

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Answer the person; does not raise."""
        await answer_error(interaction, error)


class MusicBot(commands.Bot):
    """The client of one connection to Discord; a new one is made for the next."""

    def __init__(
        self,
        *,
        services: Services,
        connection: DiscordConnection,
        pace: RequestPace,
        identify: "IdentifyPace",
        shard: int | None,
        on_ready: Callable[[], None],
    ) -> None:
        # The bot uses no voice; discord.py would warn of missing libraries at every start.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            # Guilds have the channels and permissions; no privileged intent is needed.
            intents=discord.Intents(guilds=True),
            # Members and messages come with each interaction, so none are cached.
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=fail_forum_post_on_server_error(
                pace.applied_to(connection.clock.read_dates(services.metrics.discord_trace()))
            ),
            max_ratelimit_timeout=MAX_RATE_LIMIT_WAIT_S,
            proxy=connection.proxy,
            shard_id=shard,
            shard_count=None if shard is None else services.membership.shard_count,
        )
        self.services = services
        self._identify = identify
        # What happens to every session of a shard happens to this one, until the client is closed.
        self._shard = shard
        self.component_router = ComponentRouter()
        self._discord_connection = connection
        self._on_ready = on_ready
        self._syncing: asyncio.Task[None] | None = None
        parsers = self._connection.parsers
        parsers.update(
            {
                name: skip_unreadable(name, parse)
                for name, parse in parsers.items()
                if name not in SESSION_EVENTS
            }
        )

    async def setup_hook(self) -> None:
        """Called by discord.py after the login, before the gateway connects: from here on REST calls work.

        The sync of commands runs in the background: deliveries do not wait for it.
        """
        await self.load_cogs()
        # Before the sync: deliveries wait for a client only, and the commands of before still work.
        self._discord_connection.attach(self)
        self._syncing = asyncio.create_task(
            supervised(
                "commands",
                self.sync_until_accepted,
                clock=self.services.clock,
                on_failure=self.services.metrics.task_failed,
            )
        )
        if self._shard is not None:
            # Here and not before the IDENTIFY: discord.py gives up a connection that takes a minute.
            await self._identify.wait(self._shard)

    async def load_cogs(self) -> None:
        """Load every cog, which adds its commands to the tree."""
        for cog in COGS:
            await self.load_extension(cog)

    def fingerprint(self, application_id: int | None) -> str:
        """A hash of the commands and the application."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        # With the application: another one has none of these commands yet, though the database is the same.
        text = json.dumps([application_id, payload], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    async def sync_until_accepted(self) -> None:
        """Sync the commands until Discord accepts them, or refuses them for good; waits grow up to MAX_SYNC_RETRY_S.

        Only in the leading process: another may run an older version, with other commands.
        """
        wait_s = FIRST_SYNC_RETRY_S
        while True:
            await self.services.membership.until_leading()
            try:
                # One client at a time: the next one finds that it is done.
                async with SYNC_LOCK:
                    return await self.sync_commands()
            except DISCORD_ERRORS as error:
                said = {"error": describe(error), "effect": OLD_COMMANDS_EFFECT}
                if not send_outcome(error).may_retry:
                    log.error("commands_refused", remedy=SYNC_REFUSED_REMEDY, **said)  # noqa: TRY400 - Discord's words say it all
                    return None
                log.warning("commands_late", retry_in_s=wait_s, remedy=SYNC_RETRY_REMEDY, **said)
            await asyncio.sleep(wait_s)
            wait_s = min(MAX_SYNC_RETRY_S, wait_s * 4)

    async def sync_commands(self) -> None:
        """Send the commands to Discord if they differ from those sent last for this application."""
        fingerprint = self.fingerprint(self.application_id)
        store = self.services.store
        if await store.key_values.get(COMMANDS_HASH_KEY) == fingerprint:
            return
        # The hash is stored after the sync: a crash in between only repeats it.
        synced = await self.tree.sync()
        log.info("commands_synced", commands=len(synced))
        try:
            await store.key_values.set(COMMANDS_HASH_KEY, fingerprint)
        except StoreError as error:
            log.info("commands_hash_not_kept", error=str(error), effect="the next start sends them again")

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Dispatch an event unless closed: discord.py 2.7.1 may still parse servers then, when its loop is gone."""
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Route clicks and modal submits; commands go through the tree."""
        await self.component_router.dispatch(interaction)

    async def on_connect(self) -> None:
        """Called as soon as there is a new gateway session, two seconds before `on_ready`: events arrive from here on."""
        if self._shard is not None:
            self.services.membership.session_began(self._shard)

    async def on_ready(self) -> None:
        """Called for every new gateway session."""
        log.info("discord_ready", bot=str(self.user), guilds=len(self.guilds))
        self._set_online()
        self._discord_connection.guilds_changed()
        self._on_ready()
        if self._shard is not None and not self.services.membership.is_alone:
            shard = Shards(self.services.membership.shard_count, frozenset({self._shard}))
            await self.services.cards.adopt(shard)

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        """Called when a server arrives after READY, or is back after an outage."""
        self._discord_connection.guilds_changed()

    async def on_resumed(self) -> None:
        """Called when a lost session was resumed."""
        self._set_online()

    async def on_disconnect(self) -> None:
        """Called when the connection is lost; discord.py reconnects by itself."""
        self._discord_connection.online.discard(self._shard or 0)

    def _set_online(self) -> None:
        self._discord_connection.online.add(self._shard or 0)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """Log an error of an event handler; discord.py would print it."""
        log.error("event_failed", discord_event=event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this in its handler

    async def run_until_cancelled(self, token: str) -> None:
        """Connect and serve until an error or a cancellation, and close in both cases.

        `start` is cancelled before `close`: otherwise discord.py 2.7.1 closes the gateway with code 4000, and Discord
        shows the bot online until the session expires.
        """
        serving = asyncio.create_task(self._serve(token), name="discord gateway")
        try:
            await serving
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            # Detached before the session closes, so that new calls wait for the next client.
            self._discord_connection.detach(self)
            await self.close()

    async def _serve(self, token: str) -> None:
        if self._shard is not None:
            await self.start(token)
            return
        # Without a session: only for calls.
        async with self:
            await self.login(token)
            await asyncio.get_running_loop().create_future()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Called by discord.py before each IDENTIFY; for a client's first one `setup_hook` has waited."""
        if not initial:
            await self._identify.wait(shard_id or 0)

    async def close(self) -> None:
        """Close the session; the sync of commands ends before, because discord.py also calls this when the gateway closes."""
        await cancel_and_wait([self._syncing] if self._syncing else [])
        await super().close()


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
        try:
            while True:
                change = asyncio.create_task(self._membership.next_change())
                wanted: set[int | None] = {*self._membership.assigned.ids} or {None}
                for shard in wanted - running.keys():
                    running[shard] = asyncio.create_task(self.keep_connected(shard))
                for shard in running.keys() - wanted:
                    await cancel_and_wait([running.pop(shard)])
                    if shard is not None:
                        self._membership.session_ended(shard)
                done, _ = await asyncio.wait([change, *running.values()], return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                for task in done - {change}:
                    # Ends with an error only.
                    task.result()
        finally:
            await cancel_and_wait(running.values())

    async def _learn_shards(self) -> None:
        """Ask Discord how to divide the servers, again and again until it answers."""
        waits = _reconnect_waits()
        while True:
            try:
                info = await fetch_gateway_info(self._session, api_url=self._api_url, token=self._token)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                log.info("discord_lost", error=describe(error))
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
            await self._wait(waits.next_wait_s(self._clock.monotonic() - began))

    async def _wait(self, wait_s: float) -> None:
        pause_s = wait_s * (1 + random.random() / 4)
        level = log.warning if wait_s >= RECONNECT_WARNING_S else log.info
        level(
            "discord_reconnect",
            retry_in_s=round(pause_s, 1),
            remedy="look at Discord's status page and the network",
        )
        await asyncio.sleep(pause_s)


class IdentifyPace:
    """Spaces the IDENTIFYs of shards that share a rate limit key, across all processes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._free_at: dict[int, float] = {}
        self.max_concurrency = 1

    async def wait(self, shard: int) -> None:
        """Return when the shard may identify."""
        key, now = shard % self.max_concurrency, self._clock.monotonic()
        wait_s = max(0.0, self._free_at.get(key, now) - now)
        self._free_at[key] = now + wait_s + IDENTIFY_EVERY_S
        if not self._store.is_exclusive:
            # Without the database it is spaced within this process: Discord refuses the rest, and is asked again.
            with suppress(StoreError):
                wait_s = await self._store.processes.reserve_identify(key)
        await asyncio.sleep(wait_s)


def _reconnect_waits() -> RestartBackoff:
    return RestartBackoff(first_s=1.0, max_s=MAX_RECONNECT_WAIT_S, steady_s=120.0)


async def _connect_once(token: SecretStr, bot: MusicBot) -> None:
    """Serve until the connection ends for a transient reason. Raises Fatal for any other."""
    try:
        await bot.run_until_cancelled(token.get_secret_value())
    except Exception as error:  # discord.py raises errors of every kind for a lost connection
        if sentence := _fatal_message(error):
            raise Fatal(sentence, ExitCode.SETTINGS) from error
        log.info("discord_lost", error=describe(error))


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
