"""The weekly digest: once, where and when the admins want it, and only what its readers may see."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.discord.rest import content_filters
from sandbox.discord.rest.faults import Fault
from sandbox.discord.world.model import Message
from sandbox.discord.world.permissions import Permission
from tests.e2e.actions import assert_no_traceback, ordered, started_again
from tests.e2e.config_actions import pressed, used
from tests.e2e.outside_world import WallClock
from tests.e2e.press_actions import posted, press
from tests.e2e.rig import PATIENCE_S, Rig, fields, words

ZONE = "Asia/Tokyo"


def digests(rig: Rig, channel: str = "general") -> list[Message]:
    return [each for each in rig.posts(channel) if "Your week in songs" in each.content]


def sends(rig: Rig) -> int:
    return sum(each.kind == "message.create" for each in rig.discord.rest.requests)


def recorded(rig: Rig) -> bool:
    """Whether it is stored that the newest digest was sent, or cannot be."""
    with closing(sqlite3.connect(f"file:{rig.database}?mode=ro", uri=True)) as connection:
        query = "SELECT 1 FROM notices WHERE kind = 'digest' AND sent_at IS NOT NULL"
        return connection.execute(query).fetchone() is not None


async def until_recorded(rig: Rig) -> None:
    """Wait for that, by polling the database."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if recorded(rig):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it was never stored; the bot's log:\n{rig.bot.log[-6000:]}")


async def monday(rig: Rig, clock: WallClock, *, hour: int = 9, minute: int = 30, weeks: int = 1) -> None:
    """Restart the bot on a coming Monday, at this time of the server's zone."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    day = today + timedelta(days=7 * weeks - today.weekday())
    then = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))
    await rig.bot.stop()
    clock.step((then - clock.now()).total_seconds())
    await started_again(rig)


@pytest.fixture
async def weekly(rig: Rig, wall_clock: WallClock) -> AsyncGenerator[Rig]:
    """A server with a digest in #general, and one liked song."""
    await rig.start(**wall_clock.settings)
    await pressed(rig, await used(rig, "config timezone", {"zone": ZONE}), "Save")
    saved = await used(rig, "config digest", {"channel": rig.channel("general")})
    assert "on Mondays in" in words(saved)
    _, post = await posted(rig)
    await press(rig, "like", post, user="dana")
    yield rig
    assert_no_traceback(rig)


async def test_the_digest_is_posted_on_monday_once_with_a_picture(weekly: Rig, wall_clock: WallClock) -> None:
    await posted(weekly, "another song", user="dana")
    await monday(weekly, wall_clock, hour=8)
    assert digests(weekly) == []
    await monday(weekly, wall_clock)
    (digest,) = await weekly.until(lambda: digests(weekly))
    assert "You made 2 songs together." in digest.content
    assert "♥ 1" in words(digest)
    (picture,) = digest.files
    assert picture.filename == "likes.png"
    assert picture.description == "Bar chart of the likes: 1: 1"
    image = digest.embeds[0]["image"]
    assert image["url"].endswith("likes.png")
    assert image["description"] == picture.description
    await monday(weekly, wall_clock)
    await used(weekly, "config show")
    assert len(digests(weekly)) == 1


async def test_a_crash_after_the_digest_was_posted_brings_no_second_one(
    weekly: Rig, wall_clock: WallClock
) -> None:
    async def kill(kind: str, phase: str) -> None:
        if (kind, phase) == ("message.create", "handled"):
            await weekly.bot.kill()

    await weekly.bot.stop()
    weekly.discord.rest.hook = kill
    await monday(weekly, wall_clock)
    await weekly.until(lambda: digests(weekly))
    weekly.discord.rest.hook = None
    assert not recorded(weekly)
    weekly.discord.world.clock.jump(600)  # the nonce is forgotten
    await weekly.start()
    await until_recorded(weekly)
    assert len(digests(weekly)) == 1


async def test_a_digest_that_discord_fails_to_take_is_not_lost(weekly: Rig, wall_clock: WallClock) -> None:
    general, before = weekly.channel("general"), sends(weekly)
    weekly.discord.fault_script.hold("message.create", Fault.error(503), channel_id=general.id)
    await monday(weekly, wall_clock)
    await weekly.until(lambda: sends(weekly) > before)
    weekly.discord.fault_script.release("message.create", channel_id=general.id)
    await monday(weekly, wall_clock, minute=40)
    await weekly.until(lambda: digests(weekly))
    await until_recorded(weekly)
    assert len(digests(weekly)) == 1


async def test_a_week_without_songs_has_no_digest(weekly: Rig, wall_clock: WallClock) -> None:
    await monday(weekly, wall_clock)
    await until_recorded(weekly)
    await monday(weekly, wall_clock, weeks=2)
    await used(weekly, "config show")
    assert len(digests(weekly)) == 1


async def test_the_digest_has_no_songs_that_its_readers_cannot_see(
    weekly: Rig, wall_clock: WallClock
) -> None:
    hidden = await ordered(weekly, "a hidden song", user="bela", channel="backstage")
    weekly.whisul.finish(hidden.job_id)
    post = await weekly.post("backstage")
    await press(weekly, "like", post, user="bela")
    await monday(weekly, wall_clock)
    (digest,) = await weekly.until(lambda: digests(weekly))
    assert "You made 1 song together." in digest.content
    assert words(digest).count("♥") == 1


async def test_admins_see_on_the_panel_that_a_digest_cannot_be_posted(
    weekly: Rig, wall_clock: WallClock
) -> None:
    world, general = weekly.discord.world, weekly.channel("general")
    world.deny(general, world.bot, Permission.SEND_MESSAGES)
    await monday(weekly, wall_clock)
    panel = await used(weekly, "config show")
    assert fields(panel)["Needs fixing"] == f"⚠️ <#{general.id}>: I'm missing Send Messages there."
    assert fields(panel)["Weekly digest"] == f"on Mondays in <#{general.id}>"
    assert digests(weekly) == []
    world.allow(general, world.bot, Permission.SEND_MESSAGES)
    await monday(weekly, wall_clock, minute=40)
    await weekly.until(lambda: digests(weekly))
    world.delete_channel("general")
    panel = await used(weekly, "config show")
    assert "I can't see that channel on this server." in fields(panel)["Needs fixing"]


async def test_a_title_that_automod_blocks_leaves_the_text_of_the_digest(
    weekly: Rig, wall_clock: WallClock
) -> None:
    weekly.discord.rest.content_filter = content_filters.words("Midnight")
    await monday(weekly, wall_clock)
    (digest,) = await weekly.until(lambda: digests(weekly))
    assert "You made 1 song together." in digest.content
    assert (digest.embeds, digest.files) == ([], [])
