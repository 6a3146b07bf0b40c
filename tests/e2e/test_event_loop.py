"""No callback blocks the event loop for long."""
# ruff: noqa: S608 - statements are put together from names of our own

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.policy.model import MAX_CHANNELS, MAX_ROLES, MAX_WORDS, Policy, RoleKind, RoleRule
from sandbox.bot_process import BotProcess
from tests.e2e.actions import ordered
from tests.e2e.config_actions import ADMIN, imported, pressed
from tests.e2e.config_actions import used as configured
from tests.e2e.factories import job_factory
from tests.e2e.rig import Rig
from tests.e2e.test_database_disk import UNMEASURED
from tests.e2e.test_every_control import USES, set_up
from tests.e2e.watched_loop import COMMAND, REPORT, REPORTED_FROM_S

MAX_S = 0.025
"""On the reference machine; 50 ms on one that is half as fast."""

CONNECTED = "has connected to Gateway"
"""The log line from which on users can be delayed."""

MANY = 8_000
LONG_PROMPT = ("a sóng about rain, ᴛᴡᴏ ⓑⓐⓝⓓⓢ and a Straße " * 100)[:4000]


def assert_nothing_was_held_up(rig: Rig) -> None:
    _, *connected = rig.bot.log.split(CONNECTED)
    assert connected
    slow: list[dict[str, Any]] = [
        json.loads(line) for line in "".join(connected).splitlines() if line.startswith(REPORT)
    ]
    assert [each for each in slow if each["slow_callback_s"] >= MAX_S] == []


def everything_set() -> bytes:
    """A file for /config import with as much as can be set."""
    roles = {10**17 + number: RoleRule(kind=RoleKind.BLOCKED) for number in range(MAX_ROLES)}
    policy = Policy(
        words=tuple(f"blöcked phrase number {number:03}" for number in range(MAX_WORDS)),
        roles=roles,
        music_channel_ids=frozenset(10**17 + number for number in range(MAX_CHANNELS)),
    )
    return policy.model_dump_json().encode()


@pytest.fixture
async def watched(rig: Rig, tmp_path: Path) -> AsyncGenerator[Rig]:
    """The same servers with a bot whose event loop is measured."""
    settings = {**rig.bot.settings, **UNMEASURED, REPORTED_FROM_S: "0.004"}
    bot = BotProcess(settings, folder=tmp_path, log_file=tmp_path / "bot.log", command=COMMAND)
    yield Rig(rig.whisul, rig.discord, bot, rig.database)
    if bot.started:
        await bot.kill()


def multiplied(database: Path) -> None:
    """Make MANY jobs of the newest one, a minute apart, and as many likes and searches of its requester."""
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = [str(row[1]) for row in connection.execute("PRAGMA table_info(jobs)") if row[1] != "key"]
        anew = {
            "nonce": "lower(hex(randomblob(12)))",
            "job_id": "lower(hex(randomblob(16)))",
            "job_ref": "lower(hex(randomblob(16)))",
            "created_at": "strftime('%Y-%m-%d %H:%M:%S.000000', created_at, n || ' seconds')",
        }
        values = ", ".join(anew.get(column) or column for column in columns)
        numbers = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY})"
        newest = "(SELECT * FROM jobs ORDER BY key DESC LIMIT 1)"
        connection.execute(
            f"{numbers} INSERT INTO jobs ({', '.join(columns)}) SELECT {values} FROM {newest}, n"
        )
        user = "(SELECT requester_id FROM jobs LIMIT 1)"
        connection.execute(
            f"INSERT INTO likes (job_key, user_id, liked_at) SELECT key, {user}, created_at FROM jobs"
        )
        query = json.dumps({"scope": "mine", "stage": "all", "sort": "newest", "text": "rain"})
        connection.execute(
            f"{numbers} INSERT INTO searches (user_id, query, made_at) SELECT {user}, ?, created_at"
            " FROM n, (SELECT created_at FROM jobs LIMIT 1)",
            (query,),
        )


async def with_everything_set(rig: Rig) -> None:
    """Every command whose work grows with what was set, written or stored, with as much of that as there can be."""
    await pressed(rig, await imported(rig, everything_set()), "Save")
    song = await ordered(rig, LONG_PROMPT)
    rig.whisul.finish(song.job_id)
    await rig.post()
    for name in (
        "config show",
        "config export",
        "config words list",
        "config doctor",
        "config log",
        "config undo",
        "limits",
    ):
        await configured(rig, name)
    await configured(rig, "config words add", {"word": "one more"})
    await configured(rig, "config simulate", {"member": rig.discord.world.user(ADMIN)})
    for name in ("privacy show", "privacy export", "privacy delete"):
        await configured(rig, name, user="ada")
    await configured(rig, "songs list", {"scope": "server", "text": "rain"}, user="ada")


@pytest.mark.timeout(300)
async def test_no_command_blocks_the_event_loop(watched: Rig) -> None:
    async with job_factory(watched) as factory:
        for number in range(30):
            await factory.put(f"Song {number}", prompt=LONG_PROMPT)
    await watched.start(MAX_PROMPT_CHARS="4000")
    await with_everything_set(watched)
    await watched.bot.stop()
    assert_nothing_was_held_up(watched)


@pytest.mark.timeout(300)
async def test_no_long_history_blocks_the_event_loop(watched: Rig) -> None:
    async with job_factory(watched) as factory:
        await factory.put("Song", prompt="a song about rain")
    multiplied(watched.database)
    await watched.start()
    for name in (
        "privacy show",
        "privacy export",
        "privacy delete",
        "songs list",
        "songs favorites",
        "songs chart",
        "limits",
    ):
        await configured(watched, name, user="ada")
    await configured(watched, "songs list", {"scope": "server", "text": "rain", "sort": "liked"}, user="ada")
    await configured(watched, "config limit", {"scope": "member", "songs": "1", "per": "hour"})
    erasing = await configured(watched, "privacy delete", user="ada")
    await pressed(watched, erasing, "Erase my data", user="ada")
    await watched.bot.stop()
    assert_nothing_was_held_up(watched)


@pytest.mark.timeout(300)
async def test_no_control_blocks_the_event_loop(watched: Rig) -> None:
    scene = await set_up(watched)
    for use in USES.values():
        await use(scene)
    await watched.bot.stop()
    assert_nothing_was_held_up(watched)
