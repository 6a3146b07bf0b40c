"""Another program holds SQLite's lock: work waits, and a start gives up with a message."""

from tests.e2e.actions import assert_no_traceback, ordered
from tests.e2e.database import locked
from tests.e2e.outside_world import ended
from tests.e2e.rig import Rig
from tests.e2e.whisul_actions import polls, post_of, row_of, submits

BUSY_EXIT = 75


async def test_a_song_finished_while_the_database_is_locked_is_posted_later(ready: Rig) -> None:
    song = await ordered(ready)
    with locked(ready):
        ready.whisul.finish(song.job_id)
        seen = len(polls(ready))
        await ready.until_whisul(lambda: len(polls(ready)) > seen)
        assert ready.row()["state"] == "running"
    await post_of(ready, song.job_id)
    await row_of(ready, song.job_id, "completed")
    assert len(submits(ready)) == len(ready.posts()) == 1
    assert_no_traceback(ready)


async def test_a_database_that_stays_locked_ends_the_start_with_75_and_one_line(ready: Rig) -> None:
    await ready.bot.stop()
    with locked(ready):
        await ready.bot.start()
        code, line = await ended(ready)
    assert code == BUSY_EXIT
    assert line == f"error: The database {ready.database} is locked by another program."
    assert_no_traceback(ready)
