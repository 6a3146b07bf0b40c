"""The discord.py client of one gateway session: loads cogs, routes interactions, answers errors."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client.command_sync import CommandSync
from bot.client.identify_pace import IdentifyPace
from bot.concurrency import cancel_and_wait
from bot.discord_io.connection import DiscordConnection, fail_forum_post_on_server_error
from bot.discord_io.request_pace import RequestPace
from bot.domain.shards import Shards
from bot.errors import BotError
from bot.interactions.command_translator import CommandTranslator
from bot.interactions.components import ComponentRouter
from bot.interactions.error_handler import answer_error
from bot.interactions.services import Services
from bot.replies.locales import in_language, set_language

log = structlog.get_logger(__name__)

COGS = (
    "cogs.help",
    "cogs.compose",
    "cogs.songs",
    "cogs.playlists",
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

FINISHING_S = 3.5
"""How long the commands and sends in flight may take after their shard has gone to another process."""

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

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Called by discord.py at the start of the task that handles a command: sets the member's language for it."""
        set_language(str(interaction.locale))
        return True

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
        identify: IdentifyPace,
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
        self.command_sync = CommandSync(self.tree, services)
        self._discord_connection = connection
        self._on_ready = on_ready
        self._syncing: asyncio.Task[None] | None = None
        self._is_ending = False
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
        self._syncing = asyncio.create_task(self.command_sync.run(self.application_id))
        if self._shard is not None:
            # Here and not before the IDENTIFY: discord.py gives up a connection that takes a minute.
            await self._identify.wait(self._shard)

    async def load_cogs(self) -> None:
        """Load every cog, which adds its commands to the tree."""
        for cog in COGS:
            await self.load_extension(cog)
        if self.services.requests.allow_user_install:
            for command in self.tree.get_commands():
                _offer_to_users(command)
        await self.tree.set_translator(CommandTranslator())

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Dispatch an event unless closed: discord.py 2.7.1 may still parse servers then, when its loop is gone."""
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Route clicks and modal submits; commands go through the tree."""
        with in_language(str(interaction.locale)):
            await self.component_router.dispatch(interaction)

    async def on_connect(self) -> None:
        """Called as soon as there is a new gateway session, two seconds before `on_ready`: events arrive from here on."""
        if self._shard is not None and not self._is_ending:
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
        """Log an error of an event handler; discord.py would print it. An expected one, as of the database, is one line."""
        match sys.exception():
            case BotError() as error:
                log.warning("event_not_handled", discord_event=event_method, error=str(error))
            case error:
                log.error("event_failed", discord_event=event_method, exc_info=error)

    async def run_until_cancelled(self, token: str) -> None:
        """Connect and serve until an error or a cancellation, and close in both cases.

        `start` is cancelled before `close`: otherwise discord.py 2.7.1 closes the gateway with code 4000, and Discord
        shows the bot online until the session expires.
        """
        serving = asyncio.create_task(self._serve(token), name="discord gateway")
        try:
            await serving
        except asyncio.CancelledError:
            self._is_ending = True
            if self._shard is not None:
                # First: this process may take the shard again meanwhile, with another client.
                self.services.membership.session_ended(self._shard)
            serving.cancel()
            await asyncio.wait([serving])
            await self._finish_calls()
            raise
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            # Detached before the session closes, so that new calls wait for the next client.
            self._discord_connection.detach(self)
            await self.close()

    async def _finish_calls(self) -> None:
        """End the session, and let what this client has begun end: another process has the shard, but not these tasks."""
        if self.ws is not None:  # pyright: ignore[reportUnnecessaryComparison] - before the connection it is
            await self.ws.close(code=1000)
        if working := [*commands_in_flight(), *self._discord_connection.calls_in_flight()]:
            await asyncio.wait(working, timeout=FINISHING_S)

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


def _offer_to_users(
    command: app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu,
) -> None:
    """Offer a command also to people who install the bot for themselves, anywhere; not one for admins or servers alone."""
    if command.default_permissions is not None or command.extras.get("servers_only"):
        return
    here = command.allowed_contexts or app_commands.AppCommandContext()
    # New objects: those of the decorators are shared by all clients.
    command.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
    command.allowed_contexts = app_commands.AppCommandContext(
        guild=here.guild, dm_channel=here.dm_channel, private_channel=True
    )


def commands_in_flight() -> list[asyncio.Task[None]]:
    """The running interactions, found by the names that discord.py gives their tasks.

    discord.py closes its session without waiting for them.
    """
    names = ("CommandTree-invoker", "discord.py: on_interaction")
    return [task for task in asyncio.all_tasks() if task.get_name() in names]
