"""The main views of the page and how to reach each, for pictures and accessibility checks."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.browser.visit import Visit

PROMPT = "slow techno for a long tunnel"


async def song(dana: Visit) -> None:
    """A finished song with its player."""
    post = dana.messages.filter(has=dana.page.locator(".player")).filter(has_text=PROMPT).last
    if await post.count() == 0:
        await dana.use(f"/compose {PROMPT}")
    await expect(post.locator(".player-time")).to_have_text(re.compile(r"^0:00 / \d:\d\d$"))
    await post.evaluate("post => post.scrollIntoView({ block: 'start' })")
    await expect(post.locator(".player.is-measured")).to_be_visible()


async def commands(dana: Visit) -> None:
    """The list of commands."""
    await dana.requests.fill("/")
    await expect(dana.page.locator(".suggestion").first).to_be_visible()


async def form(dana: Visit) -> None:
    """The form of /compose."""
    await dana.use("/compose ")
    await dana.dialog.get_by_role("textbox").first.fill("A lighthouse keeper dances when nobody looks.")


async def settings(dana: Visit) -> None:
    """The settings of the server, with their list and buttons."""
    await dana.use("/config show")
    await expect(dana.page.get_by_role("button", name="Check the bot").last).to_be_visible()


async def live(dana: Visit) -> None:
    """The control room with the jobs."""
    await dana.page.get_by_role("button", name="Control room").click()
    await expect(dana.page.get_by_role("tab", name="Live")).to_be_visible()
    await expect(dana.page.locator(".job.is-done").first).to_be_visible()


async def faults(dana: Visit) -> None:
    """The control room with what can go wrong."""
    await dana.page.get_by_role("button", name="Control room").click()
    await dana.page.get_by_role("tab", name="Faults").click()
    await expect(dana.page.get_by_role("switch").first).to_be_visible()


async def help_(dana: Visit) -> None:
    """What one may try."""
    await dana.page.get_by_role("button", name="About this demo").click()
    await expect(dana.page.locator("#help")).to_be_visible()


VIEWS: dict[str, Callable[[Visit], Awaitable[None]]] = {
    "song": song,
    "commands": commands,
    "form": form,
    "live": live,
    "faults": faults,
    "settings": settings,
    "help": help_,
}
