"""The Discord stand-in: one server with REST API, gateway, attachments and the demo page, and methods to act as people."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.discord.application import interaction_payloads
from sandbox.discord.application.bot_messages import BotMessages
from sandbox.discord.application.command_registry import CommandRegistry
from sandbox.discord.application.interaction import WAIT_S, SeenInteraction
from sandbox.discord.application.interactions import Interactions
from sandbox.discord.client.user_actions import UserActions
from sandbox.discord.gateway.events import NO_INTENT, Event, Intent
from sandbox.discord.gateway.server import Gateway
from sandbox.discord.json_types import Json
from sandbox.discord.page.api import PageApi
from sandbox.discord.page.files import PageFiles
from sandbox.discord.page.same_origin import same_origin
from sandbox.discord.rest.application_routes import ApplicationRoutes
from sandbox.discord.rest.faults import Fault, FaultScript
from sandbox.discord.rest.guild_routes import GuildRoutes
from sandbox.discord.rest.interaction_routes import InteractionRoutes
from sandbox.discord.rest.message_routes import MessageRoutes
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.rest.server import PREFIX, RestServer
from sandbox.discord.rest.thread_routes import ThreadRoutes
from sandbox.discord.transport import Hook, departed_clients
from sandbox.discord.world import message_payloads
from sandbox.discord.world.bus import Change
from sandbox.discord.world.clock import SandboxClock
from sandbox.discord.world.default_world import default_world
from sandbox.discord.world.model import Message
from sandbox.discord.world.state import ChannelRef
from sandbox.discord.world.world import World

TOKEN = "stand-in-token"  # noqa: S105 - valid for the stand-in only
MAX_BODY_BYTES = 256 * 1024 * 1024

T = TypeVar("T")


class DiscordStandIn(UserActions):
    """A Discord server for bots. Use it as an async context manager, or `start` and `stop` it.

    Tests may use its parts: `world` (changes are sent to the bot), `gateway` (its faults and what it received),
    `interactions` (time limits), `command_registry`, `bot_messages` (the nonce window), `rest` (rate limits and content
    filters). `extra_routes` is called with the application before it serves, and may add routes.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        world: World | None = None,
        clock: SandboxClock | None = None,
        page_dir: Path | None = None,
        about: Json | None = None,
        extra_routes: Callable[[web.Application], None] | None = None,
        privileged_intents: Intent = NO_INTENT,
    ) -> None:
        self.token = token
        self.world = world or default_world(clock)
        self.clock = self.world.clock
        self.host = "127.0.0.1"
        self.port = 0
        self.command_registry = CommandRegistry(self.world.ids, self.world.bot.id)
        self.bot_messages = BotMessages(self.world, lambda: self.page_url)
        self.gateway = Gateway(self.world, token, lambda: self.gateway_url, privileged=privileged_intents)
        self.interactions = Interactions(self.bot_messages, self._dispatch_interaction)
        self.rest = RestServer(token, self.clock, self.world.bus)
        self.page = PageApi(self.world, self, lambda: self.bot_online, about or {})
        self.files = PageFiles(self.bot_messages, page_dir)
        self.extra_routes = extra_routes
        self._runner: web.AppRunner | None = None
        self._unsubscribe: Callable[[], None] | None = None

    # ---- starting and stopping ----

    @property
    def page_url(self) -> str:
        """The URL of the demo page."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """The base of the REST routes: the bot's DISCORD_API_URL."""
        return self.page_url + PREFIX

    @property
    def gateway_url(self) -> str:
        """The URL of the gateway: the bot's DISCORD_GATEWAY_URL."""
        return f"ws://{self.host}:{self.port}/gateway"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0 on any free port."""
        self.host, self.port = host, port
        # Before it listens: a bot that connects at once misses no change.
        self._unsubscribe = self.world.bus.subscribe(self._on_change)
        await self.come_back()

    async def stop(self) -> None:
        """Stop listening and reset every connection."""
        await self.go_down()
        self.gateway.stop()
        self.interactions.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    async def __aenter__(self) -> Self:
        await self.start(self.host, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def come_back(self) -> None:
        """Listen again after `go_down`, on the same port."""
        # A new one: `go_down` has set the one before, which ends requests that hang.
        self.rest.closing = asyncio.Event()
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port, reuse_address=True)
        await site.start()
        # Kept, so that the bot's URLs are valid after `go_down`, too.
        self.port = int(runner.addresses[0][1])
        self._runner = runner

    async def go_down(self) -> None:
        """Reset every connection and refuse new ones, until `come_back`."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        # `cleanup` would wait for requests that hang.
        self.rest.closing.set()
        # Before connections are reset: the bot reconnects at once.
        for site in tuple(runner.sites):
            await site.stop()
        self.gateway.drop_all()
        await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[departed_clients, same_origin])
        application = ApplicationRoutes(
            self.world, self.command_registry, lambda: self.gateway_url, self.gateway.limits
        )
        routes = [
            *application.routes(),
            *GuildRoutes(self.world, self.bot_messages).routes(),
            *MessageRoutes(self.world, self.bot_messages, lambda: self.gateway.reads_content).routes(),
            *ThreadRoutes(self.world, self.bot_messages).routes(),
            *InteractionRoutes(self.world, self.interactions).routes(),
        ]
        self.rest.add_to(app, routes)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        self.page.add_to(app)
        self.files.add_to(app)
        if self.extra_routes is not None:
            self.extra_routes(app)
        return app

    def _on_change(self, change: Change) -> None:
        self.gateway.on_change(change)
        self.page.on_change(change)

    def _dispatch_interaction(self, interaction: SeenInteraction) -> None:
        payload = interaction_payloads.event(self.world, interaction)
        self.gateway.dispatch(Event("INTERACTION_CREATE", payload, NO_INTENT, interaction.channel.guild_id))

    # ---- what the bot sent ----

    @property
    def requests(self) -> list[SeenRequest]:
        """Every REST request, in the order of arrival."""
        return self.rest.requests

    def requests_of(self, kind: str) -> list[SeenRequest]:
        """The requests of one kind, such as "message.create"."""
        return [request for request in self.rest.requests if request.kind == kind]

    @property
    def bot_online(self) -> bool:
        """Whether the bot is shown as online."""
        return self.gateway.online

    @property
    def identifies(self) -> list[Json]:
        """The data of every IDENTIFY."""
        return self.gateway.identifies

    @property
    def gateway_closes(self) -> list[int]:
        """The codes with which the bot closed its connections; 1006 stands for none."""
        return self.gateway.bot_closes

    def messages(self, channel: ChannelRef) -> list[Message]:
        """The messages of a channel, oldest first, ephemeral and loading ones included."""
        return self.world.messages(channel)

    def message_json(self, message: Message) -> Json:
        """A message as the page gets it."""
        return message_payloads.page_message(self.world, message)

    async def wait_for(
        self, predicate: Callable[[], T | None], timeout_s: float = WAIT_S, what: str = "a change"
    ) -> T:
        """Wait until `predicate()` is true, which is checked after every change; returns its value."""
        return await self.world.bus.wait_for(predicate, timeout_s=timeout_s, what=what)

    async def wait_online(self, timeout_s: float = 10.0) -> None:
        """Wait until the bot is online and has registered its commands."""
        await self.wait_for(
            lambda: self.bot_online and bool(self.command_registry.of_scope(None)),
            timeout_s,
            "the bot and its commands",
        )

    # ---- time and faults ----

    def jump(self, seconds: float) -> None:
        """Move the clock forward: tokens expire, nonces are forgotten, unanswered interactions fail."""
        self.clock.jump(seconds)
        self.interactions.check_deadlines()

    @property
    def fault_script(self) -> FaultScript:
        """The planned faults."""
        return self.rest.script

    def script(
        self, kind: str, fault: Fault, *, times: int = 1, skip: int = 0, channel: ChannelRef | None = None
    ) -> None:
        """Plan `fault` for the next `times` requests of this kind, after `skip` regular answers; `channel`: only there."""
        channel_id = None if channel is None else self.world.channel(channel).id
        self.rest.script.add(kind, fault, times=times, skip=skip, channel_id=channel_id)

    def on_request(self, hook: Hook | None) -> None:
        """Call `await hook(kind, phase)` around every request.

        The phases: "before" it is handled, "handled" but not answered, "answered". A hook that raises
        ConnectionError "before" prevents the handling, as if the request had never arrived.
        """
        self.rest.hook = hook

    def on_event(self, hook: Hook | None) -> None:
        """Call `await hook(kind, phase)` around every message that the gateway sends, such as "gateway.ready".

        The phases: "before" it is sent, and "answered" once it is.
        """
        self.gateway.hook = hook
