"""From /compose to a playing song, with every button on the way, in a real browser."""

import re

from playwright.async_api import Browser, Locator, expect

from sandbox.demo import Demo
from sandbox.discord.world.model import Message
from tests.browser.visit import PHONE, Visit, visit
from tests.e2e.press_actions import custom_id

PER_PAGE = 5
QUIET = "[no-cover]"
"""A song without a cover is made sooner."""


def posts(visit: Visit) -> Locator:
    """Finished songs with a player."""
    return visit.messages.filter(has=visit.page.locator(".player"))


async def playing(post: Locator) -> bool:
    return bool(await post.locator("audio").evaluate("audio => !audio.paused"))


async def liked_by(user: str, demo: Demo, post: Message) -> None:
    pressed = await demo.discord.press(user=user, message=post, custom_id=custom_id(post, "like"))
    await demo.discord.wait_for(lambda: pressed.acknowledged)


async def renamed(visit: Visit, demo: Demo, channel: str, name: str) -> None:
    """Rename the open channel, and wait until the page has it: it has everything sent before, too."""
    demo.discord.world.rename(channel, name)
    await expect(visit.page.get_by_role("heading", name=name, level=1, exact=True)).to_be_visible()


async def test_a_song_is_asked_for_and_played(ada: Visit) -> None:
    await ada.use("/compose a trap song for the first snow")
    post = posts(ada).filter(has_text="for the first snow").last
    duration = (
        await post.locator(".embed-field", has_text="Duration").locator(".embed-field-value").inner_text()
    )
    await expect(post.locator(".player-time")).to_have_text(f"0:00 / {duration}")
    minutes, _, seconds = duration.partition(":")
    stated_s = int(minutes) * 60 + int(seconds)
    real_s = await post.locator("audio").evaluate("audio => audio.duration")
    assert abs(real_s - stated_s) < 1, "finite, and what the post says"
    await post.get_by_role("button", name="Play").click()
    await expect(post.locator(".player-time")).to_have_text(re.compile(rf"^0:0[1-9] / {duration}$"))
    await post.get_by_role("button", name="Pause").click()
    assert not await playing(post)


async def test_a_song_is_requested_in_direct_messages_on_a_phone(demo: Demo, browser: Browser) -> None:
    async with visit(demo, browser, user="dana", channel="general", size=PHONE) as dana:
        await dana.page.get_by_role("button", name="Show channels").click()
        await dana.page.get_by_role("button", name="Direct messages with the bot").click()
        await expect(dana.page.get_by_role("heading", name="Whisul", level=1)).to_be_visible()
        await dana.use(f"/compose a secret bolero {QUIET}")
        post = posts(dana).filter(has_text="a secret bolero").last
        await expect(post).to_contain_text("Your song is ready!")
        card = dana.messages.filter(has_text="is ready. See").first
        await card.get_by_role("button", name="@Whisul").click()
        await post.get_by_role("button", name="Edit prompt").click()
        await expect(dana.dialog).to_contain_text("Edit prompt")
        await dana.page.keyboard.press("Escape")
        await dana.use("/limits")
        await expect(dana.message("Your limits in direct messages")).to_contain_text("9 left, 1 used")
    direct = demo.discord.world.dm_with("dana")
    assert direct is not None
    assert len([each for each in demo.discord.messages(direct) if each.attachments]) == 1


async def test_an_own_installation_works_where_the_bot_is_no_member(demo: Demo, browser: Browser) -> None:
    world = demo.discord.world
    world.add_channel(world.add_guild("Far Away", owner="eve"), "plaza")
    async with visit(demo, browser, user="eve", channel="plaza") as eve:
        await expect(eve.requests).to_have_attribute("placeholder", "Type / to see commands")
        await eve.page.locator("#user-switch").click()
        await eve.page.get_by_role("menuitem", name="Add Whisul to your account").click()
        await expect(eve.requests).to_have_attribute("placeholder", "Try /compose a trap song")
        await eve.use(f"/compose a distant fado {QUIET}")
        post = posts(eve).filter(has_text="a distant fado").last
        await expect(post).to_contain_text("Only you can see")
        await expect(post.get_by_role("button", name="Compose again")).to_be_visible()
        await eve.page.locator("#user-switch").click()
        await eve.page.get_by_role("menuitem", name="Remove Whisul from your account").click()
        await expect(eve.requests).to_have_attribute("placeholder", "Type / to see commands")


async def test_an_own_installation_works_in_a_group(demo: Demo, browser: Browser) -> None:
    async with visit(demo, browser, user="bela", channel="general", size=PHONE) as bela:
        await bela.page.get_by_role("button", name="Show channels").click()
        await bela.page.get_by_role("button", name="Direct messages with the bot").click()
        await bela.page.get_by_role("button", name="Show channels").click()
        await bela.page.get_by_role("button", name="The Band").click()
        await expect(bela.page.get_by_text("A group of people, without the bot.")).to_be_visible()
        await bela.page.get_by_role("button", name="Show channels").click()
        await bela.page.locator("#user-switch").click()
        await bela.page.get_by_role("menuitem", name="Add Whisul to your account").click()
        await expect(bela.requests).to_have_attribute("placeholder", "Try /compose a trap song")
        await bela.page.keyboard.press("Escape")
        await bela.use(f"/compose a shared tango {QUIET}")
        post = posts(bela).filter(has_text="a shared tango").last
        await expect(post).to_contain_text("Only you can see")
        await post.get_by_role("button", name="Compose again").click()
        await expect(posts(bela).filter(has_text="a shared tango")).to_have_count(2)
    async with visit(demo, browser, user="ada", channel="The Band") as ada:
        await expect(ada.page.get_by_role("heading", name="The Band", level=1)).to_be_visible()
        await expect(ada.messages).to_have_count(0)


async def test_a_post_fits_one_screen_of_a_laptop_and_of_a_phone(
    ada: Visit, demo: Demo, browser: Browser
) -> None:
    await ada.use(
        "/compose a slow waltz about a lighthouse in the fog, with a choir, a cello and a long last chord"
    )
    post = posts(ada).filter(has_text="lighthouse in the fog").last
    await post.get_by_role("button", name="Delete post").wait_for()
    async with visit(demo, browser, size=PHONE) as on_phone:
        for page in (ada, on_phone):
            post = posts(page).filter(has_text="lighthouse in the fog").last
            height = await post.evaluate("post => post.getBoundingClientRect().height")
            room = await page.page.locator("#messages").evaluate("list => list.clientHeight")
            assert height <= room, (height, room)
            tops = await post.locator(".row button").evaluate_all("all => all.map(each => each.offsetTop)")
            assert len(set(tops)) <= 2


async def test_one_song_plays_at_a_time_and_the_keyboard_moves_in_it(ada: Visit) -> None:
    for prompt in ("slow jazz", "quick ska"):
        await ada.use(f"/compose {prompt}")
    first, second = (
        posts(ada).filter(has=ada.page.locator(".embed", has_text=prompt))
        for prompt in ("slow jazz", "quick ska")
    )
    await first.get_by_role("button", name="Play").click()
    await second.get_by_role("button", name="Play").click()
    await expect(first.get_by_role("button", name="Play")).to_be_visible()
    assert (await playing(first), await playing(second)) == (False, True)
    await second.get_by_role("button", name="Pause").click()
    position = first.get_by_role("slider", name="Position")
    for key, told in (("ArrowRight", "0:05"), ("PageUp", "0:10"), ("ArrowLeft", "0:05"), ("Home", "0:00")):
        await position.press(key)
        if key == "ArrowRight":  # where the first has been played to is not ours to know
            await position.press("Home")
            await position.press(key)
        await expect(first.locator(".player-time")).to_have_text(f"{told} / 0:10")
    assert await position.get_attribute("aria-valuetext") == "0:00 of 0:10"
    await position.press(" ")
    await expect(first.get_by_role("button", name="Pause")).to_be_visible()


async def test_the_form_takes_a_long_text(ada: Visit, demo: Demo) -> None:
    await ada.use("/compose")
    form = ada.dialog
    await expect(form).to_contain_text("Compose a song")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_be_visible()
    await form.get_by_role("textbox").first.fill(f"A lighthouse keeper dances\nwhen nobody looks. {QUIET}")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_have_count(0)
    await expect(ada.message("A lighthouse keeper dances").first).to_be_visible()
    await demo.whisul.wait_for(lambda: any("nobody looks" in submit.prompt for submit in demo.whisul.submits))


async def test_the_buttons_under_a_song_work(ada: Visit, demo: Demo) -> None:
    await ada.use(f"/compose bright ska {QUIET}")
    post = ada.messages.filter(has=ada.page.get_by_role("button", name="Delete post")).filter(
        has_text="bright ska ["
    )
    like = post.locator("[data-key^=like]")
    await expect(like).to_contain_text("Like")
    await like.click()
    await expect(like).to_contain_text("1")
    await post.get_by_role("button", name="Edit prompt").click()
    await expect(ada.dialog.get_by_role("textbox").first).to_have_value(re.compile("bright ska"))
    await ada.dialog.get_by_role("textbox").first.fill(f"bright ska with brass {QUIET}")
    await ada.dialog.get_by_role("button", name="Submit").click()
    await expect(ada.message("bright ska with brass").get_by_role("button", name="Like")).to_be_visible()
    await post.get_by_role("button", name="Delete post").click()
    await expect(post).to_have_count(0)


async def test_a_press_counts_though_the_page_is_drawn_anew_before_the_release(
    ada: Visit, demo: Demo
) -> None:
    await ada.use(f"/compose patient reggae {QUIET}")
    like = posts(ada).filter(has_text="patient reggae").last.locator("[data-key^=like]")
    await like.hover()
    await ada.page.mouse.down()
    (post,) = [seen for seen in demo.discord.messages("music") if "patient reggae" in str(seen.embeds)]
    await liked_by("bela", demo, post)
    await renamed(ada, demo, "music", "loud-music")
    await ada.page.mouse.up()
    await expect(like).to_contain_text("2")
    await like.focus()
    await ada.page.keyboard.down("Space")
    await liked_by("chidi", demo, post)
    await renamed(ada, demo, "loud-music", "music")
    await ada.page.keyboard.up("Space")
    await expect(like).to_contain_text("2")
    await ada.page.get_by_role("button", name="general").hover()
    await ada.page.mouse.down()
    await renamed(ada, demo, "music", "quiet-music")
    await ada.page.mouse.up()
    await expect(ada.page.get_by_role("heading", name="general", level=1)).to_be_visible()
    demo.discord.world.rename("quiet-music", "music")


async def test_the_list_of_songs_has_pages(ada: Visit, demo: Demo) -> None:
    for number in range(PER_PAGE + 1):
        await demo.discord.command(
            user="ada",
            channel="general",
            name="compose",
            options={"prompt": f"a polka, part {number} {QUIET}"},
        )
    await demo.discord.wait_for(
        lambda: (
            sum(
                "polka" in str(said.embeds) and said.interaction_id is None
                for said in demo.discord.messages("general")
            )
            > PER_PAGE
        ),
        timeout_s=60,
    )
    await ada.use("/songs list")
    answer = ada.messages.filter(has=ada.page.get_by_role("button", name="Next")).last
    await expect(answer).to_contain_text(re.compile(r"page 1 of \d"))
    titles = await answer.locator(".embed-title").all_inner_texts()
    assert len(titles) == PER_PAGE
    await answer.get_by_role("button", name="Next").click()
    await expect(answer).to_contain_text(re.compile(r"page 2 of \d"))
    await answer.get_by_role("button", name="Previous").click()
    await expect(answer).to_contain_text(re.compile(r"page 1 of \d"))
    assert await answer.locator(".embed-title").all_inner_texts() == titles


async def test_the_name_of_the_option_being_typed_is_no_part_of_its_text(ada: Visit) -> None:
    await ada.use("/playlist create name:Rainy days")
    await expect(ada.message("Created Rainy days.")).to_be_visible()
