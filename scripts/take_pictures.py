"""Takes the pictures of docs/images from the demo page: the real bot, the stand-ins, and Chromium without a window.

Run it as `.venv/bin/python -m scripts.take_pictures` when what people see has changed. It needs the packages of the demo
and a Chromium, named by CHROMIUM or found by its usual names; it reaches nothing beyond this machine.
"""

import asyncio
import base64
import io
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from sandbox.demo import CHANNEL, Demo, started
from sandbox.discord.model import Message
from sandbox.discord.seen import SeenInteraction

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
    async with started(speed=SPEED, port=0, data=None, seed=SEED) as demo, browser() as page:
        await demo.discord.wait_online(PATIENCE_S)
        await until(demo, lambda: demo.discord.register.of_scope(None))
        await page.open(demo)
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
    await page.run("document.getElementById('composer-input').focus()")
    await page.call("Input.insertText", text="/compose ")
    await page.key("Enter")
    await page.until("document.querySelector('dialog[open] textarea') !== null")
    await page.call(
        "Input.insertText",
        text="A lighthouse keeper dances when nobody looks.\nAccordion, waves, a slow build.",
    )
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
    """A page in Chromium, spoken to in its DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Have the browser do something; returns what came of it."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (answer := await self._socket.receive_json()).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.run(condition):  # noqa: ASYNC110 - the page rings no bell
                await asyncio.sleep(0.1)

    async def key(self, name: str) -> None:
        """Press a key."""
        code = {"Enter": 13, "Escape": 27}[name]
        for kind in ("rawKeyDown", "char", "keyUp") if name == "Enter" else ("rawKeyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, text="\r"
            )

    async def open(self, demo: Demo) -> None:
        """The demo page in the dark, as Ada sees the channel."""
        world = demo.discord.world
        await self.call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}]
        )
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH_PX,
            height=HEIGHT_PX,
            deviceScaleFactor=1,
            mobile=False,
        )
        address = f"{demo.discord.page_url}/#{world.user('ada').id}/{world.channel(CHANNEL).id}"
        await self.call("Page.navigate", url=address)
        await self.until("document.body !== null && document.body.classList.contains('is-ready')")

    async def picture(self, name: str, selector: str) -> None:
        """Save what an element looks like, in few colours and always as wide."""
        await self.until(f"document.querySelector('{selector}') !== null")
        await asyncio.sleep(SETTLE_S)
        await self.run(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
        box = await self.run(
            f"(({{x, y, width, height}}) => [x, y, width, height])"
            f"(document.querySelector('{selector}').getBoundingClientRect())"
        )
        x, y, width, height = box
        left = x if width >= PICTURE_WIDTH_PX else x - (PICTURE_WIDTH_PX - width) / 2
        clip = {
            "x": left,
            "y": y - MARGIN_PX,
            "width": PICTURE_WIDTH_PX,
            "height": height + 2 * MARGIN_PX,
            "scale": 1,
        }
        shot = await self.call("Page.captureScreenshot", format="png", clip=clip)
        picture = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
        path = TARGET / f"{name}.png"
        picture.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        if (size_bytes := path.stat().st_size) > MOST_BYTES:
            raise SystemExit(f"{path}: {size_bytes} bytes are too many")
        print(f"{path.name}: {picture.width} x {picture.height}, {size_bytes} bytes")


@asynccontextmanager
async def browser() -> AsyncGenerator[Page]:
    """A Chromium of our own, ended at the end of the block."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        raise SystemExit("There is no Chromium: install one, or name it with CHROMIUM.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={folder}",
            "about:blank", stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (told := _port_file(Path(folder))):  # noqa: ASYNC110 - nor does Chromium
                    await asyncio.sleep(0.1)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{told}") as session:
                async with session.get("/json/list") as answer:
                    (target,) = [each for each in await answer.json() if each["type"] == "page"]
                async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield Page(socket)
        finally:
            process.terminate()
            await process.wait()


def _port_file(folder: Path) -> str:
    """The port that Chromium has chosen; empty before it has."""
    path = folder / "DevToolsActivePort"
    return path.read_text().partition("\n")[0] if path.exists() else ""


if __name__ == "__main__":
    asyncio.run(main())
