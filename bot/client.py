"""The discord.py client: loads the cogs, sends the commands to Discord when they changed, answers every error, reconnects."""

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
from bot.discord_io.connection import DiscordConnection
from bot.discord_io.connection_errors import (
    INTENTS_NOT_ALLOWED,
    LOGIN_REFUSALS,
    UNAUTHORISED,
    fatal_close_message,
)
from bot.discord_io.errors import DISCORD_ERRORS, describe, send_outcome
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
MAX_RATE_LIMIT_WAIT_S = 30.0
"""A longer wait is an error to whoever called, who then waits without holding anything; discord.py takes no less."""

COMMANDS_HASH_KEY = "commands_hash"

FIRST_SYNC_RETRY_S = 5.0
MAX_SYNC_RETRY_S = 3600.0
"""The longest wait ends within a day, by which Discord counts new commands (error 30034)."""

OLD_COMMANDS_EFFECT = "people find the commands that Discord has; songs are delivered"
SYNC_RETRY_REMEDY = "none is needed the first time; if it goes on for a day, look at Discord's status page"
SYNC_REFUSED_REMEDY = (
    "see what the error names: 50001 is a missing scope (applications.commands), 20012 another application's token, "
    "anything else a fault of this version; the next start sends them again"
)

MAX_RECONNECT_WAIT_S = 120.0
"""Discord allows 1,000 new sessions a day: at this pace even an endless failure stays below."""

RECONNECT_WARNING_S = 16.0
"""Reconnects are routine; a pause that has grown to this needs the operator."""

SESSION_EVENTS = ("READY", "RESUMED")
"""Without these there is no session: a fault in one of them must end the connection, and a new one be made."""


def set_api_urls(*, api_url: str, gateway_url: str) -> None:
    """Point discord.py at a REST proxy or a stand-in. It has no setting for this: the change is process-wide."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def skip_unreadable(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """A reader of one kind of event that leaves out what it cannot read.

    In discord.py 2.7.1 an error in a reader ends the whole connection, so that one odd event would keep everybody
    waiting for the next one. The error's text may quote the event, and with it what somebody typed: it is not logged.
    """

    def read(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - a foreign library's, about foreign data
            log.error("event_unreadable", discord_event=name, error=type(error).__name__)  # noqa: TRY400 - see above

    return read


class CommandTree(app_commands.CommandTree["MusicBot"]):
    """The commands, with one place for whatever goes wrong in any of them."""

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Answer the person; nothing escapes from here."""
        await answer_error(interaction, error)


class MusicBot(commands.Bot):
    """One connection to Discord. It is used once: after an end a new one is made."""

    def __init__(
        self, *, services: Services, connection: DiscordConnection, on_ready: Callable[[], None]
    ) -> None:
        # The bot does not speak; discord.py would warn at every start that it cannot.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            # Guilds tell which channels exist and what may be done there; nothing here is privileged.
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=connection.clock.read_dates(services.metrics.discord_trace()),
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
        """After the login, before the gateway: from here on results can be posted.

        Discord may take the commands late, or never, and no song waits for that: it goes on with those it has.
        """
        await self.load_cogs()
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
        """From here on the commands are known."""
        for cog in COGS:
            await self.load_extension(cog)

    def fingerprint(self, application_id: int | None) -> str:
        """What tells these commands, for this application, from others."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([application_id, payload], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    async def sync_until_accepted(self) -> None:
        """Send the commands until Discord takes them or refuses them for good."""
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
        """Send the commands to Discord when they differ from what this application was sent last."""
        fingerprint = self.fingerprint(self.application_id)
        store = self.services.store
        if await store.key_values.get(COMMANDS_HASH_KEY) == fingerprint:
            return
        synced = await self.tree.sync()
        log.info("commands_synced", commands=len(synced))
        try:
            await store.key_values.set(COMMANDS_HASH_KEY, fingerprint)
        except StoreError as error:
            log.info("commands_hash_not_kept", error=str(error), effect="the next start sends them again")

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand an event on, unless the bot is closed: discord.py 2.7.1 may still read servers, and has no loop any more."""
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody pressed a button or sent a form; commands are the tree's."""
        await self.component_router.dispatch(interaction)

    async def on_ready(self) -> None:
        """The gateway session stands; this may happen again after every new session."""
        log.info("discord_ready", bot=str(self.user), guilds=len(self.guilds))
        self._discord_connection.is_online = True
        self._discord_connection.guilds_changed()
        self._on_ready()

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        """A server has come in after READY, or is back after an outage."""
        self._discord_connection.guilds_changed()

    async def on_resumed(self) -> None:
        """A lost session goes on."""
        self._discord_connection.is_online = True

    async def on_disconnect(self) -> None:
        """The connection is lost; discord.py makes it again by itself."""
        self._discord_connection.is_online = False

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """An event handler failed: discord.py would print a traceback."""
        log.error("event_failed", discord_event=event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this in its handler

    async def run_until_cancelled(self, token: str) -> None:
        """Connect and serve; returns only by an error or a cancellation, and closes in both cases.

        The running `start` is ended before `close`: closed from outside, discord.py 2.7.1 leaves the gateway with
        code 4000, and the bot would be shown online until Discord gives the session up.
        """
        serving = asyncio.create_task(self.start(token), name="discord gateway")
        try:
            await serving
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            self._discord_connection.detach()
            await cancel_and_wait([self._syncing] if self._syncing else [])
            await self.close()


async def keep_connected(
    token: SecretStr, *, services: Services, connection: DiscordConnection, on_ready: Callable[[], None]
) -> None:
    """Stay connected to Discord, with a fresh client after every end and a growing wait between them.

    Raises:
        Fatal: Discord will not have this token, or what it may do.
    """
    clock = services.clock
    reconnects = RestartBackoff(first_s=1.0, max_s=MAX_RECONNECT_WAIT_S, steady_s=120.0)
    while True:
        began = clock.monotonic()
        await _connect_once(token, MusicBot(services=services, connection=connection, on_ready=on_ready))
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
    """Serve until the connection is lost for good, for a reason that may pass. Raises Fatal for any other."""
    try:
        await bot.run_until_cancelled(token.get_secret_value())
    except Exception as error:  # discord.py lets errors of every kind out of a lost connection
        if sentence := _fatal_message(error):
            raise Fatal(sentence, ExitCode.SETTINGS) from error
        log.info("discord_lost", error=describe(error))


def _fatal_message(error: Exception) -> str | None:
    """What to tell the operator where no further connection would fare better; None where one may."""
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
