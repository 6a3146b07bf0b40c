"""A person of the stand-in's world who does by itself what each step says."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.discord import Permission, SeenInteraction
from sandbox.discord.rules import fields
from sandbox.discord.rules.component_types import ComponentType
from sandbox.discord.world.model import Message
from tests.e2e.actions import Order, forbid, ordered
from tests.e2e.config_actions import ADMIN, pressed, used
from tests.e2e.press_actions import press
from tests.e2e.rig import Rig
from tests.rehearse.scene import Scene
from tests.rehearse.steps import Step

SECOND = "general"


class Driver:
    """Acts as an admin of the stand-in's first server. Songs finish when a step waits for them."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.orders: dict[str, Order] = {}

    async def agrees(self, question: str) -> bool:  # noqa: ARG002 - nothing costs anything here
        """Agree to everything."""
        return True

    async def act(self, step: Step, scene: Scene) -> None:  # noqa: ARG002 - the driver looks at the stand-in
        """Do what the step says."""
        await PLAYS[step.name](self)

    async def restore(self, step: Step) -> None:  # noqa: ARG002 - both steps are restored alike
        """Open the closed channel and the direct messages again."""
        world = self.rig.discord.world
        world.clear(SECOND, world.bot, Permission.SEND_MESSAGES)
        world.open_dms(ADMIN)

    def gives_up(self) -> bool:
        """Never."""
        return False

    async def command(self, name: str, **options: Any) -> SeenInteraction:
        """Use a command, and wait until it is acknowledged."""
        asked = await self.rig.discord.command(user=ADMIN, channel="music", name=name, options=options)
        await self.rig.until(lambda: asked.acknowledged)
        return asked

    async def running(self, asked: SeenInteraction, number: int) -> Order:
        """Wait until the job of a request is the `number`-th at Whisul, and its card says so."""
        await self.rig.until_whisul(lambda: len(self.rig.whisul.jobs) == number)
        order = Order(asked, list(self.rig.whisul.jobs.values())[-1])
        await self.rig.until(lambda: asked.answer and order.short_id in str(asked.answer.embeds))
        return order

    def finish(self, name: str) -> None:
        """Finish the song of a step."""
        self.rig.whisul.finish(self.orders[name].job_id)

    async def song_post(self) -> Message:
        """The first song's post."""
        return await self.rig.post("music")


async def _nothing(_: Driver) -> None:
    """The rehearsal itself starts the bot."""


async def _doctor(driver: Driver) -> None:
    await used(driver.rig, "config doctor")


async def _song(driver: Driver) -> None:
    driver.orders["song"] = await ordered(driver.rig, user=ADMIN)


async def _post(driver: Driver) -> None:
    driver.finish("song")


async def _buttons(driver: Driver) -> None:
    for name in ("like", "edit"):
        await press(driver.rig, name, await driver.song_post(), user=ADMIN)


async def _form(driver: Driver) -> None:
    number = len(driver.rig.whisul.jobs) + 1
    opener = await driver.command("compose")
    sent = await driver.rig.discord.submit_modal(opener, {"prompt": "rain on a tin roof"})
    driver.orders["form"] = await driver.running(sent, number)


async def _stop(driver: Driver) -> None:
    card = driver.orders["form"].asked.answer
    assert card is not None
    await press(driver.rig, "stop", card, user=ADMIN)


async def _private(driver: Driver) -> None:
    number = len(driver.rig.whisul.jobs) + 1
    asked = await driver.command("compose", prompt="hush", private=True)
    driver.orders["private"] = await driver.running(asked, number)
    driver.finish("private")


async def _share(driver: Driver) -> None:
    song = driver.orders["private"].asked.answer
    assert song is not None
    await press(driver.rig, "share", song, user=ADMIN)


async def _direct(driver: Driver) -> None:
    private = driver.rig.discord.world.open_dm(ADMIN)
    driver.orders["direct"] = await ordered(driver.rig, user=ADMIN, channel=private)
    driver.finish("direct")


async def _songs(driver: Driver) -> None:
    listed = await used(driver.rig, "songs list")
    (select,) = [
        each for each in fields.walk(listed.components) if each["type"] == ComponentType.STRING_SELECT
    ]
    chosen = [select["options"][-1]["value"]]
    await driver.rig.discord.select(user=ADMIN, message=listed, values=chosen)


async def _status(driver: Driver) -> None:
    typing = await driver.rig.discord.autocomplete(
        user=ADMIN, channel="music", name="job status", focused="job_id", options={"job_id": ""}
    )
    choices = await driver.rig.until(lambda: typing.choices)
    await driver.command("job status", job_id=choices[0]["value"])


async def _menu(driver: Driver) -> None:
    message = driver.rig.discord.world.say(ADMIN, "music", "a song about a message")
    await driver.rig.discord.command(
        user=ADMIN, channel="music", name="Compose from this message", target_message=message
    )


async def _limit(driver: Driver) -> None:
    draft = await used(driver.rig, "config limit", {"scope": "member", "songs": "1", "per": "hour"})
    await pressed(driver.rig, draft, "Save")


async def _refusal(driver: Driver) -> None:
    await used(driver.rig, "compose", {"prompt": "one too many"})


async def _undo(driver: Driver) -> None:
    await pressed(driver.rig, await used(driver.rig, "config undo"), "Save")


async def _closed_channel(driver: Driver) -> None:
    driver.orders["closed-channel"] = order = await ordered(driver.rig, user=ADMIN, channel=SECOND)
    forbid(driver.rig, Permission.SEND_MESSAGES, SECOND)
    driver.rig.whisul.finish(order.job_id)


async def _closed_messages(driver: Driver) -> None:
    driver.rig.discord.world.close_dms(ADMIN)
    await _closed_channel(driver)


async def _delete(driver: Driver) -> None:
    await press(driver.rig, "delete", await driver.song_post(), user=ADMIN)


async def _erasure(driver: Driver) -> None:
    await used(driver.rig, "privacy export")
    question = await used(driver.rig, "privacy delete")
    await press(driver.rig, "erase", question, user=ADMIN)


PLAYS: dict[str, Callable[[Driver], Awaitable[None]]] = {
    "start": _nothing,
    "doctor": _doctor,
    "song": _song,
    "restart": _nothing,
    "post": _post,
    "buttons": _buttons,
    "form": _form,
    "stop": _stop,
    "private": _private,
    "share": _share,
    "direct": _direct,
    "songs": _songs,
    "status": _status,
    "menu": _menu,
    "limit": _limit,
    "refusal": _refusal,
    "undo": _undo,
    "closed-channel": _closed_channel,
    "closed-messages": _closed_messages,
    "delete": _delete,
    "erasure": _erasure,
}
