"""The scenario of each client program: login, events, all kinds of interactions, lost connections, all REST routes.

Users act in the stand-in; what the program reports is compared with what the stand-in sent and received.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from sandbox.discord import DiscordStandIn, Permission, SeenInteraction, default_world
from sandbox.discord.gateway.events import PRIVILEGED
from sandbox.discord.rest.server import PREFIX
from sandbox.discord.world.model import Message, Upload
from tests.clients.program import Program, running

Route = tuple[str, str]
"""Method and path of a REST route of the stand-in."""


@dataclass(slots=True)
class Stage:
    """The stand-in, the program, and what was covered so far."""

    stand_in: DiscordStandIn
    program: Program
    events: list[str] = field(default_factory=list[str])
    interactions: list[str] = field(default_factory=list[str])

    async def expect(self, event: str, **fields: object) -> None:
        """Wait until the program reports this event."""
        await self.program.reported(event, **fields)
        self.events.append(event)

    async def answered(self, what: str, interaction: SeenInteraction, content: str) -> Message:
        """Check that the interaction is answered with this message."""
        message = await interaction.wait_response()
        assert message.content == content, (what, message.content)
        self.interactions.append(what)
        return message

    async def command(self, name: str, **options: object) -> SeenInteraction:
        """Ada uses a command in #general."""
        return await self.stand_in.command(user="ada", channel="general", name=name, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the scenario covered. `refused` are the requests that the stand-in answered with an error."""

    library: str
    events: list[str]
    interactions: list[str]
    resumes: int
    used: set[Route]
    routes: set[Route]
    refused: list[str]


async def run_scenario(command: list[str]) -> Coverage:
    """Run the whole scenario with the program that this command starts.

    Raises:
        AssertionError: the library and the stand-in disagree.
    """
    routes = set[Route]()

    def note_routes(app: web.Application) -> None:
        routes.update(
            (route.method, route.resource.canonical.removeprefix(PREFIX))
            for route in app.router.routes()
            if route.resource is not None and route.resource.canonical.startswith(PREFIX)
        )

    world = default_world()
    stand_in = DiscordStandIn(
        world=world, token=_token_of(world.bot.id), extra_routes=note_routes, privileged_intents=PRIVILEGED
    )
    async with stand_in:
        async with running(command, stand_in) as program:
            ready = await program.reported("READY", bot=stand_in.world.bot.username)
            assert ready["guilds"] == ["Basement Tapes", "Night Owls"]
            stage = Stage(stand_in, program)
            for step in (events, options, components, forms, deferred, menus, tour, lost_connections):
                await step(stage)
        return Coverage(
            library=ready["library"],
            events=sorted(set(stage.events)),
            interactions=stage.interactions,
            resumes=len(stand_in.gateway.resumes),
            used={(request.method, request.route) for request in stand_in.requests if request.handled},
            routes=routes,
            # A request that came too early is repeated by the library, and only then does the step go on.
            refused=[
                f"{r.method} {r.path} {r.status} {r.code}"
                for r in stand_in.requests
                if not r.handled and r.status != HTTPStatus.TOO_MANY_REQUESTS
            ],
        )


def _token_of(bot_id: int) -> str:
    """A token in Discord's form: hikari reads the bot's ID from its first part."""
    return f"{base64.b64encode(str(bot_id).encode()).decode()}.made.up"


async def events(stage: Stage) -> None:
    """Changes of the world arrive as events."""
    world = stage.stand_in.world
    message = world.say("ada", "general", "hello")
    await stage.expect("MESSAGE_CREATE", text="hello", by="ada")
    message.content = "hello again"
    world.touch_message(message)
    await stage.expect("MESSAGE_UPDATE", text="hello again")
    world.delete_message(message)
    await stage.expect("MESSAGE_DELETE", text="hello again")
    world.say("dana", world.open_dm("dana"), "between us")
    await stage.expect("MESSAGE_CREATE", text="between us", by="dana")

    guild = world.guild("Night Owls")
    world.add_channel(guild, "new")
    await stage.expect("CHANNEL_CREATE", name="new")
    world.set_slow_mode("new", 30)
    await stage.expect("CHANNEL_UPDATE", name="new", slow=30)
    thread = world.add_thread("new", "a thread", owner="ada")
    await stage.expect("THREAD_CREATE", name="a thread", parent="new")
    world.set_thread(thread, archived=True)
    await stage.expect("THREAD_UPDATE", name="a thread", archived=True)
    world.delete_channel("new")
    await stage.expect("CHANNEL_DELETE", name="new")

    role = world.add_role(guild, "Drummers")
    await stage.expect("GUILD_ROLE_CREATE", name="Drummers")
    world.set_role_permissions(guild, role, Permission.MANAGE_GUILD)
    await stage.expect("GUILD_ROLE_UPDATE", name="Drummers", manages=True)
    world.delete_role(guild, role)
    await stage.expect("GUILD_ROLE_DELETE", name="Drummers")
    world.set_premium_tier(guild, 2)
    await stage.expect("GUILD_UPDATE", name="Night Owls", tier=2)
    tapes = world.guild("Basement Tapes")
    world.time_out(tapes, world.bot, 600)
    await stage.expect("GUILD_MEMBER_UPDATE", silenced=True)
    world.remove_bot(tapes)
    await stage.expect("GUILD_DELETE", name="Basement Tapes")
    world.add_bot(tapes)
    await stage.expect("GUILD_CREATE", name="Basement Tapes")


async def options(stage: Stage) -> None:
    """A command with an option of each type, and one that completes what is typed."""
    world = stage.stand_in.world
    guild = world.guild("Night Owls")
    given = {
        "text": "blue",
        "whole": 7,
        "flag": True,
        "who": world.user("chidi"),
        "where": world.channel("music"),
        "role": world.role(guild, "DJs"),
        "whom": world.user("dana"),
        "part": 1.5,
        "file": Upload("notes.txt", b"la la la"),
    }
    seen = await stage.command("everything", **given)
    assert json.loads((await seen.wait_response()).content) == {
        "text": "blue",
        "whole": 7,
        "flag": True,
        "who": "Chidi",
        "where": "music",
        "role": "DJs",
        "whom": "dana",
        "part": 1.5,
        "file": "notes.txt/8",
    }
    stage.interactions.append("options")
    asked = await stage.stand_in.autocomplete(
        user="ada", channel="general", name="guess", focused="word", options={"word": "ra"}
    )
    assert [choice["name"] for choice in await asked.wait_choices()] == ["ra!"]
    stage.interactions.append("autocomplete")
    await stage.answered("command", await stage.command("guess", word="rain"), "rain")


async def components(stage: Stage) -> None:
    """A button, and a select of each type."""
    stand_in, world = stage.stand_in, stage.stand_in.world
    seen = await stage.command("menu")
    message = await stage.answered("message with components", seen, "choose")
    pressed = await stand_in.press(user="ada", message=message, label="Press")
    assert (await pressed.wait_update()).content == "pressed"
    stage.interactions.append("button")
    role = world.role(world.guild("Night Owls"), "DJs")
    for custom_id, values, answer in (
        ("strings", ["rain", "snow"], "rain,snow"),
        ("users", [world.user("chidi")], "chidi"),
        ("roles", [role], "DJs"),
        ("mentionables", [role], "DJs"),
    ):
        chosen = await stand_in.select(user="ada", message=message, custom_id=custom_id, values=values)
        await stage.answered(f"select of {custom_id}", chosen, answer)
    further = await seen.wait_followup()
    chosen = await stand_in.select(user="ada", message=further, values=[world.channel("music")])
    updated = await chosen.wait_update()
    assert (updated.content, updated.components) == ("music", [])
    stage.interactions.append("select of channels")


async def forms(stage: Stage) -> None:
    """A modal, and its answer."""
    opener = await stage.command("form")
    await opener.wait_modal()
    stage.interactions.append("modal")
    submitted = await stage.stand_in.submit_modal(opener, {"words": "in other words"})
    await stage.answered("modal submit", submitted, "in other words")


async def deferred(stage: Stage) -> None:
    """A deferred answer that only one person sees; its follow-up is edited and fetched, and both are deleted."""
    seen = await stage.command("later")
    await stage.program.reported("LATER", original="edited", further="followed, edited", file="song.txt")
    await stage.stand_in.wait_for(
        lambda: seen.response is not None and seen.response.deleted, what="a deletion"
    )
    assert seen.response is not None
    assert seen.response.ephemeral
    assert [message.deleted for message in seen.followups] == [True]
    stage.interactions.append("deferred answer with a follow-up")


async def menus(stage: Stage) -> None:
    """The commands in the menus of a user and of a message."""
    stand_in, world = stage.stand_in, stage.stand_in.world
    them = await stand_in.command(
        user="ada", channel="general", name="Look at them", target_user=world.user("dana")
    )
    await stage.answered("user menu", them, "dana")
    message = world.say("ada", "general", "over here")
    it = await stand_in.command(user="ada", channel="general", name="Look at it", target_message=message)
    await stage.answered("message menu", it, "over here")


async def tour(stage: Stage) -> None:
    """All REST routes that no interaction uses."""
    world = stage.stand_in.world
    guild = world.guild("Night Owls")
    # Threads are deleted, and the audit log is read, with these permissions only.
    (role,) = (each for each in guild.roles.values() if each.bot_id == world.bot.id)
    world.set_role_permissions(guild, role, role.permissions | Permission.VIEW_AUDIT_LOG)
    world.allow("general", world.bot, Permission.MANAGE_THREADS)
    seen = await stage.command("tour")
    report = await stage.program.reported("TOUR")
    commands = ["Look at it", "Look at them", "everything", "form", "guess", "later", "menu", "tour"]
    assert report == {
        "event": "TOUR",
        "nonce": "tour-1",
        "embed": "An embed",
        "files": ["tune.txt"],  # the one that an embed shows is not listed
        "history": True,
        "fetched": "toured on",
        "threads": ["on a message", True, True, True],
        "user": "ada",
        "member": "ada",
        "guild": "Night Owls",
        "added_by": world.user(guild.owner_id).username,
        "channel": "general",
        "channels": len([c for c in world.channels_of(guild) if not c.is_thread]),
        "application": True,
        "gateway": True,
        "commands": commands,
        "here": True,
    }, report
    await stage.answered("deferred answer", seen, "toured")


async def lost_connections(stage: Stage) -> None:
    """After a lost connection, and after a request to reconnect, the session is resumed without a lost event."""
    gateway, world = stage.stand_in.gateway, stage.stand_in.world
    disconnect: list[Callable[[], None]] = [gateway.drop_all, gateway.reconnect]
    for number, lose in enumerate(disconnect, 1):
        lose()
        world.say("ada", "general", f"missed {number}")
        await stage.expect("MESSAGE_CREATE", text=f"missed {number}", by="ada")
        await stage.expect("RESUMED")
        assert len(gateway.resumes) == number
    assert len(gateway.identifies) == 1
