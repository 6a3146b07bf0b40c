"""Helpers for presses of buttons, genuine and forged."""

from sandbox.discord import SeenInteraction
from sandbox.discord.application.interaction import InteractionType
from sandbox.discord.world.model import Channel, Message
from tests.e2e.actions import Order, ordered, private_answer, started_again
from tests.e2e.rig import Rig, walk


def buttons(message: Message) -> dict[str, str]:
    """The labels of a message's buttons by the names of their controls; links are left out."""
    return {
        button["custom_id"].split(":")[0]: button["label"]
        for button in walk(message.components)
        if button.get("custom_id")
    }


async def press(rig: Rig, name: str, message: Message, *, user: str = "ada") -> SeenInteraction:
    """Press the button of that control, and wait until the bot has taken it."""
    pressed = await rig.discord.press(user=user, message=message, custom_id=custom_id(message, name))
    await rig.until(lambda: pressed.acknowledged)
    return pressed


async def told(rig: Rig, name: str, message: Message, *, user: str = "ada") -> str:
    """Press a button, and return what the bot says about it to the presser alone."""
    return (await private_answer(rig, await press(rig, name, message, user=user))).content


def forge(
    rig: Rig,
    made_up_id: str,
    *,
    user: str,
    channel: str | Channel = "music",
    source: Message | None = None,
) -> SeenInteraction:
    """Press a button that no message has."""
    place = rig.channel(channel)
    return rig.discord.interactions.open(
        InteractionType.COMPONENT,
        rig.discord.world.user(user),
        place,
        {"custom_id": made_up_id, "component_type": 2, "id": 0},
        name=made_up_id,
        source=source or rig.discord.world.say(user, place, "with a button of mine"),
    )


async def forged(rig: Rig, made_up_id: str, message: Message, *, user: str = "ada") -> str:
    """Press what the message does not have; returns the private answer."""
    place = rig.discord.world.channel(message.channel_id)
    pressed = forge(rig, made_up_id, user=user, channel=place, source=message)
    return (await private_answer(rig, pressed)).content


def custom_id(message: Message, name: str) -> str:
    """The custom ID of a message's button."""
    found = [str(button.get("custom_id", "")) for button in walk(message.components)]
    (only,) = [each for each in found if each.split(":")[0] == name]
    return only


async def posted(rig: Rig, prompt: str = "a trap song", *, user: str = "ada") -> tuple[Order, Message]:
    """Ask for a song, and wait until it is posted and that is written down."""
    order = await ordered(rig, prompt, user=user)
    number = len(rig.posts())
    rig.whisul.finish(order.job_id)
    post = await rig.post(number=number + 1)
    await rig.until_stored(lambda row: row["job_id"] == order.job_id and row["delivery"] == "delivered")
    return order, post


async def failed(rig: Rig) -> tuple[Order, Message]:
    """The same for a song that does not work out."""
    order = await ordered(rig)
    rig.whisul.finish(order.job_id, status="failed", error="The drummer left")
    post = await rig.post()
    await rig.settled("failed")
    return order, post


async def restarted(rig: Rig) -> None:
    """The bot is killed and started again."""
    await rig.bot.kill()
    await started_again(rig)
