"""A short film of the demo page: pictures of the window, each shown for as long as the film says, in an endless loop."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image, ImageChops
from playwright.async_api import Page

QUALITY = 72
MAX_BYTES = 1536 * 1024
KEY_MS = 70
PAUSE_S = 0.12


class Film:
    """Takes pictures of a page one after the other. A picture that shows nothing new lengthens the one before."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pictures: list[Image.Image] = []
        self._shown_ms: list[int] = []

    async def take(self, shown_ms: int) -> None:
        """Add what the window shows now."""
        shot = Image.open(io.BytesIO(await self._page.screenshot(caret="initial"))).convert("RGB")
        if self._pictures and ImageChops.difference(self._pictures[-1], shot).getbbox() is None:
            self._shown_ms[-1] += shown_ms
        else:
            self._pictures.append(shot)
            self._shown_ms.append(shown_ms)

    async def type(self, text: str) -> None:
        """Press the key of each character."""
        for character in text:
            await self._page.keyboard.press(character)
            await self.take(KEY_MS)

    async def watch(
        self, is_over: Callable[[], Awaitable[bool]], *, at_most_s: float, longest_ms: int = 1000
    ) -> None:
        """Film what happens in its own time until it is over; nothing new is shown for `longest_ms` at most.

        Raises:
            TimeoutError: it is not over after `at_most_s`.
        """
        end = time.monotonic() + at_most_s
        while not await is_over():
            if time.monotonic() > end:
                raise TimeoutError("what was to be filmed did not happen")
            began = time.monotonic()
            await asyncio.sleep(PAUSE_S)
            await self.take(round(1000 * (time.monotonic() - began)))
            self._shown_ms[-1] = min(self._shown_ms[-1], longest_ms)

    def save(self, path: Path) -> None:
        """Write the film as a WebP that begins again and again.

        Raises:
            SystemExit: it is too large for a page that people open on the way.
        """
        first, *others = self._pictures
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._shown_ms,
            loop=0,
            quality=QUALITY,
            method=6,
            minimize_size=True,
        )
        size_bytes, length_s = path.stat().st_size, sum(self._shown_ms) / 1000
        if size_bytes > MAX_BYTES:
            raise SystemExit(f"{path}: {size_bytes} bytes are too many")
        print(f"{path.name}: {len(self._pictures)} pictures in {length_s:.1f} s, {size_bytes} bytes")
