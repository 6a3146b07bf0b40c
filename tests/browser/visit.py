"""A user of the demo page: what they type and press, and what they see."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from sandbox.demo import Demo

LAPTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_S = 60.0
Theme = Literal["dark", "light"]


AS_OPENED = """() => localStorage.length === 0
    && document.querySelector('dialog[open], [role=menu], .pill, .has-command') === null
    && [...document.querySelectorAll('audio')].every((audio) => audio.paused)
    && document.getElementById('composer-input').value === ''"""


@dataclass(slots=True)
class Visit:
    """An open page; `faults` is what went wrong in it: uncaught errors, and what the console calls an error."""

    page: Page
    address: str
    faults: list[str]

    async def is_as_opened(self) -> bool:
        """Whether the page still shows this channel to this user, with nothing open, typed or stored."""
        return self.page.url == self.address and bool(await self.page.evaluate(AS_OPENED))

    @property
    def requests(self) -> Locator:
        """The text field at the bottom."""
        return self.page.locator("#composer-input")

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.locator("dialog[open]")

    @property
    def messages(self) -> Locator:
        """Every message that stands in the channel."""
        return self.page.locator("article.message")

    def message(self, words: str | re.Pattern[str]) -> Locator:
        """The newest message that has these words."""
        return self.messages.filter(has_text=words).last

    async def use(self, line: str) -> None:
        """Type a command with what belongs behind it, and send it."""
        await self.requests.fill(f"{line} ")  # the space ends the name, also where nothing follows
        await self.requests.press("Enter")

    async def focused(self) -> str:
        """What has the focus: an ID, or what it is called."""
        script = (
            "(at => at.id || at.getAttribute('aria-label') || at.textContent.trim())(document.activeElement)"
        )
        return str(await self.page.evaluate(script))


@asynccontextmanager
async def visit(
    demo: Demo,
    browser: Browser,
    *,
    user: str = "ada",
    channel: str = "music",
    size: ViewportSize = LAPTOP,
) -> AsyncGenerator[Visit]:
    """Open the page in a fresh browser profile, in the dark."""
    world = demo.discord.world
    fresh = await browser.new_context(viewport=size, color_scheme="dark")
    try:
        fresh.set_default_timeout(PATIENCE_S * 1000)
        page = await fresh.new_page()
        address = f"{demo.discord.page_url}/#{world.user(user).id}/{world.channel(channel).id}"
        opened = Visit(page, address, [])
        page.on("pageerror", lambda error: opened.faults.append(str(error)))
        page.on("console", lambda said: opened.faults.append(said.text) if said.type == "error" else None)
        await page.goto(address)
        await expect(page.locator("body.is-ready")).to_be_visible(timeout=PATIENCE_S * 1000)
        yield opened
    finally:
        await fresh.close()
