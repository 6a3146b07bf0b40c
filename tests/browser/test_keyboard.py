"""The page is usable by keyboard alone."""

import re

from playwright.async_api import Browser, expect

from sandbox.demo import Demo
from tests.browser.visit import PHONE, Visit, visit

QUIET = "[no-cover]"


async def test_a_command_is_found_filled_and_sent_by_keys_alone(ada: Visit, demo: Demo) -> None:
    keys = ada.page.keyboard
    await ada.use(f"/compose a quiet march {QUIET}")
    await expect(ada.message("a quiet march").get_by_role("button", name="Like")).to_be_visible()
    await ada.requests.press("/")
    options = ada.page.get_by_role("option")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await keys.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert await ada.requests.get_attribute("aria-activedescendant") == await options.nth(1).get_attribute(
        "id"
    )
    await keys.press("ArrowUp")
    await keys.press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await keys.type("job st")
    await expect(options).to_have_count(1)
    await keys.press("Enter")
    await expect(ada.page.locator("#composer-command")).to_have_text("/job status")
    job_id = [submit.job_id for submit in demo.whisul.submits if "a quiet march" in submit.prompt][-1]
    await expect(options.filter(has_text=job_id[:8])).to_have_attribute("aria-selected", "true")
    await keys.press("Tab")
    await expect(ada.requests).not_to_have_value("")
    await keys.press("Enter")
    await expect(ada.messages.filter(has_text="/job status").last).to_contain_text("a quiet march")


async def test_a_suggestion_is_taken_though_the_list_changes_before_the_release(ada: Visit) -> None:
    await ada.requests.fill("/")
    await ada.page.get_by_role("option").filter(has_text="/help").hover()
    await ada.page.mouse.down()
    await ada.requests.press("h")
    await ada.page.mouse.up()
    await expect(ada.page.locator("#composer-command")).to_have_text("/help")


async def test_an_option_typed_as_name_and_value_becomes_that_option(ada: Visit, demo: Demo) -> None:
    pills, first = ada.page.locator(".pill"), ada.page.get_by_role("option").first
    await ada.requests.fill(f"/compose a typed gavotte {QUIET} tempo:90 instrumental:True")
    await expect(pills).to_have_count(2)
    await expect(ada.requests).to_have_value(f"a typed gavotte {QUIET}")
    await ada.requests.press_sequentially(" genre:")
    await ada.page.keyboard.type("synthw")
    await expect(pills.last.get_by_role("combobox")).to_have_value("synthw")
    await expect(first).to_have_attribute("aria-selected", "true")
    await ada.page.keyboard.press("Enter")
    await expect(pills.last.get_by_role("combobox")).to_have_value("synthwave")
    await ada.page.keyboard.press("Enter")
    await demo.whisul.wait_for(
        lambda: any("typed gavotte" in each.prompt for each in demo.whisul.submits), 60
    )
    prompt = next(each.prompt for each in demo.whisul.submits if "typed gavotte" in each.prompt)
    assert prompt.endswith("Genre: synthwave. Tempo: 90 BPM. Instrumental, without vocals.")


async def test_what_follows_a_command_without_a_text_fills_its_first_required_option(ada: Visit) -> None:
    keys, pills, options = ada.page.keyboard, ada.page.locator(".pill"), ada.page.get_by_role("option")
    await ada.requests.press_sequentially("/config member block chi")
    await expect(pills.get_by_role("combobox")).to_have_value("chi")
    await expect(options).to_have_count(1)
    await keys.press("Enter")
    await expect(pills.get_by_role("combobox")).to_have_value("Chidi")
    await keys.press("Enter")
    await expect(ada.message("Saved")).to_contain_text("Blocked members: @Chidi")
    await ada.requests.press_sequentially("/config digest music")
    await keys.press("Enter")
    await expect(ada.page.locator("#composer-note")).to_contain_text("type its name with a colon")
    await ada.requests.fill("channel:")
    await keys.type("music")
    await expect(options).to_have_count(1)
    await keys.press("Enter")
    await keys.press("Enter")
    await expect(ada.message("Saved")).to_contain_text("on Mondays in #music")
    for what in ("member allow chi", "digest"):
        await ada.requests.press_sequentially(f"/config {what} ")
        if "allow" in what:
            await keys.press("Enter")
        await keys.press("Enter")
        await expect(ada.message("Saved")).to_contain_text("Allowed again" if "allow" in what else "→ off")


async def test_escape_leaves_the_list_then_the_command(ada: Visit) -> None:
    await ada.requests.press("/")
    await expect(ada.page.get_by_role("listbox")).to_be_visible()
    await ada.requests.press("Escape")
    await expect(ada.page.get_by_role("listbox")).to_be_hidden()
    await ada.requests.fill("/compose genre")
    await expect(ada.page.locator("#composer-command")).to_have_text("/compose")
    await ada.requests.press("Escape")
    await expect(ada.page.locator("#composer-command")).to_be_hidden()
    await expect(ada.requests).to_have_value("")


async def test_a_dialog_keeps_the_focus_and_gives_it_back(ada: Visit) -> None:
    keys = ada.page.keyboard
    await ada.use("/compose")
    await expect(ada.dialog.get_by_role("textbox").first).to_be_focused()
    inside = "document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)"
    for _ in range(12):
        await keys.press("Tab")
        assert await ada.page.evaluate(inside), await ada.focused()
    await keys.press("Escape")
    await expect(ada.dialog).to_have_count(0)
    await expect(ada.requests).to_be_focused()
    await keys.press("/")
    await expect(ada.requests).to_have_value("/")
    await keys.press("Backspace")


async def test_every_field_of_the_form_is_filled_by_keys_alone(ada: Visit, demo: Demo) -> None:
    keys, group = ada.page.keyboard, ada.dialog.get_by_role
    await ada.use("/compose")
    await expect(group("textbox").first).to_be_focused()
    await keys.type(f"a form of keys {QUIET}")
    await expect(group("group", name="Genre")).to_have_accessible_description(re.compile("add these"))
    for letter, genre in (("j", "jazz"), ("n", "No selection"), ("o", "orchestral")):
        list_ = group("group", name="Genre").get_by_role("button")
        await keys.press("Tab" if letter == "j" else "Shift")
        await expect(list_).to_be_focused()
        await keys.press("ArrowDown")
        await keys.press(letter)
        await keys.press("Enter")
        await expect(list_).to_have_text("Any genre" if letter == "n" else genre)
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("ArrowDown")
    await expect(group("radio", name="Slow, 70 BPM")).to_be_checked()
    await keys.press("Tab")
    await keys.press("Space")
    await expect(group("checkbox", name="Instrumental")).to_be_checked()
    await group("button", name="Submit").press("Enter")
    await expect(ada.dialog).to_have_count(0)
    await demo.whisul.wait_for(lambda: any("form of keys" in each.prompt for each in demo.whisul.submits), 60)
    prompt = next(each.prompt for each in demo.whisul.submits if "form of keys" in each.prompt)
    assert prompt.endswith("Genre: orchestral. Tempo: 70 BPM. Instrumental, without vocals.")


async def test_a_menu_is_walked_by_arrows_and_letters_and_gives_the_focus_back(ada: Visit) -> None:
    keys, me = ada.page.keyboard, ada.page.locator("#user-switch")
    await me.focus()
    await keys.press("ArrowDown")
    items = ada.page.locator("[role=menuitemradio], [role=menuitem]")
    await expect(items.filter(has_text="Ada")).to_be_focused()
    await keys.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await keys.press("c")
    await expect(items.filter(has_text="Chidi")).to_be_focused()
    await keys.press("Escape")
    await expect(ada.page.get_by_role("menu")).to_have_count(0)
    await expect(me).to_be_focused()
    await keys.press("Enter")
    await keys.press("b")
    await keys.press("Enter")
    await expect(ada.page.get_by_role("button", name="You are Béla")).to_be_focused()


async def test_a_press_that_draws_the_message_anew_keeps_the_focus(ada: Visit) -> None:
    await ada.use(f"/compose a short polonaise {QUIET}")
    like = ada.message("a short polonaise").locator("[data-key^=like]")
    await like.focus()
    await like.press("Enter")
    await expect(like).to_have_text(re.compile("1"))
    await expect(like).to_be_focused()


async def test_the_focus_can_be_seen(newcomer: Visit) -> None:
    ada = newcomer
    script = "(style => [style.outlineStyle, parseFloat(style.outlineWidth)])(getComputedStyle(document.activeElement))"
    await ada.page.locator("#drawer-open").evaluate("element => element.blur()")
    seen: set[str] = set()
    for _ in range(25):
        await ada.page.keyboard.press("Tab")
        at = await ada.focused()
        if at == "composer-input" or at in seen:  # the composer's box carries its mark
            continue
        seen.add(at)
        style, width = await ada.page.evaluate(script)
        assert (style, width >= 2) == ("solid", True), at
    assert len(seen) > 8


async def test_the_first_stop_leads_past_the_channels(newcomer: Visit) -> None:
    await newcomer.page.evaluate("document.activeElement.blur()")
    await newcomer.page.keyboard.press("Tab")
    await expect(newcomer.page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await newcomer.page.keyboard.press("Enter")
    await expect(newcomer.requests).to_be_focused()


async def test_on_a_phone_the_channels_open_and_close_by_keys(demo: Demo, browser: Browser) -> None:
    async with visit(demo, browser, size=PHONE) as ada:
        opener = ada.page.get_by_role("button", name="Show channels")
        await opener.focus()
        for key in ("Escape", "Enter"):
            await ada.page.keyboard.press("Enter")
            await expect(opener).to_have_attribute("aria-expanded", "true")
            await ada.page.keyboard.press(key)
            await expect(opener).to_have_attribute("aria-expanded", "false")
            await expect(opener).to_be_focused()
