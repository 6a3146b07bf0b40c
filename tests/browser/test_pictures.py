"""The page's main views as people see them, on a laptop and a phone, in the dark and in the light.

`make pictures` writes them to docs/images/page; any other run to a folder of its own, so that the repository stays as it is.
"""

import asyncio
import io
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect

from sandbox.demo import Demo
from tests.browser.views import VIEWS
from tests.browser.visit import LAPTOP, PATIENCE_S, PHONE, Theme, visit

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "images" / "page"
SIZES = {"laptop": LAPTOP, "phone": PHONE}
QUALITY = 88
MOST_BYTES = 120 * 1024


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go."""
    if not request.config.getoption("--pictures", default=False):
        return tmp_path
    KEPT.mkdir(exist_ok=True)
    return KEPT


SEEN_PICTURES_ARE_THERE = """() => Promise.all(
    [...document.images]
        .filter((image) => image.getBoundingClientRect().bottom > 0 && image.getBoundingClientRect().top < innerHeight)
        .map((image) => image.decode().catch(() => null)),
)"""
"""Those out of sight are not even fetched."""
PROMPTS = ("a march for two [flaky]", "an old hymn [fail]", "the sea at night [slow]")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def busy(demo: Demo) -> None:
    """Something of each kind to look at: looks that fail, a song that failed, one in the making."""
    for prompt in PROMPTS:
        await demo.discord.command(user="dana", channel="tapes", name="compose", options={"prompt": prompt})
    jobs = demo.whisul.jobs
    await demo.whisul.wait_for(lambda: sum(job.status != "running" for job in jobs.values()) > 1, PATIENCE_S)


async def take(page: Page, path: Path) -> None:
    """A picture of the window, once everything in it has been drawn; it holds more than one colour."""
    await expect(page.locator(".thinking, .waiting, .notice")).to_have_count(0)
    await page.evaluate(SEEN_PICTURES_ARE_THERE)
    shot = await page.screenshot(animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    assert len(picture.getcolors(picture.width * picture.height) or []) > 16
    kept = io.BytesIO()
    picture.save(kept, "webp", quality=QUALITY, method=6)
    assert len(kept.getvalue()) < MOST_BYTES
    await asyncio.to_thread(path.write_bytes, kept.getvalue())


async def no_scrolling_sideways(page: Page) -> None:
    """Nothing is wider than the window."""
    assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_main_views_are_shown(
    demo: Demo, busy: None, browser: Browser, folder: Path, size: str, theme: Theme
) -> None:
    async with visit(demo, browser, channel="tapes", user="dana", size=SIZES[size], theme=theme) as dana:
        for name, view in VIEWS.items():
            await view(dana)
            await take(dana.page, folder / f"{name}-{size}-{theme}.webp")
            await no_scrolling_sideways(dana.page)
            await dana.page.keyboard.press("Escape")


async def test_the_pictures_in_the_documents_are_those_of_the_views() -> None:
    wanted = {
        f"{view}-{size}-{theme}.webp" for view in VIEWS for size in SIZES for theme in ("dark", "light")
    }
    assert {path.name for path in KEPT.iterdir()} == wanted
