"""Runs the system's Chromium through Playwright; nothing is downloaded."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--force-color-profile=srgb",  # the same colours in pictures everywhere
    "--font-render-hinting=none",
)
MISSING = (
    "There is no Chromium, which the tests of the page need. On Debian and Ubuntu, scripts/browser-setup installs it; "
    "elsewhere install Chromium or Chrome, and name its program with CHROMIUM if it is not found."
)


class NoChromium(Exception):
    """No browser was found; the message says what to do."""


def program() -> str:
    """The path of the browser: CHROMIUM if that is set, else the first that is installed.

    Raises:
        NoChromium: there is none.
    """
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoChromium(f"CHROMIUM names {named!r}, which is no program." if named else MISSING)
    return found


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """A running browser without a window, closed at the end of the block. It reaches nothing by itself.

    Raises:
        NoChromium: there is none.
    """
    path = program()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
