"""Backups of a SQLite database are complete, sound and private, and do not disturb the bot."""

import asyncio
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.jobs import JobState
from bot.store import back_up, open_store
from bot.store.errors import BackupRefused, BackupUnsupported, DatabaseUnusable
from tests.factories import NOW, a_job, a_request
from tests.store.other_process import next_line, other_process


def url_of(path: Path) -> SecretStr:
    return SecretStr(f"sqlite+aiosqlite:///{path}")


@pytest.fixture
async def file(migrated_file: Path, tmp_path: Path) -> Path:
    """A database with one job that no process has open."""
    path = tmp_path / "data" / "bot.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    async with open_store(url_of(path)) as store:
        await store.record(a_request(), now=NOW)
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_copy_has_all_that_another_process_had_committed(migrated_file: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(migrated_file, tmp_path / "bot.db"))
    copies: dict[Path, set[int]] = {}
    with other_process("record", file) as recorder:
        keys: set[int] = set()
        for number in range(3):
            keys |= {int(next_line(recorder)) for _ in range(10)}
            copies[tmp_path / f"copy{number}.db"] = set(keys)
            back_up(url_of(file), tmp_path / f"copy{number}.db")
    for copy, committed in copies.items():
        async with open_store(url_of(copy)) as store:
            found = await asyncio.gather(*map(store.get, committed))
            assert {job.state for job in found if job} == {JobState.COMPLETED}
            assert None not in found
            await store.record(a_request(), now=NOW)


async def test_a_backup_does_not_disturb_a_running_bot(file: Path, tmp_path: Path) -> None:
    async with open_store(url_of(file)) as store:
        before = await a_job(store, JobState.RUNNING)
        back_up(url_of(file), tmp_path / "copy.db")
        after = await a_job(store, JobState.RUNNING)
        assert await store.get(after.key) == after
    async with open_store(url_of(tmp_path / "copy.db")) as store:
        assert await store.get(before.key) == before
        assert await store.get(after.key) is None


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_a_copy_is_one_file_that_nobody_else_can_read(file: Path, tmp_path: Path, mask: int) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    umask = os.umask(mask)
    try:
        size_bytes = back_up(url_of(file), folder / "copy?mode=ro#%20.db")
    finally:
        os.umask(umask)
    (copy,) = folder.iterdir()
    assert copy.name == "copy?mode=ro#%20.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.stat().st_size == size_bytes > 0


@pytest.mark.parametrize("there", ["file", "folder", "link", "the database"])
def test_a_copy_overwrites_nothing(file: Path, tmp_path: Path, there: str) -> None:
    target = tmp_path / "copy.db"
    match there:
        case "file":
            target.write_text("a letter", encoding="utf-8")
        case "folder":
            target.mkdir()
        case "link":
            target.symlink_to(tmp_path / "elsewhere.db")
        case _:
            target = file
    before = files_in(tmp_path)
    with pytest.raises(BackupRefused, match="already exists"):
        back_up(url_of(file), target)
    assert files_in(tmp_path) == before
    assert there != "file" or target.read_text(encoding="utf-8") == "a letter"
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (1,)


def test_a_missing_target_folder_is_reported(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="No such file or directory"):
        back_up(url_of(file), tmp_path / "nowhere" / "copy.db")


def test_a_missing_database_is_neither_copied_nor_created(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="There is no database"):
        back_up(url_of(tmp_path / "bot.db"), tmp_path / "copy.db")
    assert files_in(tmp_path) == []


def test_a_file_that_is_no_database_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseUnusable, match="no SQLite database at all"):
        back_up(url_of(tmp_path / "bot.db"), tmp_path / "copy.db")
    assert files_in(tmp_path) == ["bot.db"]


def test_a_damaged_database_leaves_no_copy(file: Path, tmp_path: Path) -> None:
    with file.open("r+b") as damaged:
        damaged.seek(2 * 4096)
        damaged.write(b"\xff" * 4096)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        back_up(url_of(file), tmp_path / "copy.db")
    assert files_in(tmp_path) == ["data"]


def test_a_postgresql_database_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(BackupUnsupported, match="pg_dump") as refusal:
        back_up(SecretStr("postgresql+asyncpg://bot:hunter2@db/bot"), tmp_path / "copy.db")
    assert "hunter2" not in str(refusal.value)
    assert files_in(tmp_path) == []
