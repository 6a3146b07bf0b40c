"""Takes the pictures of docs/images from the demo page, with the real bot, the stand-ins and headless Chromium.

`make pictures` runs it, and takes those of the whole page with it; with `readme` it takes the film of README alone,
with `members` or `admins` the pictures of one guide. It needs a Chromium, as the tests in tests/browser do, and
reaches nothing beyond this machine.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import ViewportSize

from sandbox.demo import CHANNEL, Demo, started
from sandbox.discord.application.interaction import SeenInteraction
from sandbox.discord.world.model import Message
from scripts.chromium import PATIENCE_S, TARGET, Page, browser
from scripts.film import Film

SPEED = 4.0
SPEEDS = {"readme": 24.0}
"""In the film a song is made in about six seconds."""
FILM_SIZE = ViewportSize(width=900, height=700)
LISTENED_S = 5.0
SEED = 11

EARLIER = (
    "rain on a tin roof",
    "bright synth pop about the sea",
    "a slow waltz",
    "folk for the road",
    "techno",
    "jazz",
)
FAILING = "a march for nobody [fail]"
FANS = ("ada", "bela", "chidi", "dana")
PAST = {"ada": 21, "bela": 17, "chidi": 34, "dana": 48}
"""Songs of the last week in the admins' pictures, by member."""

_MADE = """
INSERT INTO jobs (guild_id, channel_id, root_channel_id, requester_id, prompt, nonce, created_at, state, submit_attempts,
                  settled_at, has_song, delivery, delivery_attempts)
VALUES (?, ?, ?, ?, 'a song of last week', 'nonce', ?, 'completed', 1, ?, 1, 'delivered', 1)
"""


async def main() -> None:
    """The requested pictures; all of them without arguments."""
    wanted = sys.argv[1:] or list(GUIDES)
    if unknown := set(wanted) - set(GUIDES):
        raise SystemExit(f"There are no pictures of {', '.join(unknown)}: name {' or '.join(GUIDES)}.")
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
            async with (
                started(speed=SPEEDS.get(name, SPEED), port=0, data=Path(folder), seed=SEED) as demo,
                browser() as page,
            ):
                await until(demo, lambda: demo.discord.command_registry.of_scope(None))
                await GUIDES[name](demo, page, Path(folder))


async def readme(demo: Demo, page: Page, _: Path) -> None:
    """Film a song from the command to the player."""
    await page.open(demo, size=FILM_SIZE)
    film = Film(page.visit.page)
    await page.visit.requests.click()
    await film.take(600)
    await film.type("/compose")
    await film.take(700)
    await page.key("Enter")
    await film.take(400)
    await film.type("a trap song")
    await film.take(600)
    await page.key("Enter")
    play = page.visit.page.get_by_role("button", name="Play", exact=True)
    await film.watch(play.is_visible, at_most_s=PATIENCE_S)
    await film.take(1500)
    await play.click()
    stop_at = time.monotonic() + LISTENED_S

    async def listened() -> bool:
        return time.monotonic() > stop_at

    await film.watch(listened, at_most_s=PATIENCE_S)
    film.save(TARGET / "song.webp")


async def members(demo: Demo, page: Page, _: Path) -> None:
    """Take the pictures in the order in which a newcomer meets them."""
    await page.open(demo)
    await page.picture("form", await open_form(page))
    await page.key("Escape")
    for prompt in EARLIER:
        await used(demo, "compose", "general", prompt=prompt)
    await until(demo, lambda: len(posts(demo, "general")) == len(EARLIER))
    await page.picture("songs", await private_answer(demo, await used(demo, "songs list")))
    for number, post in enumerate(posts(demo, "general")):
        for user in FANS[: number % (len(FANS) + 1)]:
            await liked(demo, post, user)
    await page.picture("chart", await private_answer(demo, await used(demo, "songs chart")))
    await used(demo, "compose", prompt=FAILING)
    await page.picture("failure", id_of((await until(demo, lambda: posts(demo, CHANNEL)))[0]))
    asked = await used(demo, "compose", prompt="a trap song", genre="trap", mood="dark", instrumental=True)
    await until(demo, lambda: asked.answer and "▰▰" in str(asked.answer.embeds))
    await page.picture("card", id_of(asked.answer))
    await page.picture("post", id_of((await until(demo, lambda: posts(demo, CHANNEL)[1:]))[0]))


async def admins(demo: Demo, page: Page, folder: Path) -> None:
    """From the panel of an unconfigured server to a member's refusal."""
    await a_week_later(demo, folder)
    await page.open(demo)
    await page.picture("presets", await private_answer(demo, await used(demo, "config show")))
    await page.picture("doctor", await private_answer(demo, await used(demo, "config doctor")))
    await page.picture("usage", await private_answer(demo, await used(demo, "config usage")))
    asked = await used(demo, "config limit", scope="member", songs="5", per="24 hours")
    await page.picture("preview", await private_answer(demo, asked))
    await pressed(demo, await until(demo, lambda: asked.answer), "Save")
    djs = demo.discord.world.role("Night Owls", "DJs")
    role = await used(demo, "config role", role=djs, means="limited", songs="20", per="24 hours")
    await pressed(demo, await until(demo, lambda: role.answer), "Save")
    server = await used(demo, "config limit", scope="server", songs="100", per="24 hours")
    await pressed(demo, await until(demo, lambda: server.answer), "Save")
    await page.picture("settings", await private_answer(demo, await used(demo, "config show")))
    await page.visit.use("/config setup")
    await page.picture("setup", "dialog[open]")
    await page.open(demo, user="dana")
    refused = await used(demo, "compose", user="dana", prompt="one more waltz")
    await page.picture(
        "refusal", id_of(await until(demo, lambda: refused.followups and refused.followups[-1]))
    )
    await page.picture("limits", await private_answer(demo, await used(demo, "limits", user="dana")))


GUIDES: dict[str, Callable[[Demo, Page, Path], Awaitable[None]]] = {
    "readme": readme,
    "members": members,
    "admins": admins,
}


# --- what is shown --------------------------------------------------------------------------------------------------


async def a_week_later(demo: Demo, folder: Path) -> None:
    """Store a week of requests while the bot is stopped."""
    await demo.bot.stop()
    world = demo.discord.world
    channel = world.channel(CHANNEL)
    now = datetime.now(UTC)
    with closing(sqlite3.connect(folder / "bot.db")) as database, database:
        for member, number in PAST.items():
            for song in range(number):
                at = now - timedelta(hours=1 + 160 * song / number)
                moment = at.strftime("%Y-%m-%d %H:%M:%S.%f")
                row = (channel.guild_id, channel.id, channel.id, world.user(member).id, moment, moment)
                database.execute(_MADE, row)
    await demo.bot.start()
    await demo.discord.wait_online(PATIENCE_S)


async def used(
    demo: Demo, command: str, channel: str = CHANNEL, *, user: str = "ada", **options: Any
) -> SeenInteraction:
    """Use a command."""
    return await demo.discord.command(user=user, channel=channel, name=command, options=options)


async def pressed(demo: Demo, message: Message, label: str) -> None:
    """Press a button as Ada, and wait for its effect."""
    asked = await demo.discord.press(user="ada", message=message, label=label)
    await until(demo, lambda: asked.updated)


async def liked(demo: Demo, post: Message, user: str) -> None:
    """Press the like button, and wait for its effect."""
    like = next(
        button["custom_id"]
        for row in post.components
        for button in row["components"]
        if button.get("custom_id", "").startswith("like:")
    )
    asked = await demo.discord.press(user=user, message=post, custom_id=like)
    await until(demo, lambda: asked.updated)


async def private_answer(demo: Demo, asked: SeenInteraction) -> str:
    """Where the answer stands on the page."""
    return id_of(await until(demo, lambda: asked.answer))


async def open_form(page: Page) -> str:
    """/compose without a prompt, as people type it."""
    await page.visit.use("/compose")
    words = "A lighthouse keeper dances when nobody looks.\nAccordion, waves, a slow build."
    await page.visit.dialog.get_by_role("textbox").first.fill(words)
    return "dialog[open]"


def posts(demo: Demo, channel: str) -> list[Message]:
    """What the bot has posted, its cards left out."""
    bot_id = demo.discord.world.bot.id
    said = demo.discord.messages(channel)
    return [each for each in said if each.author_id == bot_id and each.interaction_id is None]


def id_of(message: Message | None) -> str:
    """A message's place on the page."""
    return f"#message-{message.id}" if message else "#nothing"


async def until(demo: Demo, predicate: Any) -> Any:
    """Wait for something in the stand-in."""
    return await demo.discord.wait_for(predicate, timeout_s=PATIENCE_S)


if __name__ == "__main__":
    asyncio.run(main())
