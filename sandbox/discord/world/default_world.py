"""The initial world of the demo and most tests: two servers, five people, and channels of several kinds."""

from datetime import timedelta

from sandbox.discord.world.clock import SandboxClock
from sandbox.discord.world.model import Guild
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.world import EVERYONE, World

_DAY = timedelta(days=1)
_PEOPLE = (
    ("ada", "Ada", "#e91e63"),
    ("bela", "Béla", "#1abc9c"),
    ("chidi", "Chidi", "#e67e22"),
    ("dana", "Dana", "#3498db"),
    ("eve", "Eve", "#9b59b6"),
)


def default_world(clock: SandboxClock | None = None) -> World:
    """Two servers that the bot is in.

    - Night Owls: ada owns it, bela manages it, chidi (a DJ) and dana (a listener) are members. #general, #music,
      #announcements (only managers write there, not the bot), #backstage (only managers and the bot see it), #vault
      (only managers see it, not the bot), and in #music the threads "open jam" (open), "old jam" (archived) and
      "sealed jam" (archived and locked).
    - Basement Tapes: dana owns it, ada, eve and chidi are members. #lobby, #tapes, #crew-only (not for eve).

    bela is in the first only, eve in the second only. Everybody but chidi accepts direct messages. The first channel of each is
    its system channel.
    """
    world = World(clock or SandboxClock())
    fill(world)
    return world


def fill(world: World) -> None:
    """Add the people and servers of the default world to one that has only the bot. It joined both servers a day ago."""
    for username, name, colour in _PEOPLE:
        world.add_user(username, name, colour=colour)
    world.close_dms("chidi")
    for guild in (_night_owls(world), _basement_tapes(world)):
        guild.members[world.bot.id].joined_at -= _DAY


def _night_owls(world: World) -> Guild:
    guild = world.add_guild("Night Owls", owner="ada")
    managers = world.add_role(guild, "Managers", Permission.MANAGE_GUILD | Permission.MANAGE_THREADS)
    world.add_member(guild, "bela", managers)
    world.add_member(guild, "chidi", world.add_role(guild, "DJs", mentionable=True))
    world.add_member(guild, "dana", world.add_role(guild, "Listeners"))
    world.add_bot(guild)
    world.set_system_channel(guild, world.add_channel(guild, "general", topic="Everything and nothing"))
    music = world.add_channel(guild, "music", topic="Songs wanted, songs made")
    announcements = world.add_channel(guild, "announcements")
    world.deny(announcements, EVERYONE, Permission.SEND_MESSAGES)
    world.deny(announcements, world.bot, Permission.SEND_MESSAGES)
    world.allow(announcements, managers, Permission.SEND_MESSAGES)
    backstage = world.add_channel(guild, "backstage")
    world.deny(backstage, EVERYONE, Permission.VIEW_CHANNEL)
    world.allow(backstage, managers, Permission.VIEW_CHANNEL)
    world.allow(backstage, world.bot, Permission.VIEW_CHANNEL)
    vault = world.add_channel(guild, "vault")
    world.deny(vault, EVERYONE, Permission.VIEW_CHANNEL)
    world.allow(vault, managers, Permission.VIEW_CHANNEL)
    world.add_thread(music, "open jam", owner="chidi")
    world.set_thread(world.add_thread(music, "old jam", owner="dana"), archived=True)
    world.set_thread(world.add_thread(music, "sealed jam", owner="bela"), archived=True, locked=True)
    return guild


def _basement_tapes(world: World) -> Guild:
    guild = world.add_guild("Basement Tapes", owner="dana")
    crew = world.add_role(guild, "Crew", mentionable=True)
    world.add_member(guild, "ada", crew)
    world.add_member(guild, "chidi", crew)
    world.add_member(guild, "eve")
    world.add_bot(guild)
    world.set_system_channel(guild, world.add_channel(guild, "lobby", topic="Come in"))
    world.add_channel(guild, "tapes")
    private = world.add_channel(guild, "crew-only")
    world.deny(private, EVERYONE, Permission.VIEW_CHANNEL)
    world.allow(private, crew, Permission.VIEW_CHANNEL)
    world.allow(private, world.bot, Permission.VIEW_CHANNEL)
    return guild
