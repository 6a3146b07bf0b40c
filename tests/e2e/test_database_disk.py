"""A disk that is full, read-only or damaged, at the start or at run time."""

import os
from collections.abc import Callable
from pathlib import Path

from sandbox.discord import SeenInteraction
from tests.e2e.actions import assert_no_traceback, ordered, private_answer
from tests.e2e.forked_bot import ForkedBot
from tests.e2e.outside_world import (
    MODES_BIND,
    ended,
    little_room_for_new_processes,
    no_room,
)
from tests.e2e.rig import Rig, words
from tests.e2e.whisul_actions import polls, post_of, row_of, submits

DATABASE_EXIT = 74
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}
"""What measures the tests writes a file too, and would complain in the bot's name that there is no room."""

ROOM_FOR_A_LOG_BYTES = 4096
"""Enough for some lines; the first page that SQLite writes to its journal goes beyond it."""


async def refused_for_lack_of_records(rig: Rig, prompt: str) -> SeenInteraction:
    """Request a song; assert a private answer that it cannot be stored and cost nothing."""
    asked = await rig.compose(prompt, user="bela")
    answer = await private_answer(rig, asked)
    assert "I can't reach my database" in words(answer)
    assert "Nothing was changed or spent" in words(answer)
    assert asked.response is not None
    assert asked.response.deleted  # no "is thinking" is left
    return asked


async def test_a_disk_that_fills_up_costs_no_accepted_job_and_takes_no_new_one(ready: Rig) -> None:
    running = await ordered(ready, "a running song")
    with no_room(ready.bot):
        await refused_for_lack_of_records(ready, "a song too many")
        ready.whisul.finish(running.job_id)
        seen = len(polls(ready))
        await ready.until_whisul(lambda: len(polls(ready)) > seen)
        assert ready.rows()[0]["state"] == "running"
        assert ready.posts() == []
    await post_of(ready, running.job_id)
    assert (await row_of(ready, running.job_id, "completed"))["rung"] == "channel"
    assert [request.json["prompt"] for request in submits(ready)] == ["a running song"]
    after = await ordered(ready, "a song afterwards")
    ready.whisul.finish(after.job_id)
    await post_of(ready, after.job_id)
    assert len(ready.rows()) == len(ready.posts()) == 2


async def test_a_job_id_that_finds_no_room_on_disk_is_stored_once_there_is_some(ready: Rig) -> None:
    full = no_room(ready.bot)

    async def fill_the_disk(kind: str, phase: str) -> None:
        if (kind, phase) == ("submit", "handled"):
            full.__enter__()

    ready.whisul.on_request = fill_the_disk
    await ready.compose("a song that is paid for")
    await ready.until_whisul(lambda: ready.whisul.submits)
    ready.whisul.on_request = None
    await refused_for_lack_of_records(ready, "a song too many")
    assert ready.row()["state"] == "submitting"
    full.__exit__(None, None, None)
    job_id = ready.whisul.submits[0].job_id
    await ready.until_stored(lambda row: row["job_id"] == job_id and row["state"] == "running")
    ready.whisul.finish(job_id)
    await post_of(ready, job_id)
    await row_of(ready, job_id, "completed")
    assert len(submits(ready)) == len(ready.posts()) == 1


async def test_a_full_disk_at_the_first_start_ends_it_with_74_and_one_line(rig: Rig) -> None:
    assert isinstance(rig.bot, ForkedBot)
    rig.bot.migrated = None
    with little_room_for_new_processes(ROOM_FOR_A_LOG_BYTES):
        await rig.bot.start(**UNMEASURED)
    code, line = await ended(rig)
    assert code == DATABASE_EXIT
    assert line == f"error: The database {rig.database} cannot be used: reading or writing the disk failed."
    assert_no_traceback(rig)
    await rig.start()


async def test_a_full_disk_at_a_later_start_ends_it_with_74_and_leaves_the_jobs(ready: Rig) -> None:
    song = await ordered(ready)
    await ready.bot.kill()
    (ready.database.parent.parent / "bot.log").unlink()
    with little_room_for_new_processes(ROOM_FOR_A_LOG_BYTES):
        await ready.bot.start(**UNMEASURED)
    code, line = await ended(ready)
    assert (code, line.split(": ", 1)[0]) == (DATABASE_EXIT, "error")
    assert "the disk failed" in line
    assert_no_traceback(ready)
    await ready.start()
    ready.whisul.finish(song.job_id)
    await post_of(ready, song.job_id)
    assert len(submits(ready)) == 1


def _file(database: Path) -> None:
    database.chmod(0o444)


def _folder_beside_its_lock(database: Path) -> None:
    database.parent.chmod(0o555)


def _folder(database: Path) -> None:
    database.with_name("bot.db.lock").unlink()
    database.parent.chmod(0o555)


READ_ONLY = {"file": _file, "folder with a lock in it": _folder_beside_its_lock, "folder": _folder}


async def test_a_read_only_database_ends_the_start_with_74_and_stays_as_it_is(ready: Rig) -> None:
    song = await ordered(ready)
    await ready.bot.stop()
    before = ready.database.read_bytes()
    for case, take_away in READ_ONLY.items():
        take_away(ready.database)
        names = sorted(ready.database.parent.iterdir())
        await ready.bot.start(**MODES_BIND)
        code, line = await ended(ready)
        assert code == DATABASE_EXIT, case
        assert line.startswith(f"error: The database {ready.database} cannot be "), case
        assert ready.database.read_bytes() == before, case
        assert sorted(ready.database.parent.iterdir()) == names, case
        ready.database.parent.chmod(0o700)
        ready.database.chmod(0o600)
    assert_no_traceback(ready)
    await ready.start(OUTSIDE_MODES_BIND="")
    ready.whisul.finish(song.job_id)
    await post_of(ready, song.job_id)


def _first_page_lost(content: bytearray) -> None:
    content[:4096] = os.urandom(4096)


def _second_half_lost(content: bytearray) -> None:
    del content[len(content) // 2 :]


def _all_but_the_first_page_scrambled(content: bytearray) -> None:
    content[4096:] = os.urandom(len(content) - 4096)


DAMAGES: dict[str, Callable[[bytearray], None]] = {
    "first page": _first_page_lost,
    "cut in half": _second_half_lost,
    "all other pages": _all_but_the_first_page_scrambled,
}


async def test_a_damaged_database_ends_the_start_with_74_and_is_never_replaced(ready: Rig) -> None:
    await ordered(ready)
    await ready.bot.stop()
    whole = ready.database.read_bytes()
    for case, damage in DAMAGES.items():
        content = bytearray(whole)
        damage(content)
        ready.database.write_bytes(content)
        await ready.bot.start()
        code, line = await ended(ready)
        assert code == DATABASE_EXIT, case
        assert line.startswith(f"error: The database {ready.database} cannot be used: it is damaged"), case
        assert "restore a backup" in line, case
        assert ready.database.read_bytes() == bytes(content), case
    assert_no_traceback(ready)
