"""A stand-in for Discord, REST and gateway, as strict as Discord where the bot could go wrong."""

from sandbox.discord import errors
from sandbox.discord.clock import SandboxClock
from sandbox.discord.command_input import Refused
from sandbox.discord.default_world import default_world
from sandbox.discord.faults import Fault
from sandbox.discord.permissions import Permission
from sandbox.discord.seen import SeenInteraction, SeenRequest
from sandbox.discord.standin import DiscordStandIn
from sandbox.discord.world import World

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
