"""The weekly digest: once, where and when the admins want it, and only what its readers may see."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.discord.rest import content_filters
from sandbox.discord.rest.faults import Fault
from sandbox.discord.world.model import Message
from sandbox.discord.world.permissions import Permission
from tests.e2e.actions import assert_no_traceback, killed_at, ordered, started_again, until_true
from tests.e2e.config_actions import pressed, used
from tests.e2e.database import stored
from tests.e2e.outside_world import WallClock
from tests.e2e.press_actions import posted, press
from tests.e2e.rig import Rig, fields, words

ZONE = "Asia/Tokyo"


def digests(rig: Rig, channel: str = "general") -> list[Message]:
    return [each for each in rig.posts(channel) if "Your week in songs" in each.content]


def sends(rig: Rig) -> int:
    return sum(each.kind == "message.create" for each in rig.discord.rest.requests)


def recorded(rig: Rig) -> bool:
    """Whether it is stored that the newest digest was sent, or cannot be."""
    return bool(stored(rig, "SELECT 1 FROM notices WHERE kind = 'digest' AND sent_at IS NOT NULL"))


async def until_recorded(rig: Rig) -> None:
    await until_true(rig, lambda: recorded(rig))


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


async def test_the_digest_shows_what_readers_see_once_a_week_with_songs(
    weekly: Rig, wall_clock: WallClock
) -> None:
    await posted(weekly, "another song", user="dana")
    hidden = await ordered(weekly, "a hidden song", user="bela", channel="backstage")
    weekly.whisul.finish(hidden.job_id)
    await press(weekly, "like", await weekly.post("backstage"), user="bela")
    await monday(weekly, wall_clock, hour=8)
    assert digests(weekly) == []
    await monday(weekly, wall_clock)
    (digest,) = await weekly.until(lambda: digests(weekly))
    assert "You made 2 songs together." in digest.content
    assert words(digest).count("♥") == words(digest).count("♥ 1") == 1
    (picture,) = digest.files
    assert picture.filename == "likes.png"
    assert picture.description == "Bar chart of the likes: 1: 1"
    image = digest.embeds[0]["image"]
    assert image["url"].endswith("likes.png")
    assert image["description"] == picture.description
    await until_recorded(weekly)
    for weeks in (1, 2):  # the second has no songs
        await monday(weekly, wall_clock, weeks=weeks)
        await used(weekly, "config show")
        assert len(digests(weekly)) == 1


async def test_a_crash_after_the_digest_was_posted_brings_no_second_one(
    weekly: Rig, wall_clock: WallClock
) -> None:
    await weekly.bot.stop()
    ended = killed_at(weekly, "message.create", "handled")
    await monday(weekly, wall_clock)
    await ended()
    assert len(digests(weekly)) == 1
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
