"""Helpers for /config: commands, presses and what they answer."""

from collections.abc import Mapping
from typing import Any

from sandbox.discord import SeenInteraction
from sandbox.discord.application.interaction import InteractionType
from sandbox.discord.rules.commands import CommandType
from sandbox.discord.world.model import Message, Upload
from tests.e2e.rig import Rig

ADMIN = "bela"
MEMBER = "dana"


async def used(
    rig: Rig,
    name: str,
    options: Mapping[str, object] | None = None,
    *,
    user: str = ADMIN,
    channel: str = "music",
) -> Message:
    """Use a command; returns the ephemeral answer."""
    asked = await rig.discord.command(user=user, channel=rig.channel(channel), name=name, options=options)
    return await private(rig, asked)


async def private(rig: Rig, asked: SeenInteraction) -> Message:
    """The newest answer, which is for that person alone."""
    answer = await rig.until(lambda: _newest(asked))
    assert answer.ephemeral_for == asked.user.id
    return answer


def _newest(asked: SeenInteraction) -> Message | None:
    """The last message that was sent; what was pressed on does not count."""
    if asked.followups:
        return asked.followups[-1]
    return asked.answer if asked.answer is not asked.source else None


async def pressed(rig: Rig, message: Message, label: str, *, user: str = ADMIN) -> Message:
    """Press a button; returns the answer, a new message or the edited one."""
    asked = await rig.discord.press(user=user, message=message, label=label)
    return await rig.until(lambda: _newest(asked) or (message if asked.updated else None))


async def limited(rig: Rig, scope: str = "member", **options: object) -> Message:
    """An admin sets a limit and saves it."""
    draft = await used(rig, "config limit", {"scope": scope, **options})
    return await pressed(rig, draft, "Save")


async def results_in(rig: Rig, channel: str) -> Message:
    """An admin chooses the channel for finished songs."""
    return await used(rig, "config results", {"channel": rig.channel(channel)})


def sent_raw(
    rig: Rig,
    options: list[dict[str, Any]],
    *,
    user: str,
    channel: str = "music",
    resolved: Mapping[str, Any] | None = None,
) -> SeenInteraction:
    """A /config that reaches the bot just so, whatever Discord's client would offer."""
    (command,) = [c for c in rig.discord.command_registry.of_scope(None) if c["name"] == "config"]
    data = {"id": command["id"], "name": "config", "type": 1, "options": options, "resolved": resolved or {}}
    return rig.discord.interactions.open(
        InteractionType.COMMAND,
        rig.discord.world.user(user),
        rig.channel(channel),
        data,
        name="config",
        command_type=CommandType.CHAT_INPUT,
    )


async def imported(rig: Rig, content: bytes, *, user: str = ADMIN, channel: str = "music") -> Message:
    """An admin hands a file to /config import; returns the answer."""
    file = Upload("settings.json", content, "application/json")
    return await used(rig, "config import", {"file": file}, user=user, channel=channel)
