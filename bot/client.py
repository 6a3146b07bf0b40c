"""The discord.py client: loads cogs, syncs commands when they changed, answers errors, reconnects."""

import asyncio
import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from bot.concurrency import RestartBackoff, cancel_and_wait, supervised
from bot.discord_io.connection import DiscordConnection, fail_forum_post_on_server_error
from bot.discord_io.connection_errors import (
    INTENTS_NOT_ALLOWED,
    LOGIN_REFUSALS,
    UNAUTHORISED,
    fatal_close_message,
)
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
from bot.discord_io.request_pace import RequestPace
from bot.errors import ExitCode, Fatal
from bot.interactions.components import ComponentRouter
from bot.interactions.error_handler import answer_error
from bot.interactions.services import Services
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

COGS = (
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
        )
        self.services = services
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
        """Sync the commands until Discord accepts them, or refuses them for good; waits grow up to MAX_SYNC_RETRY_S."""
        wait_s = FIRST_SYNC_RETRY_S
        while True:
            try:
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

    async def on_ready(self) -> None:
        """Called for every new gateway session."""
        log.info("discord_ready", bot=str(self.user), guilds=len(self.guilds))
        self._discord_connection.is_online = True
        self._discord_connection.guilds_changed()
        self._on_ready()

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        """Called when a server arrives after READY, or is back after an outage."""
        self._discord_connection.guilds_changed()

    async def on_resumed(self) -> None:
        """Called when a lost session was resumed."""
        self._discord_connection.is_online = True

    async def on_disconnect(self) -> None:
        """Called when the connection is lost; discord.py reconnects by itself."""
        self._discord_connection.is_online = False

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """Log an error of an event handler; discord.py would print it."""
        log.error("event_failed", discord_event=event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this in its handler

    async def run_until_cancelled(self, token: str) -> None:
        """Connect and serve until an error or a cancellation, and close in both cases.

        `start` is cancelled before `close`: otherwise discord.py 2.7.1 closes the gateway with code 4000, and Discord
        shows the bot online until the session expires.
        """
        serving = asyncio.create_task(self.start(token), name="discord gateway")
        try:
            await serving
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            # Detached before the session closes, so that new calls wait for the next client.
            self._discord_connection.detach()
            await self.close()

    async def close(self) -> None:
        """Close the session; the sync of commands ends before, because discord.py also calls this when the gateway closes."""
        await cancel_and_wait([self._syncing] if self._syncing else [])
        await super().close()


async def keep_connected(
    token: SecretStr, *, services: Services, connection: DiscordConnection, on_ready: Callable[[], None]
) -> None:
    """Stay connected to Discord: a new client after each disconnect, with a growing, jittered wait in between.

    Raises:
        Fatal: Discord refuses the token, the intents or this version for good.
    """
    clock = services.clock
    # One for all clients: Discord counts the requests of a bot, not of a connection.
    pace = RequestPace(clock)
    reconnects = RestartBackoff(first_s=1.0, max_s=MAX_RECONNECT_WAIT_S, steady_s=120.0)
    while True:
        began = clock.monotonic()
        # A discord.py client that was closed cannot connect again.
        bot = MusicBot(services=services, connection=connection, pace=pace, on_ready=on_ready)
        await _connect_once(token, bot)
        wait_s = reconnects.next_wait_s(clock.monotonic() - began)
        pause_s = wait_s * (1 + random.random() / 4)
        level = log.warning if wait_s >= RECONNECT_WARNING_S else log.info
        level(
            "discord_reconnect",
            retry_in_s=round(pause_s, 1),
            remedy="look at Discord's status page and the network",
        )
        await asyncio.sleep(pause_s)


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
