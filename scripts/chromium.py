"""The demo page in headless Chromium, for the pictures of README and guides."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, ViewportSize

from sandbox.demo import CHANNEL, Demo
from tests.browser.chromium import chromium
from tests.browser.visit import Visit, visit

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images"
HIGH = ViewportSize(width=1160, height=1500)
"""High enough for every message."""
PICTURE_WIDTH_PX = 760
MARGIN_PX = 10
COLOURS = 200
MAX_BYTES = 200 * 1024
PATIENCE_S = 180.0
SETTLE_S = 1.5
"""For what rings no bell: pictures and sound waves that are drawn, and what fades in."""


class Page:
    """The page, used by one user after the other."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._opened = AsyncExitStack()
        self._visit: Visit | None = None

    @property
    def visit(self) -> Visit:
        """The current user."""
        if self._visit is None:
            raise RuntimeError("the page has not been opened")
        return self._visit

    async def open(
        self, demo: Demo, *, user: str = "ada", channel: str = CHANNEL, size: ViewportSize = HIGH
    ) -> None:
        """Open the demo page in the dark theme as a user in a channel; the user before leaves."""
        await self.close()
        seen = visit(demo, self._browser, user=user, channel=channel, size=size)
        self._visit = await self._opened.enter_async_context(seen)

    async def close(self) -> None:
        """Leave the page."""
        await self._opened.aclose()
        self._visit = None

    async def key(self, name: str) -> None:
        """Press a key."""
        await self.visit.page.keyboard.press(name)

    async def picture(self, name: str, selector: str) -> None:
        """Save what an element looks like, in few colours and always as wide."""
        page, element = self.visit.page, self.visit.page.locator(selector)
        await element.wait_for(timeout=PATIENCE_S * 1000)
        await asyncio.sleep(SETTLE_S)
        await element.evaluate("element => element.scrollIntoView({ block: 'center' })")
        shot = await page.screenshot(clip=await _clip(element), type="png")
        picture = Image.open(io.BytesIO(shot)).convert("RGB")
        path = TARGET / f"{name}.png"
        picture.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        if (size_bytes := path.stat().st_size) > MAX_BYTES:
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
async def browser() -> AsyncGenerator[Page]:
    """A new Chromium process, ended at the end of the block."""
    async with chromium() as running:
        page = Page(running)
        try:
            yield page
        finally:
            await page.close()
