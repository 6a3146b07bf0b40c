"""`python -m bot backup`: another bot can continue from the copy."""

import asyncio
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sandbox.bot_process import ROOT
from tests.e2e.actions import ordered
from tests.e2e.outside_world import little_room_for_new_processes
from tests.e2e.rig import Rig, words
from tests.e2e.test_command_line import bot
from tests.e2e.test_database_disk import UNMEASURED


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_songs_in_flight_are_finished_and_posted_once_from_a_copy(rig: Rig, tmp_path: Path) -> None:
    await rig.start(MAX_RUNNING_JOBS="2")
    for number in range(3):
        await rig.compose(f"song {number}", user=["ada", "bela", "chidi"][number])
    await rig.until_all(lambda row: row["state"] == ("queued" if row["key"] == 3 else "running"), number=3)
    copy = tmp_path / "copy.db"
    code, out, err = await bot("backup", str(copy), folder=tmp_path, DATABASE_URL=url_of(rig.database))
    assert (code, err) == (0, "")
    assert out == f"Copied to {copy} and checked: {copy.stat().st_size:,} bytes.\n"
    await rig.bot.kill()
    for submit in rig.whisul.submits:
        rig.whisul.finish(submit.job_id)

    async with rig.on(copy) as successor:
        await successor.start()
        await successor.until_whisul(lambda: len(rig.whisul.submits) == 3)
        rig.whisul.finish(rig.whisul.submits[2].job_id)
        await successor.until_all(lambda row: row["delivery"] == "delivered", number=3)
        assert {row["state"] for row in successor.rows()} == {"completed"}
        assert [submit.prompt for submit in rig.whisul.submits] == ["song 0", "song 1", "song 2"]
        posts = rig.posts()
        assert sorted(row["post_message_id"] for row in successor.rows()) == sorted(post.id for post in posts)
        for number in range(3):
            assert len([post for post in posts if f"song {number}" in words(post)]) == 1


async def test_a_copy_overwrites_nothing_and_says_so_with_73(tmp_path: Path) -> None:
    await bot("migrate", folder=tmp_path)
    (tmp_path / "copy.db").write_text("a letter", encoding="utf-8")
    code, out, err = await bot("backup", "copy.db", folder=tmp_path)
    assert (code, out, err) == (
        73,
        "",
        "error: copy.db already exists. Choose another file: a backup overwrites nothing.\n",
    )
    assert (tmp_path / "copy.db").read_text(encoding="utf-8") == "a letter"


NO_SOURCES = {
    "postgresql+asyncpg://bot:hunter2@db/bot": 64,
    "sqlite+aiosqlite:///nowhere/bot.db": 74,
    "mysql://x/y": 78,
}


async def test_a_failed_backup_is_reported_in_one_line(tmp_path: Path) -> None:
    for url, code in NO_SOURCES.items():
        ended, out, err = await bot("backup", "copy.db", folder=tmp_path, DATABASE_URL=url)
        assert (ended, out) == (code, ""), url
        assert err.startswith("error: "), url
        assert len(err.splitlines()) == 1
        assert "hunter2" not in err
        assert files_in(tmp_path) == []


async def test_a_copy_for_which_there_is_no_room_is_not_left_behind(tmp_path: Path) -> None:
    await bot("migrate", folder=tmp_path)
    # 36 KiB are enough for the index that SQLite makes for its reader, and not for the copy.
    with little_room_for_new_processes(36 * 1024):
        code, _, err = await bot("backup", "copy.db", folder=tmp_path, **UNMEASURED)
    assert code == 73
    assert err.startswith("error: The copy could not be made: ")
    assert files_in(tmp_path) == ["data"]


async def test_a_restore_waits_for_the_bot_to_stop_and_keeps_the_database_before(
    rig: Rig, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": url_of(rig.database), "BACKUP_FOLDER": str(tmp_path / "backups")}
    await rig.start()
    order = await ordered(rig, "a song from before")
    code, out, err = await bot("backup", folder=tmp_path, **settings)
    assert (code, err) == (0, "")
    (backup,) = (tmp_path / "backups").iterdir()
    assert out == f"Copied to {backup} and checked: {backup.stat().st_size:,} bytes.\n"
    await ordered(rig, "a song from after")

    code, out, err = await bot("restore", str(backup), folder=tmp_path, **settings)
    assert (code, out) == (75, "")
    assert "is in use by another bot" in err
    await rig.bot.stop()
    code, out, err = await bot("restore", str(backup), folder=tmp_path, **settings)
    assert (code, err) == (0, "")
    assert out.startswith(f"Restored {backup} (version ")
    (replaced,) = [
        path for path in rig.database.parent.glob("*.replaced-*") if not path.suffix.endswith(("wal", "shm"))
    ]
    with closing(sqlite3.connect(replaced)) as before:
        assert before.execute("SELECT count(*) FROM jobs").fetchone() == (2,)

    await rig.start()
    rig.whisul.finish(order.job_id)
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=1)
    assert len(rig.posts()) == 1
    assert backup.exists()


A_VERSION = "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('9999')"
NO_BACKUPS: list[tuple[bytes | str | None, int, str]] = [
    (None, 74, "There is no backup"),
    (b"a letter", 74, "damaged, or no SQLite database at all"),
    ("CREATE TABLE songs (title TEXT)", 74, "is no backup of this bot"),
    (A_VERSION, 65, "9999"),
]


async def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    await bot("migrate", folder=tmp_path)
    database, backup = tmp_path / "data" / "bot.db", tmp_path / "backup.db"
    before = (files_in(database.parent), database.read_bytes())
    for content, code, said in NO_BACKUPS:
        backup.unlink(missing_ok=True)
        if isinstance(content, bytes):
            backup.write_bytes(content)
        elif content:
            with closing(sqlite3.connect(backup)) as made:
                made.executescript(content)
        ended, out, err = await bot("restore", "backup.db", folder=tmp_path)
        assert (ended, out) == (code, ""), said
        assert said in err
        assert len(err.splitlines()) == 1
        assert (files_in(database.parent), database.read_bytes()) == before, said


async def test_a_backup_without_a_place_says_what_to_name(tmp_path: Path) -> None:
    code, out, err = await bot("backup", folder=tmp_path)
    assert (code, out) == (64, "")
    assert err == "error: Name a FILE, or set BACKUP_FOLDER to the folder for dated backups.\n"


async def test_the_restore_drill_works_as_it_is_written(ready: Rig, tmp_path: Path) -> None:
    order = await ordered(ready, "a song to be found again")
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (drill,) = re.findall(r"### Restore drill\n.*?```sh\n(.*?)```", page, re.DOTALL)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-ec", drill),
        cwd=tmp_path,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url_of(ready.database),
            "BACKUP_FOLDER": str(tmp_path / "backups"),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b""), err
    assert re.fullmatch(r"1 jobs, the newest of \d{4}-.+", out.decode().splitlines()[-1])
    # The bot that runs was not disturbed.
    ready.whisul.finish(order.job_id)
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=1)
