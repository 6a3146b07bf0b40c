"""Another program holds SQLite's lock: work waits, and a start gives up with a message."""

import sqlite3
from contextlib import closing

from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.outside_world import ended
from tests.e2e.rig import Rig
from tests.e2e.whisul_actions import polls, post_of, row_of, submits

BUSY_EXIT = 75


async def test_a_song_finished_while_the_database_is_locked_is_posted_later(rig: Rig) -> None:
    await rig.start()
    song = await ordered(rig)
    with closing(sqlite3.connect(rig.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        rig.whisul.finish(song.job_id)
        seen = len(polls(rig))
        await rig.until_whisul(lambda: len(polls(rig)) > seen)
        assert rig.row()["state"] == "running"
        other.rollback()
    await post_of(rig, song.job_id)
    await row_of(rig, song.job_id, "completed")
    assert len(submits(rig)) == len(rig.posts()) == 1
    assert_no_traceback(rig)


async def test_a_database_that_stays_locked_ends_the_start_with_75_and_one_line(rig: Rig) -> None:
    await rig.start()
    await rig.bot.stop()
    with closing(sqlite3.connect(rig.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        await rig.bot.start()
        code, line = await ended(rig)
        other.rollback()
    assert code == BUSY_EXIT
    assert line == f"error: The database {rig.database} is locked by another program."
    assert_no_traceback(rig)
