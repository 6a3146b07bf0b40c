"""Themes, announcements to screen readers, and motion."""

import pytest
from playwright.async_api import Browser, expect

from sandbox.demo import Demo
from tests.browser.visit import Theme, Visit, visit

QUIET = "[no-audio] [no-cover]"
DARK, LIGHT = "rgb(17, 16, 21)", "rgb(236, 232, 225)"


@pytest.mark.parametrize(("theme", "colour"), [("dark", DARK), ("light", LIGHT)])
async def test_the_page_looks_as_the_system_wants_it(
    demo: Demo, browser: Browser, theme: Theme, colour: str
) -> None:
    async with visit(demo, browser, theme=theme) as ada:
        await expect(ada.page.locator("body")).to_have_css("background-color", colour)


async def test_a_chosen_theme_is_kept_and_can_be_given_up(ada: Visit) -> None:
    body, button = ada.page.locator("body"), ada.page.locator("#theme-menu")
    await button.click()
    await ada.page.get_by_role("menuitemradio", name="Light").click()
    await expect(body).to_have_css("background-color", LIGHT)
    await expect(button).to_be_focused()
    await ada.page.reload()
    await expect(body).to_have_css("background-color", LIGHT)
    await expect(button).to_have_attribute("aria-label", "Colours: Light")
    assert await ada.page.locator("meta[name=theme-color]").get_attribute("content") == LIGHT
    await button.click()
    await ada.page.get_by_role("menuitemradio", name="As the system").click()
    await expect(body).to_have_css("background-color", DARK)
    await ada.page.emulate_media(color_scheme="light")
    await expect(body).to_have_css("background-color", LIGHT)


async def test_what_comes_is_spoken(ada: Visit) -> None:
    await ada.page.evaluate(
        """() => {
            window.spoken = [];
            const region = document.getElementById('announcer');
            new MutationObserver(() => window.spoken.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    await ada.use(f"/compose a spoken serenade {QUIET}")
    await expect(ada.message("a spoken serenade").get_by_role("button", name="Like")).to_be_visible()
    await expect(ada.page.get_by_role("status").filter(has_text="Whisul: ")).to_have_count(1)
    await expect(ada.page.locator("#announcer")).to_contain_text("ready")
    spoken = await ada.page.evaluate("window.spoken")
    assert 1 <= len(spoken) <= 5, "the song's coming, and not each step of its card"


async def test_nothing_moves_for_those_who_want_it_so(demo: Demo, browser: Browser) -> None:
    async with visit(demo, browser, reduced_motion="reduce") as ada:
        await ada.page.get_by_role("button", name="About this place").click()
        lasts = "parseFloat(getComputedStyle(document.getElementById('help')).animationDuration)"
        assert await ada.page.evaluate(lasts) < 0.001
