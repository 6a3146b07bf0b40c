"""From /compose to a song that plays, in a real browser."""

import re

from playwright.async_api import expect

from tests.browser.visit import Visit


async def test_a_song_is_asked_for_and_played(ada: Visit) -> None:
    await ada.use("/compose a trap song")
    post = ada.messages.filter(has=ada.page.locator(".player"))
    await expect(post).to_have_count(1)
    await expect(post.locator(".player-time")).to_have_text("0:00 / 0:24")
    await expect(post.locator(".embed")).to_contain_text("0:24")
    duration = "document.querySelector('audio').duration"
    assert 23.5 < await ada.page.evaluate(duration) < 24.5
    await post.get_by_role("button", name="Play").click()
    await expect(post.locator(".player-time")).to_have_text(re.compile(r"^0:0[1-9] / 0:24$"))
    await expect(post.get_by_role("button", name="Pause")).to_be_visible()
