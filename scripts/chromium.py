"""A Chromium without a window that looks at the demo page, spoken to in its DevTools protocol."""

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

from sandbox.demo import CHANNEL, Demo

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH_PX, HEIGHT_PX, PICTURE_WIDTH_PX = 1160, 1500, 760
MARGIN_PX = 10
COLOURS = 200
MOST_BYTES = 200 * 1024
PATIENCE_S = 180.0
SETTLE_S = 1.5
"""For what rings no bell: pictures and sound waves that are drawn, and what fades in."""


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

    async def open(self, demo: Demo, *, user: str = "ada", channel: str = CHANNEL) -> None:
        """The demo page in the dark, as somebody sees a channel."""
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
        await self.call("Page.navigate", url="about:blank")
        address = f"{demo.discord.page_url}/#{world.user(user).id}/{world.channel(channel).id}"
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
