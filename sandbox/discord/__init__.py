"""A stand-in for Discord, REST and gateway, as strict as Discord where the bot could go wrong."""

from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.client.command_input import Refused
from sandbox.discord.rest.faults import Fault
from sandbox.discord.rest.requests import SeenRequest
from sandbox.discord.rules import errors
from sandbox.discord.standin import DiscordStandIn
from sandbox.discord.world.clock import SandboxClock
from sandbox.discord.world.default_world import default_world
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import World

__all__ = [
    "DiscordStandIn",
    "Fault",
    "Permission",
    "Refused",
    "SandboxClock",
    "SeenInteraction",
    "SeenRequest",
    "World",
    "default_world",
    "errors",
]
