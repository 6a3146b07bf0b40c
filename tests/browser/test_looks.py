"""Themes, announcements to screen readers, and motion."""

from playwright.async_api import expect

from tests.browser.visit import Theme, Visit

QUIET = "[no-cover]"
DARK, LIGHT = "rgb(17, 16, 21)", "rgb(236, 232, 225)"
COLOURS: dict[Theme, str] = {"light": LIGHT, "dark": DARK}


async def test_the_page_looks_as_the_system_wants_it(ada: Visit) -> None:
    for theme, colour in COLOURS.items():
        await ada.page.emulate_media(color_scheme=theme)
        await ada.page.reload()
        await expect(ada.page.locator("body")).to_have_css("background-color", colour)


async def test_a_chosen_theme_is_kept_and_can_be_given_up(newcomer: Visit) -> None:
    body, button = newcomer.page.locator("body"), newcomer.page.locator("#theme-menu")
    await button.click()
    await newcomer.page.get_by_role("menuitemradio", name="Light").click()
    await expect(body).to_have_css("background-color", LIGHT)
    await expect(button).to_be_focused()
    await newcomer.page.reload()
    await expect(body).to_have_css("background-color", LIGHT)
    await expect(button).to_have_attribute("aria-label", "Theme: Light")
    assert await newcomer.page.locator("meta[name=theme-color]").get_attribute("content") == LIGHT
    await button.click()
    await newcomer.page.get_by_role("menuitemradio", name="Follow system").click()
    await expect(body).to_have_css("background-color", DARK)
    await newcomer.page.emulate_media(color_scheme="light")
    await expect(body).to_have_css("background-color", LIGHT)


async def test_what_comes_is_spoken(newcomer: Visit) -> None:
    await newcomer.page.evaluate(
        """() => {
            window.spoken = [];
            const region = document.getElementById('announcer');
            new MutationObserver(() => window.spoken.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    await newcomer.use(f"/compose a spoken serenade {QUIET}")
    await expect(newcomer.message("a spoken serenade").get_by_role("button", name="Like")).to_be_visible()
    await expect(newcomer.page.get_by_role("status").filter(has_text="Whisul: ")).to_have_count(1)
    await expect(newcomer.page.locator("#announcer")).to_contain_text("ready")
    spoken = await newcomer.page.evaluate("window.spoken")
    assert 1 <= len(spoken) <= 5, "the song's coming, and not each step of its card"


async def test_nothing_moves_for_those_who_want_it_so(ada: Visit) -> None:
    await ada.page.emulate_media(reduced_motion="reduce")
    await ada.page.get_by_role("button", name="About this demo").click()
    lasts = "parseFloat(getComputedStyle(document.getElementById('help')).animationDuration)"
    assert await ada.page.evaluate(lasts) < 0.001
    await ada.page.emulate_media(reduced_motion="no-preference")
    assert await ada.page.evaluate(lasts) > 0.1
