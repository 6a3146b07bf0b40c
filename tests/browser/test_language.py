"""A person on the demo page chooses the language of their Discord."""

from playwright.async_api import Browser, expect

from sandbox.demo import Demo
from tests.browser.visit import visit


async def test_a_person_uses_the_bot_in_german(demo: Demo, browser: Browser) -> None:
    async with visit(demo, browser, user="eve", channel="lobby") as eve:
        switch = eve.page.locator("#language-switch")
        await switch.click()
        await eve.page.get_by_role("menuitemradio", name="Deutsch").click()
        await expect(switch).to_have_text("DE")
        await eve.requests.fill("/komp")
        await expect(eve.page.get_by_role("option", name="/komponieren")).to_be_visible()
        await eve.use("/datenschutz zeigen")
        await expect(
            eve.message("Was ich über dich speichere").or_(eve.message("Ich speichere nichts"))
        ).to_be_visible()
        demo.discord.world.set_locale("eve", "en-US")
        await expect(switch).to_have_text("EN")
        assert eve.faults == []
