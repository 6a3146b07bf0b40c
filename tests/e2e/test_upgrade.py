"""A new version on the database of an older one, and the reverse."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store.schema import HEAD
from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.database import change
from tests.e2e.outside_world import ended, little_room_for_new_processes
from tests.e2e.rig import Rig
from tests.e2e.test_database_disk import UNMEASURED
from tests.e2e.whisul_actions import log_lines
from tests.store.fixtures.make import FOLDER


def restored(rig: Rig, version: str) -> None:
    """The database that a bot of that version has left."""
    rig.database.parent.mkdir()
    with closing(sqlite3.connect(rig.database)) as connection:
        connection.executescript((FOLDER / f"{version}.sql").read_text())


def version_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def copies(rig: Rig) -> list[Path]:
    return list(rig.database.parent.glob("bot.db.at-*"))


async def test_an_older_database_is_copied_and_migrated_and_goes_on(rig: Rig) -> None:
    restored(rig, "0001")
    await rig.start()
    (copied,) = log_lines(rig, "database_copied")
    assert [str(copy) for copy in copies(rig)] == [copied["file"]]
    assert version_of(copies(rig)[0]) == "0001"
    assert version_of(rig.database) == HEAD
    number = len(rig.rows())
    order = await ordered(rig, "a song of today")
    rig.whisul.finish(order.job_id)
    await rig.post()
    assert len(rig.rows()) == number + 1
    assert_no_traceback(rig)


async def test_a_newer_database_ends_the_start_with_65_and_one_line(rig: Rig) -> None:
    restored(rig, HEAD)
    change(rig, "UPDATE alembic_version SET version_num = '9999'")
    await rig.bot.start()
    code, line = await ended(rig)
    assert code == 65
    assert line == (
        f"error: The database {rig.database} is at version 9999, which this program (at {HEAD}) does not know: "
        "it was written by a newer one. Update the bot, or restore a backup."
    )
    assert copies(rig) == []
    assert version_of(rig.database) == "9999"
    assert_no_traceback(rig)


async def test_without_room_for_a_copy_nothing_is_migrated_and_the_code_is_73(rig: Rig) -> None:
    restored(rig, "0002")
    with little_room_for_new_processes(rig.database.stat().st_size // 2):
        await rig.bot.start(**UNMEASURED)
    code, line = await ended(rig)
    assert code == 73
    assert line.startswith(
        f"error: The database {rig.database} was not migrated, because no copy of it could be kept:"
    )
    assert "MIGRATION_COPIES=0" in line
    assert copies(rig) == []
    assert version_of(rig.database) == "0002"
    assert_no_traceback(rig)
    await rig.start(MIGRATION_COPIES="0")
    assert copies(rig) == []
    assert version_of(rig.database) == HEAD
