"""The REST routes of the bot's user, its application, its commands and the gateway's URL."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.application.command_registry import CommandRegistry
from sandbox.discord.json_types import Json
from sandbox.discord.rest.requests import Answer, Call, Route
from sandbox.discord.rules import errors
from sandbox.discord.world import payloads
from sandbox.discord.world.bus import Topic
from sandbox.discord.world.world import World


@dataclass(slots=True)
class ApplicationRoutes:
    """The bot's own user and application, its registered commands, and the gateway's URL."""

    world: World
    command_registry: CommandRegistry
    gateway_url: Callable[[], str]
    gateway_limits: Callable[[], Json]

    def routes(self) -> list[Route]:
        """All of them."""
        global_commands, guild_commands = (
            "/applications/{application}/commands",
            "/applications/{application}/guilds/{guild}/commands",
        )
        return [
            Route("GET", "/users/@me", "login", self.me),
            Route("GET", "/oauth2/applications/@me", "application", self.application),
            Route("GET", "/applications/@me", "application", self.application),
            Route("GET", "/gateway", "gateway", self.gateway_for_all, needs_token=False),
            Route("GET", "/gateway/bot", "gateway", self.gateway),
            Route("PUT", global_commands, "commands.put", self.put_commands),
            Route("GET", global_commands, "commands.get", self.get_commands),
            Route("PUT", guild_commands, "commands.put", self.put_commands),
            Route("GET", guild_commands, "commands.get", self.get_commands),
        ]

    async def me(self, _: Call) -> Answer:
        """The bot's own user."""
        return 200, payloads.own_user(self.world.bot)

    async def application(self, _: Call) -> Answer:
        """The bot's application."""
        owner = next(user for user in self.world.users.values() if not user.bot)
        return 200, {
            "id": str(self.world.bot.id),
            "name": self.world.bot.global_name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": self.world.requires_code_grant,
            "verify_key": "0" * 64,
            "type": None,
            "flags": 0,
            "flags_new": "0",
            "explicit_content_filter": 0,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "eligible_oauth2_scopes": [],
            "owner": payloads.user(owner),
            "team": None,
            "rpc_origins": [],
            "tags": [],
            "approximate_guild_count": len(self.world.bot_guilds()),
            "approximate_user_install_count": sum(user.has_app for user in self.world.users.values()),
            "integration_types_config": {kind: {} for kind in self.world.installation_types},
            "approximate_user_authorization_count": 0,
        }

    async def gateway_for_all(self, _: Call) -> Answer:
        """The gateway's URL."""
        return 200, {"url": self.gateway_url()}

    async def gateway(self, _: Call) -> Answer:
        """The gateway's URL, the recommended number of shards, and how many sessions may still be started today."""
        return 200, {"url": self.gateway_url(), **self.gateway_limits()}

    async def put_commands(self, call: Call) -> Answer:
        """Overwrite all global commands, or those of one guild."""
        stored = self.command_registry.replace(call.payloads, self._scope(call))
        self.world.bus.publish(Topic.COMMANDS)
        return 200, stored

    async def get_commands(self, call: Call) -> Answer:
        """The registered commands."""
        return 200, self.command_registry.of_scope(self._scope(call))

    def _scope(self, call: Call) -> int | None:
        if call.id("application") != self.world.bot.id:
            raise errors.DiscordError(404, 10002, "Unknown Application")
        if "guild" not in call.params:
            return None
        if call.id("guild") not in [guild.id for guild in self.world.bot_guilds()]:
            raise errors.missing_access()
        return call.id("guild")
