"""A post of components on the page: complete, accessible, and with a cover that screen readers can describe."""

import pytest
from playwright.async_api import Browser, expect

from sandbox.demo import started
from tests.browser.conftest import SEED, SONG_S, SPEED
from tests.browser.test_views import THEMES, grave_faults, settle
from tests.browser.visit import LAPTOP, PATIENCE_S, PHONE, visit
from tests.e2e.forked_bot import ForkedBot

SIZES = {"laptop": LAPTOP, "phone": PHONE}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_post_of_components_describes_its_cover_and_has_no_grave_fault(browser: Browser) -> None:
    faults: dict[str, list[str]] = {}
    async with started(
        speed=SPEED,
        port=0,
        data=None,
        seed=SEED,
        song_seconds=SONG_S,
        post_format="components",
        bot_type=ForkedBot,
    ) as demo:
        await demo.discord.wait_online(PATIENCE_S)
        for name, size in SIZES.items():
            async with visit(demo, browser, size=size) as ada:
                if name == "laptop":
                    await ada.use("/compose a trap song for the first snow")
                post = ada.messages.filter(has=ada.page.locator(".gallery"))
                await expect(post).to_have_count(1)
                await expect(post.get_by_role("img", name="Cover of")).to_be_visible()
                await expect(post.get_by_role("link", name="Listen")).to_be_visible()
                await expect(post.locator(".file-name")).to_contain_text(".mp3")
                await expect(post.locator(".player")).to_have_count(0)
                for theme in THEMES:
                    await ada.page.emulate_media(color_scheme=theme)
                    await settle(ada.page)
                    assert await ada.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
                    faults[f"{name}, {theme}"] = await grave_faults(ada.page, theme)
                like = post.locator("[data-key^=like]")
                await like.click()
                await expect(like).to_contain_text("1" if name == "laptop" else "Like")
                assert ada.faults == []
    assert {where: found for where, found in faults.items() if found} == {}
