"""Steps of admins and members around /config."""

from collections.abc import Mapping

from sandbox.discord import SeenInteraction
from sandbox.discord.model import Message
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
    """Somebody uses a command; returns the answer, which nobody else sees."""
    asked = await rig.discord.command(user=user, channel=rig.channel(channel), name=name, options=options)
    return await private(rig, asked)


async def private(rig: Rig, asked: SeenInteraction) -> Message:
    """The newest answer, which is for that person alone."""
    await rig.until(lambda: asked.answer or asked.followups)
    answer = asked.followups[-1] if asked.followups else asked.answer
    assert answer is not None
    assert answer.ephemeral_for == asked.user.id
    return answer


async def pressed(rig: Rig, message: Message, label: str, *, user: str = ADMIN) -> Message:
    """Somebody presses a button; returns the answer to it, a new message or the changed one."""
    asked = await rig.discord.press(user=user, message=message, label=label)
    await rig.until(
        lambda: asked.updated or (asked.answer and asked.answer is not message) or asked.followups
    )
    return asked.followups[-1] if asked.followups else asked.answer or message


async def limited(rig: Rig, scope: str = "member", **options: object) -> Message:
    """An admin sets a limit and saves it."""
    draft = await used(rig, "config limit", {"scope": scope, **options})
    return await pressed(rig, draft, "Save")
