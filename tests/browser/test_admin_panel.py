"""/config show in a browser: its lists, forms and buttons."""

from playwright.async_api import FilePayload, expect

from tests.browser.visit import Visit


async def test_admins_change_a_limit_and_take_it_back(ada: Visit) -> None:
    await ada.use("/config show")
    panel = ada.messages.filter(has=ada.page.get_by_role("button", name="Check the bot")).last
    await expect(panel).to_contain_text("Server settings")
    await panel.get_by_role("button", name="What do you want to change?").click()
    await ada.page.get_by_role("menuitemradio", name="Each member").click()
    await expect(ada.page.get_by_role("menu")).to_have_count(0)
    await ada.dialog.get_by_role("textbox").first.fill("100 per hour")
    await ada.dialog.get_by_role("button", name="Submit").click()
    change = ada.messages.filter(has=ada.page.get_by_role("button", name="Save")).last
    await expect(change).to_contain_text("no limit → 100 songs per hour")
    await change.get_by_role("button", name="Save").click()
    saved = ada.messages.filter(has=ada.page.get_by_role("button", name="Undo")).last
    await expect(saved).to_contain_text("Saved")
    await saved.get_by_role("button", name="Undo").click()
    back = ada.messages.filter(has=ada.page.get_by_role("button", name="Save")).last
    await expect(back).to_contain_text("100 songs per hour → no limit")
    await back.get_by_role("button", name="Save").click()
    await expect(ada.messages.filter(has_text="100 songs per hour → no limit").last).to_contain_text("Saved")


async def test_config_is_hidden_from_members_without_manage_server(ada: Visit) -> None:
    await ada.page.get_by_role("button", name="You are Ada").click()
    await ada.page.get_by_role("menuitemradio", name="Dana").click()
    await expect(ada.page.get_by_role("button", name="You are Dana")).to_be_visible()
    await ada.requests.fill("/config")
    await ada.requests.press("Enter")
    await expect(ada.page.locator("#composer-note")).to_contain_text("There\u2019s no such command here")


async def test_settings_go_out_as_a_file_and_come_back(ada: Visit) -> None:
    await ada.use("/config export")
    file = ada.messages.filter(has_text="/config export").last.get_by_role(
        "link", name="whisul-settings.json"
    )
    address = await file.get_attribute("href")
    content: str = await ada.page.evaluate("async address => (await fetch(address)).text()", address)
    await ada.requests.fill("/config import ")
    chooser = ada.page.locator("#composer input[type=file]")
    upload = FilePayload(name="settings.json", mimeType="application/json", buffer=content.encode())
    await chooser.set_input_files(upload)
    await expect(ada.page.locator(".pill")).to_contain_text("settings.json")
    await ada.requests.press("Enter")
    await expect(ada.message("That's already set")).to_be_visible()


async def test_a_server_is_set_up_in_one_form_whose_lists_can_be_emptied(ada: Visit) -> None:
    await ada.use("/config setup")
    await ada.dialog.get_by_label("Songs for each member").first.fill("3")
    role, channels, _results = (ada.dialog.locator("button.select").nth(number) for number in range(3))
    for choice in ("@DJs", "No selection"):
        await role.click()
        await ada.page.get_by_role("menuitemradio", name=choice).click()
    await channels.click()
    await ada.page.get_by_role("menuitemcheckbox", name="#music").click()
    await ada.page.locator(".menu-done").click()
    await expect(role).to_have_text("Make a selection")
    await ada.dialog.get_by_role("button", name="Submit").click()
    change = ada.messages.filter(has=ada.page.get_by_role("button", name="Save")).last
    await expect(change).to_contain_text("no limit → 3 songs per 24 hours")
    await expect(change).to_contain_text("only in #music")
    await expect(change).not_to_contain_text("Roles")
    await change.get_by_role("button", name="Cancel").click()
    await expect(ada.message("Nothing was changed")).to_be_visible()
