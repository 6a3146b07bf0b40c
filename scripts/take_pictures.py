"""Takes the pictures of docs/images from the demo page: the real bot, the stand-ins, and Chromium without a window.

`make pictures` runs it, and takes those of the whole page with it. It needs a Chromium, as the tests in tests/browser do,
and reaches nothing beyond this machine.
"""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import FloatRect, Locator, ViewportSize

from sandbox.demo import CHANNEL, Demo, started
from sandbox.discord.model import Message
from sandbox.discord.seen import SeenInteraction
from tests.browser.chromium import chromium
from tests.browser.visit import Visit, visit

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH_PX, HEIGHT_PX, PICTURE_WIDTH_PX = 1160, 1500, 760
MARGIN_PX = 10
COLOURS = 200
MOST_BYTES = 200 * 1024
SPEED = 4.0
SEED = 11
PATIENCE_S = 180.0
SETTLE_S = 1.5
"""For what rings no bell: pictures and sound waves that are drawn, and what fades in."""

EARLIER = (
    "rain on a tin roof",
    "bright synth pop about the sea",
    "a slow waltz",
    "folk for the road",
    "techno",
    "jazz",
)
FAILING = "a march for nobody [fail]"


async def main() -> None:
    """One picture after the other, as a newcomer would come upon them."""
    async with started(speed=SPEED, port=0, data=None, seed=SEED) as demo, opened(demo) as page:
        await page.picture("form", await open_form(page))
        await page.key("Escape")
        for prompt in EARLIER:
            await used(demo, "compose", "general", prompt=prompt)
        await until(demo, lambda: len(posts(demo, "general")) == len(EARLIER))
        await page.picture("songs", await private_answer(demo, await used(demo, "songs")))
        await used(demo, "compose", prompt=FAILING)
        await page.picture("failure", id_of((await until(demo, lambda: posts(demo, CHANNEL)))[0]))
        asked = await used(
            demo, "compose", prompt="a trap song", genre="trap", mood="dark", instrumental=True
        )
        await until(demo, lambda: asked.answer and "▰▰" in str(asked.answer.embeds))
        await page.picture("card", id_of(asked.answer))
        await page.picture("post", id_of((await until(demo, lambda: posts(demo, CHANNEL)[1:]))[0]))


# --- what is shown --------------------------------------------------------------------------------------------------


async def used(demo: Demo, name: str, channel: str = CHANNEL, **options: Any) -> SeenInteraction:
    """A command of Ada's."""
    return await demo.discord.command(user="ada", channel=channel, name=name, options=options)


async def private_answer(demo: Demo, asked: SeenInteraction) -> str:
    """Where the answer stands on the page."""
    return id_of(await until(demo, lambda: asked.answer))


async def open_form(page: "Page") -> str:
    """/compose without a prompt, as people type it."""
    await page.visit.use("/compose ")
    words = "A lighthouse keeper dances when nobody looks.\nAccordion, waves, a slow build."
    await page.visit.dialog.locator("textarea").first.fill(words)
    return "dialog[open]"


def posts(demo: Demo, channel: str) -> list[Message]:
    """What the bot has posted, its cards left out."""
    bot_id = demo.discord.world.bot.id
    said = demo.discord.messages(channel)
    return [each for each in said if each.author_id == bot_id and each.interaction_id is None]


def id_of(message: Message | None) -> str:
    """A message's place on the page."""
    return f"#message-{message.id}" if message else "#nothing"


async def until(demo: Demo, predicate: Any) -> Any:
    """Wait for something in the stand-in."""
    return await demo.discord.wait_for(predicate, timeout_s=PATIENCE_S)


# --- the browser ----------------------------------------------------------------------------------------------------


class Page:
    """The demo page as Ada has it open."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    async def key(self, name: str) -> None:
        """Press a key."""
        await self.visit.page.keyboard.press(name)

    async def picture(self, name: str, selector: str) -> None:
        """Save what an element looks like, in few colours and always as wide."""
        page, element = self.visit.page, self.visit.page.locator(selector)
        await element.wait_for()
        await asyncio.sleep(SETTLE_S)
        await element.evaluate("element => element.scrollIntoView({ block: 'center' })")
        shot = await page.screenshot(clip=await _clip(element), type="png")
        picture = Image.open(io.BytesIO(shot)).convert("RGB")
        path = TARGET / f"{name}.png"
        picture.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        if (size_bytes := path.stat().st_size) > MOST_BYTES:
            raise SystemExit(f"{path}: {size_bytes} bytes are too many")
        print(f"{path.name}: {picture.width} x {picture.height}, {size_bytes} bytes")


async def _clip(element: Locator) -> FloatRect:
    """An element with a little room around it, as wide as every picture."""
    box = await element.bounding_box()
    if box is None:
        raise SystemExit("What was to be shown has gone.")
    x, width = box["x"], box["width"]
    left = x if width >= PICTURE_WIDTH_PX else x - (PICTURE_WIDTH_PX - width) / 2
    height = box["height"] + 2 * MARGIN_PX
    return FloatRect(x=left, y=box["y"] - MARGIN_PX, width=PICTURE_WIDTH_PX, height=height)


@asynccontextmanager
async def opened(demo: Demo) -> AsyncGenerator[Page]:
    """The demo page in the dark, in a window that is high enough for every message."""
    size = ViewportSize(width=WIDTH_PX, height=HEIGHT_PX)
    await demo.discord.wait_online(PATIENCE_S)
    async with chromium() as browser, visit(demo, browser, channel=CHANNEL, size=size) as seen:
        yield Page(seen)


if __name__ == "__main__":
    asyncio.run(main())
