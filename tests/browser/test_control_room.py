"""The control room: faults on demand, the speed of time, and the view of jobs and polls."""

import re
import secrets
from collections.abc import AsyncGenerator

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from sandbox.demo import Demo
from tests.browser.conftest import SPEED
from tests.browser.visit import PATIENCE_S, Visit

QUIET = "[no-cover]"


@pytest_asyncio.fixture(loop_scope="session")
async def room(ada: Visit, demo: Demo) -> AsyncGenerator[Page]:
    """The control room, open at its switches. Afterwards everything is well again."""
    await ada.page.get_by_role("button", name="Control room").click()
    await ada.page.get_by_role("tab", name="Faults").click()
    yield ada.page
    if await ada.page.locator("#control[open]").count():
        await ada.page.get_by_role("button", name="Control room").click()
    demo.whisul.hold = False
    await demo.control.clear_faults()
    if demo.whisul.speed != SPEED:
        before = len(demo.discord.identifies)
        await demo.control.set_speed(SPEED)
        await back(demo, before)


async def back(demo: Demo, before: int) -> None:
    """Wait until the bot has come back: it has identified itself more often than before."""
    await demo.discord.wait_for(
        lambda: len(demo.discord.identifies) > before and demo.discord.bot_online, PATIENCE_S, "the bot"
    )


def switch(room: Page, name: str, *, group: str = "Whisul") -> Locator:
    return room.get_by_role("group", name=group).get_by_role("switch", name=name)


def unheard(prompt: str) -> str:
    """The prompt with a unique word, so that it can be counted."""
    return f"{prompt} {secrets.token_hex(3)}"


def submits_of(demo: Demo, prompt: str) -> int:
    """How many submits of this prompt Whisul got."""
    return sum(prompt in submit.prompt for submit in demo.whisul.submits)


async def watch(room: Page, prompt: str) -> Locator:
    """The line of the newest job with this prompt."""
    await room.get_by_role("tab", name="Live").click()
    return room.locator(".job", has_text=prompt).first


async def test_a_failed_song_is_shown_with_its_delivery(ada: Visit, room: Page) -> None:
    await switch(room, "Fails new songs").check()
    await expect(room.get_by_role("button", name="Control room, 1 fault is on")).to_be_visible()
    await ada.use("/compose a doomed waltz")
    await expect(ada.message("The model lost the beat")).to_be_visible()
    job = await watch(room, "a doomed waltz")
    await expect(job).to_contain_text("failed, posted")
    await expect(job).to_contain_text("detected after")


async def test_a_busy_whisul_makes_songs_wait_and_nothing_is_lost(ada: Visit, demo: Demo, room: Page) -> None:
    prompt = unheard("a patient fugue")
    await switch(room, "Is busy").check()
    await ada.use(f"/compose {prompt} {QUIET}")
    await demo.whisul.wait_for(lambda: any(seen.status == 429 for seen in demo.whisul.requests))
    assert not submits_of(demo, prompt)
    await switch(room, "Is busy").uncheck()
    await expect(ada.message(prompt).get_by_role("button", name="Like")).to_be_visible()
    job = await watch(room, prompt)
    await expect(job).to_contain_text("posted after")
    await room.get_by_text("Requests to Whisul").click()
    await expect(room.get_by_role("row", name="429").first).to_be_visible()
    assert submits_of(demo, prompt) == 1


async def test_a_whisul_out_of_reach_comes_back_on_the_same_address(
    ada: Visit, demo: Demo, room: Page
) -> None:
    address = demo.whisul.url
    await switch(room, "Is unreachable").check()
    await ada.use(f"/compose a distant tango {QUIET}")
    await expect(ada.message("a distant tango")).to_be_visible()
    await switch(room, "Is unreachable").uncheck()
    await expect(ada.message("a distant tango").get_by_role("button", name="Like")).to_be_visible()
    assert demo.whisul.url == address


async def test_a_song_waits_for_a_discord_that_limits_messages_and_comes_once(
    ada: Visit, demo: Demo, room: Page
) -> None:
    demo.whisul.hold = True
    await ada.use(f"/compose a queueing rumba {QUIET}")
    await expect(ada.message("a queueing rumba")).to_be_visible()
    await switch(room, "Is busy", group="Discord").check()
    demo.whisul.hold = False
    job = await watch(room, "a queueing rumba")
    await expect(job).to_contain_text("detected, being posted")
    await demo.discord.wait_for(
        lambda: any(seen.status == 429 for seen in demo.discord.requests_of("message.create")), PATIENCE_S
    )
    await room.get_by_role("tab", name="Faults").click()
    await switch(room, "Is busy", group="Discord").uncheck()
    posts = ada.messages.filter(has_text="a queueing rumba").filter(
        has=room.get_by_role("button", name="Like")
    )
    await expect(posts).to_have_count(1)


async def test_without_the_right_to_write_a_song_comes_directly(ada: Visit, demo: Demo, room: Page) -> None:
    demo.whisul.hold = True
    await ada.use(f"/compose a homeless samba {QUIET}")
    await expect(ada.message("a homeless samba")).to_be_visible()
    await switch(room, "Blocks the bot from posting", group="Discord").check()
    await expect(room.locator(".channel", has_text="music")).to_contain_text("bot can\u2019t post")
    demo.whisul.hold = False
    job = await watch(room, "a homeless samba")
    await expect(job).to_contain_text("posted after")
    direct = demo.discord.world.dm_with("ada")
    assert direct is not None
    assert "a homeless samba" in str(demo.discord.messages(direct)[-1].embeds)
    await room.get_by_role("tab", name="Faults").click()
    await room.get_by_role("button", name="Turn off all faults").click()
    await expect(switch(room, "Blocks the bot from posting", group="Discord")).not_to_be_checked()
    await expect(room.locator(".channel", has_text="music")).not_to_contain_text("bot can\u2019t post")


async def test_time_goes_faster_and_a_crash_loses_no_song(ada: Visit, demo: Demo, room: Page) -> None:
    prompt, starts = unheard("an endless raga"), len(demo.discord.identifies)
    await room.get_by_role("radio", name="real time").check()
    await back(demo, starts)
    assert demo.whisul.speed == 1
    await ada.use(f"/compose {prompt} {QUIET}")
    await expect(ada.message(prompt)).to_be_visible()
    await demo.whisul.wait_for(lambda: submits_of(demo, prompt))
    before, starts = demo.bot.process.pid, len(demo.discord.identifies)
    await room.get_by_role("button", name="Crash the bot").click()
    await expect(room.get_by_text(re.compile("Crashed .+ so far"))).to_be_visible()
    await back(demo, starts)
    await room.get_by_role("button", name="Finish all songs now").click()
    await expect(ada.message(prompt).get_by_role("button", name="Like")).to_be_visible()
    assert demo.bot.process.pid != before
    assert submits_of(demo, prompt) == 1


async def test_the_room_is_used_by_keys_and_remembered(ada: Visit, room: Page) -> None:
    await room.get_by_role("tab", name="Faults").press("ArrowLeft")
    await expect(room.get_by_role("tab", name="Live")).to_be_focused()
    await expect(room.get_by_role("tabpanel", name="Live")).to_be_visible()
    await room.reload()
    await expect(room.get_by_role("tabpanel", name="Live")).to_be_visible()
    await room.get_by_role("tab", name="Live").press("Escape")
    await expect(room.get_by_role("tabpanel", name="Live")).to_be_hidden()
    await expect(room.get_by_role("button", name="Control room")).to_be_focused()
