"""The page's main views as people see them, on a laptop and a phone, in the dark and in the light.

`make pictures` writes them to docs/images/page; any other run to a folder of its own, so that the repository stays as it is.
"""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect

from sandbox.demo import Demo
from tests.browser.visit import LAPTOP, PHONE, Theme, Visit, visit

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "images" / "page"
SIZES = {"laptop": LAPTOP, "phone": PHONE}
COLOURS = 128
MOST_BYTES = 120 * 1024


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go."""
    return KEPT if request.config.getoption("--pictures", default=False) else tmp_path


async def take(page: Page, path: Path) -> None:
    """A picture of the window, once everything in it has been drawn; it holds more than one colour."""
    await expect(page.locator(".thinking, .waiting, .notice")).to_have_count(0)
    await page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => null)))")
    await page.screenshot(path=path, animations="disabled", caret="hide")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(path).convert("RGB")
    assert len(picture.getcolors(picture.width * picture.height) or []) > 16
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES


async def no_scrolling_sideways(page: Page) -> None:
    """Nothing is wider than the window."""
    assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_main_views_are_shown(
    demo: Demo, browser: Browser, folder: Path, size: str, theme: Theme
) -> None:
    async with visit(demo, browser, channel="tapes", user="dana", size=SIZES[size], theme=theme) as dana:
        for name, view in VIEWS.items():
            await view(dana, SIZES[size])
            await take(dana.page, folder / f"{name}-{size}-{theme}.png")
            await no_scrolling_sideways(dana.page)
            await dana.page.keyboard.press("Escape")


async def song(dana: Visit, _: ViewportSize) -> None:
    """A finished song with its player."""
    post = dana.messages.filter(has=dana.page.locator(".player")).last
    if await post.count() == 0:
        await dana.use("/compose slow techno for a long tunnel")
    await expect(post.locator(".player-time")).to_have_text(re.compile(r"^0:00 / \d:\d\d$"))
    await expect(post.get_by_role("img").first).to_be_visible()
    await post.evaluate("post => post.scrollIntoView({ block: 'start' })")


async def commands(dana: Visit, _: ViewportSize) -> None:
    """The list of commands."""
    await dana.composer.fill("/")
    await expect(dana.page.locator(".suggestion").first).to_be_visible()


async def form(dana: Visit, _: ViewportSize) -> None:
    """The form of /compose."""
    await dana.use("/compose ")
    await dana.dialog.get_by_role("textbox").first.fill("A lighthouse keeper dances when nobody looks.")


async def live(dana: Visit, _: ViewportSize) -> None:
    """The control room with the jobs."""
    await dana.page.get_by_role("button", name="Control room").click()
    await expect(dana.page.get_by_role("tab", name="Live")).to_be_visible()
    await expect(dana.page.locator(".job.is-done").first).to_be_visible()


async def faults(dana: Visit, _: ViewportSize) -> None:
    """The control room with what can go wrong."""
    await dana.page.get_by_role("button", name="Control room").click()
    await dana.page.get_by_role("tab", name="Faults").click()
    await expect(dana.page.get_by_role("switch").first).to_be_visible()


VIEWS = {"song": song, "commands": commands, "form": form, "live": live, "faults": faults}
