"""The switches of the control room: each begins and ends one fault of Whisul or Discord."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.discord import DiscordStandIn, Fault, Permission
from sandbox.discord.rules.documented_errors import DOCUMENTED, EVERY
from sandbox.whisul import (
    Behaviour,
    Delay,
    JobPlan,
    Kind,
    Planned,
    Reset,
    WhisulSimulator,
    failing,
    html_page,
    rate_limited,
)
from sandbox.whisul.script import Rule

Action = Callable[[], Awaitable[None]]
BUSY_S = 2.0
SLOW_S = 3.0
FAILURE = "The model lost the beat. Please try another prompt."


@dataclass(slots=True, eq=False)
class Switch:
    """One fault that can be turned on and off. `label` and `meaning` are shown under `group`."""

    name: str
    group: str
    label: str
    meaning: str
    begin: Action = field(repr=False)
    end: Action = field(repr=False)
    is_on: bool = False

    async def set(self, *, on: bool) -> None:
        """Turn it on or off; does nothing where it is in that state already."""
        if on == self.is_on:
            return
        # Before the action, so that a second click meanwhile is no second begin.
        self.is_on = on
        await (self.begin if on else self.end)()


def all_switches(whisul: WhisulSimulator, discord: DiscordStandIn) -> list[Switch]:
    """All switches, in the order in which the page shows them."""
    return [*_of_whisul(whisul), *_of_discord(discord)]


def error_switch(discord: DiscordStandIn, name: str) -> Switch | None:
    """The switch `error-CODE`, which makes Discord answer with a documented error code; None if there is no such code."""
    prefix, _, code = name.partition("-")
    known = DOCUMENTED.get(int(code)) if prefix == "error" and code.isdecimal() else None
    if known is None:
        return None
    begin, end = _held_fault(discord, Fault.documented(known.code), known.kinds)
    to = "every request" if known.kinds == EVERY else ", ".join(known.kinds)
    return Switch(
        name,
        "Discord",
        f"Answers with error {known.code}",
        f"{known.message.capitalize()}, for {to}.",
        begin,
        end,
    )


# --- Whisul ---------------------------------------------------------------------------------------------------------


def _of_whisul(whisul: WhisulSimulator) -> list[Switch]:
    def scripted(name: str, label: str, meaning: str, *behaviours: tuple[Kind, Behaviour]) -> Switch:
        begin, end = _scripted_rules(whisul, behaviours)
        return Switch(name, "Whisul", label, meaning, begin, end)

    busy, down = rate_limited(BUSY_S), failing(503, message="Whisul is down for maintenance")
    return [
        scripted(
            "busy", "Is busy", "Every request gets 429, try again later.", ("submit", busy), ("poll", busy)
        ),
        scripted("down", "Is down", "Every request gets 503.", ("submit", down), ("poll", down)),
        Switch(
            "away",
            "Whisul",
            "Is unreachable",
            "Refuses every connection, including for files.",
            *_unreachable(whisul),
        ),
        Switch("key", "Whisul", "Rejects the key", "Every request gets 401.", *_other_key(whisul)),
        scripted(
            "errors",
            "Shows error pages",
            "Polls get a proxy's error page, 502.",
            ("poll", html_page(502)),
        ),
        scripted("slow", "Answers slowly", f"Polls take {SLOW_S:g} seconds longer.", ("poll", Delay(SLOW_S))),
        scripted(
            "no-answer",
            "Loses the answer",
            "Whisul starts new songs, but the connection drops before it answers.",
            ("submit", Reset("after")),
        ),
        scripted(
            "fails",
            "Fails new songs",
            "New requests end with an error.",
            ("submit", Planned(JobPlan(status="failed", error=FAILURE))),
        ),
        scripted(
            "stuck",
            "Never finishes new songs",
            "New requests stay in progress.",
            ("submit", Planned(JobPlan(never_finishes=True))),
        ),
        scripted("no-cover", "Lost the covers", "Their links return 404.", ("cover", failing(404))),
        scripted("no-audio", "Lost the audio", "Its links return 404.", ("audio", failing(404))),
    ]


def _scripted_rules(
    whisul: WhisulSimulator, behaviours: tuple[tuple[Kind, Behaviour], ...]
) -> tuple[Action, Action]:
    rules: list[Rule] = []

    async def begin() -> None:
        rules.extend(whisul.script(kind, behaviour, times=None) for kind, behaviour in behaviours)

    async def end() -> None:
        while rules:
            whisul.unscript(rules.pop())

    return begin, end


def _unreachable(whisul: WhisulSimulator) -> tuple[Action, Action]:
    async def end() -> None:
        host, _, port = whisul.media_host.partition(":")
        # On the same port: the bot knows Whisul by its URL.
        await whisul.start(host, int(port))

    return whisul.stop, end


def _other_key(whisul: WhisulSimulator) -> tuple[Action, Action]:
    known = whisul.api_key

    async def begin() -> None:
        whisul.api_key = "another-key"

    async def end() -> None:
        whisul.api_key = known

    return begin, end


# --- Discord --------------------------------------------------------------------------------------------------------


def _of_discord(discord: DiscordStandIn) -> list[Switch]:
    def held(name: str, label: str, meaning: str, fault: Fault, *kinds: str) -> Switch:
        begin, end = _held_fault(discord, fault, kinds)
        return Switch(name, "Discord", label, meaning, begin, end)

    return [
        held("discord-errors", "Fails", "Every request of the bot gets 500.", Fault.error(500), "*"),
        held(
            "discord-busy",
            "Is busy",
            f"New messages get 429, wait {BUSY_S:g} seconds.",
            Fault.rate_limit(BUSY_S),
            "message.create",
        ),
        held(
            "discord-slow",
            "Answers slowly",
            f"Every answer takes {SLOW_S:g} seconds longer.",
            Fault.late(SLOW_S),
            "*",
        ),
        Switch(
            "no-permission",
            "Discord",
            "Blocks the bot from posting",
            "It loses Send Messages in every channel.",
            *_without_permission(discord),
        ),
        Switch(
            "dms-closed",
            "Discord",
            "Blocks direct messages",
            "Nobody accepts them.",
            *_closed_dms(discord),
        ),
    ]


def _held_fault(discord: DiscordStandIn, fault: Fault, kinds: tuple[str, ...]) -> tuple[Action, Action]:
    async def begin() -> None:
        for kind in kinds:
            discord.fault_script.hold(kind, fault)

    async def end() -> None:
        for kind in kinds:
            discord.fault_script.release(kind)

    return begin, end


def _without_permission(discord: DiscordStandIn) -> tuple[Action, Action]:
    world, sending = discord.world, Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS
    denied: list[int] = []

    async def begin() -> None:
        for channel in tuple(world.channels.values()):
            is_channel = channel.guild_id is not None and not channel.is_thread
            # Only where it may post: the end must not allow what an admin has denied.
            if is_channel and world.can(world.bot, channel, Permission.SEND_MESSAGES):
                world.deny(channel, world.bot, sending)
                denied.append(channel.id)

    async def end() -> None:
        while denied:
            world.clear(world.channels[denied.pop()], world.bot, sending)

    return begin, end


def _closed_dms(discord: DiscordStandIn) -> tuple[Action, Action]:
    world = discord.world
    closed: list[int] = []

    async def begin() -> None:
        for user in world.users.values():
            if user.dms_open and not user.bot:
                world.close_dms(user)
                closed.append(user.id)

    async def end() -> None:
        while closed:
            world.open_dms(world.users[closed.pop()])

    return begin, end
