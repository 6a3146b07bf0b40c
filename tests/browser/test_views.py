"""The page's main views in laptop and phone size and both themes: rendered, within the window, accessible.

`make pictures` also writes them to docs/images/page.
"""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, Page, expect

from sandbox.demo import Demo
from tests.browser.views import VIEWS
from tests.browser.visit import LAPTOP, PATIENCE_S, PHONE, Theme, visit

KEPT = Path(__file__).parents[2] / "docs" / "images" / "page"
SIZES = {"laptop": LAPTOP, "phone": PHONE}
THEMES: tuple[Theme, ...] = ("dark", "light")
QUALITY = 88
MAX_BYTES = 120 * 1024
GRAVE = {"moderate", "serious", "critical"}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

SEEN_PICTURES_ARE_THERE = """() => Promise.all(
    [...document.images]
        .filter((image) => image.getBoundingClientRect().bottom > 0 && image.getBoundingClientRect().top < innerHeight)
        .map((image) => image.decode().catch(() => null)),
)"""
"""Those out of sight are not even fetched."""
PROMPTS = ("a march for two [flaky]", "an old hymn [fail]", "the sea at night [slow]")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def busy(demo: Demo) -> None:
    """Content of each kind for the pictures: failed polls, a failed song, a running one."""
    for prompt in PROMPTS:
        await demo.discord.command(user="dana", channel="tapes", name="compose", options={"prompt": prompt})
    jobs = demo.whisul.jobs
    await demo.whisul.wait_for(lambda: sum(job.status != "running" for job in jobs.values()) > 1, PATIENCE_S)


async def settle(page: Page) -> None:
    """Wait until everything in the window is as it stays; what fades in has its own colours only at its end."""
    await expect(page.locator(".thinking, .waiting, .notice")).to_have_count(0)
    await page.evaluate(SEEN_PICTURES_ARE_THERE)
    await page.evaluate("document.getAnimations().forEach(each => each.finish())")


async def picture_of(page: Page) -> Image.Image:
    """The window."""
    shot = await page.screenshot(animations="disabled", caret="hide")
    return Image.open(io.BytesIO(shot)).convert("RGB")


async def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture for the documents."""
    encoded = io.BytesIO()
    picture.save(encoded, "webp", quality=QUALITY, method=6)
    assert len(encoded.getvalue()) < MAX_BYTES
    await asyncio.to_thread(path.write_bytes, encoded.getvalue())


async def grave_faults(page: Page, theme: Theme) -> list[str]:
    """What axe-core finds on the page as it is now, each with where it is; the themes differ in colours alone."""
    if not await page.evaluate("'axe' in window"):  # half a megabyte, once for each page
        await page.evaluate(Axe().axe_script)
    rules = {"runOnly": COLOUR_RULES} if theme == "light" else {}
    found: dict[str, Any] = await page.evaluate(
        "options => axe.run(options)", {"resultTypes": ["violations"], **rules}
    )
    return [
        f"{each['impact']} {each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_the_main_views_are_drawn_fit_the_window_and_have_no_grave_fault(
    demo: Demo, busy: None, browser: Browser, pytestconfig: pytest.Config, size: str
) -> None:
    faults: dict[str, list[str]] = {}
    async with visit(demo, browser, channel="tapes", user="dana", size=SIZES[size]) as dana:
        for name, view in VIEWS.items():
            await view(dana)
            for theme in THEMES:
                await dana.page.emulate_media(color_scheme=theme)
                await settle(dana.page)
                picture = await picture_of(dana.page)
                assert len(picture.getcolors(picture.width * picture.height) or []) > 16, (name, theme)
                assert await dana.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), name
                if pytestconfig.getoption("--pictures"):
                    await keep(picture, KEPT / f"{name}-{size}-{theme}.webp")
                faults[f"{name}, {theme}"] = await grave_faults(dana.page, theme)
            await dana.page.keyboard.press("Escape")
    assert {name: found for name, found in faults.items() if found} == {}


async def test_the_pictures_in_the_documents_are_those_of_the_views() -> None:
    wanted = {f"{view}-{size}-{theme}.webp" for view in VIEWS for size in SIZES for theme in THEMES}
    assert {path.name for path in KEPT.iterdir()} == wanted
