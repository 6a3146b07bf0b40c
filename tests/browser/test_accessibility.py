"""What axe-core finds on the main views, in both themes and at both widths."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from sandbox.demo import Demo
from tests.browser.views import VIEWS
from tests.browser.visit import LAPTOP, PHONE, Theme, visit

GRAVE = {"moderate", "serious", "critical"}


async def violations(page: Page) -> list[dict[str, Any]]:
    """All that axe-core finds on the page as it is now."""
    await page.evaluate(Axe().axe_script)
    found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return list(found["violations"])


def told(violations: list[dict[str, Any]]) -> list[str]:
    """Each fault with where it is."""
    return [
        f"{found['impact']} {found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes'][:3]]}"
        for found in violations
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_no_view_has_a_grave_fault(
    demo: Demo, browser: Browser, size: ViewportSize, theme: Theme
) -> None:
    faults: dict[str, list[str]] = {}
    async with visit(demo, browser, channel="lobby", user="dana", size=size, theme=theme) as dana:
        for name, view in VIEWS.items():
            await view(dana)
            await expect(dana.page.locator(".thinking, .waiting, .notice")).to_have_count(0)
            # What fades in has its own colours only when it is there.
            await dana.page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
            found = await violations(dana.page)
            faults[name] = told([each for each in found if each["impact"] in GRAVE])
            await dana.page.keyboard.press("Escape")
    assert {name: found for name, found in faults.items() if found} == {}
