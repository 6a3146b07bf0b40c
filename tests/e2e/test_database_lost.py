"""The database file is deleted, moved or replaced while the bot has it open."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.config_actions import pressed, used
from tests.e2e.ops import Ops
from tests.e2e.rig import Rig, words
from tests.e2e.test_database_disk import refused_for_lack_of_records
from tests.e2e.whisul_actions import post_of, row_of, submits


def unlinked(database: Path) -> None:
    database.unlink()


def moved_away(database: Path) -> None:
    database.rename(database.with_name("elsewhere.db"))


def replaced_by_a_copy(database: Path) -> None:
    copy = database.with_name("copy.db")
    shutil.copy(database, copy)
    copy.replace(database)


def folder_deleted(database: Path) -> None:
    shutil.rmtree(database.parent)


LOSSES = pytest.mark.parametrize("lose", [folder_deleted, replaced_by_a_copy])
"""The file is not there, or is another one; the other losses are in the tests below."""


def rescued(rig: Rig) -> Path:
    """The copy that the bot has written, which only its user can read."""
    (copy,) = (each for each in rig.database.parent.iterdir() if ".rescued-" in each.name)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    return copy


def restore(rig: Rig) -> None:
    """As the log says."""
    assert not rig.database.with_name("bot.db-wal").exists()
    rescued(rig).replace(rig.database)


@LOSSES
async def test_a_lost_database_takes_nothing_new_and_saves_the_rest(
    rig: Rig, ops: Ops, lose: Callable[[Path], None]
) -> None:
    await rig.start(OPS_PORT=ops.port)
    running = await ordered(rig, "a running song")
    lose(rig.database)
    await refused_for_lack_of_records(rig, "a song too many")
    whys = await ops.until_not_ready_for("database")
    assert "while the bot runs" in whys["database"]
    await rig.until(lambda: "database_rescued" in rig.bot.log)
    rig.whisul.finish(running.job_id)
    await post_of(rig, running.job_id)
    assert [request.json["prompt"] for request in submits(rig)] == ["a running song"]
    assert rig.bot.log.count('"database_lost"') == 1
    assert await rig.bot.stop() == 0
    restore(rig)
    assert (await row_of(rig, running.job_id, "completed"))["delivery"] == "delivered"
    await rig.start()
    assert running.job_id in words(await rig.status(running.short_id))
    assert len(rig.posts()) == 1


async def test_a_waiting_request_is_not_sent_while_the_database_is_lost(rig: Rig) -> None:
    await rig.start(MAX_RUNNING_JOBS="1")
    running = await ordered(rig, "one")
    waiting = await rig.compose("two")
    await rig.until(lambda: waiting.answer and "slots are busy" in words(waiting.answer))
    unlinked(rig.database)
    rig.whisul.finish(running.job_id)
    await post_of(rig, running.job_id)
    await refused_for_lack_of_records(rig, "a song too many")
    assert len(submits(rig)) == 1
    await rig.bot.stop()
    restore(rig)
    await rig.start()
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)


async def test_a_database_that_is_put_back_is_used_again(rig: Rig, ops: Ops) -> None:
    await rig.start(OPS_PORT=ops.port)
    moved_away(rig.database)
    await ops.until_not_ready_for("database")
    await rig.until(lambda: "database_rescued" in rig.bot.log)
    rig.database.with_name("elsewhere.db").rename(rig.database)
    await ops.until_not_ready_for()
    await ordered(rig)
    assert_no_traceback(rig)


async def test_an_idle_bot_whose_database_is_lost_saves_it_at_its_end(ready: Rig) -> None:
    song = await ordered(ready)
    ready.whisul.finish(song.job_id)
    await ready.settled("completed")
    folder_deleted(ready.database)
    assert await ready.bot.stop() == 0
    restore(ready)
    assert ready.row()["delivery"] == "delivered"


async def test_where_no_copy_can_be_saved_the_log_says_so(rig: Rig, ops: Ops) -> None:
    # Beside a name so long SQLite's own files have room, and the copy has none.
    database = rig.database.with_name(f"{'x' * 235}.db")
    await rig.start(OPS_PORT=ops.port, DATABASE_URL=f"sqlite+aiosqlite:///{database}")
    unlinked(database)
    await ops.until_not_ready_for("database")
    await rig.until(lambda: "database_not_rescued" in rig.bot.log)
    assert "/proc/PID/fd" in rig.bot.log
    assert await rig.bot.stop() == 0


async def test_settings_and_erasure_are_refused_while_the_database_is_lost(ready: Rig) -> None:
    await ordered(ready)
    question = await used(ready, "privacy delete", user="ada")
    unlinked(ready.database)
    refused = [
        await used(ready, "config words add", {"word": "badword"}),
        await used(ready, "config limit", {"scope": "member", "songs": "1", "per": "hour"}),
        await pressed(ready, question, "Erase my data", user="ada"),
    ]
    assert ["I can't reach my database" in words(answer) for answer in refused] == [True] * 3
