"""A SQLite file: its lock, the modes of its files, and what happens when it is not a usable database."""
# ruff: noqa: ASYNC240 - files are the subject here, and nothing else runs meanwhile

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.domain.jobs import JobState
from bot.store import migrate, open_store
from bot.store.database import open_database
from bot.store.errors import DatabaseBusy, DatabaseUnusable
from bot.store.file_lock import lock_path
from tests.factories import MIDNIGHT_GRID, NOW, a_job, a_request, expected
from tests.store.other_process import next_line, other_process

NOBODY = 65534


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


@pytest.fixture
def database_file(migrated_file: Path, file: Path) -> Path:
    """A database with all tables and no rows: migrating a new one takes most of a test's time."""
    file.parent.mkdir()
    return Path(shutil.copy(migrated_file, file))


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that other users can look into, for tests that drop their privileges."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def without_privileges() -> Generator[None]:
    """Root may write everywhere, whatever the modes say."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_jobs_are_still_there_after_a_restart(database_file: Path) -> None:
    async with open_store(SecretStr(url_of(database_file))) as store:
        job = await a_job(store, JobState.RUNNING)
        job = expected(await store.settle(job.key, state=JobState.COMPLETED, song=MIDNIGHT_GRID, now=NOW))

    async with open_store(SecretStr(url_of(database_file))) as store:
        assert await store.get(job.key) == job


async def test_each_run_has_its_own_owner_name_unless_given(database_file: Path) -> None:
    async with open_store(url_of(database_file)) as store:
        first = store.owner
    async with open_store(url_of(database_file)) as store:
        assert store.owner != first
    async with open_store(url_of(database_file), owner="shard-3") as store:
        assert store.owner == "shard-3"


async def test_only_a_sqlite_store_is_exclusive(database_file: Path, migrated_postgresql_url: str) -> None:
    async with (
        open_store(url_of(database_file)) as on_a_file,
        open_store(migrated_postgresql_url) as on_a_server,
    ):
        assert (on_a_file.is_exclusive, on_a_server.is_exclusive) == (True, False)


async def test_a_key_is_not_reused_after_its_row_was_deleted(database_file: Path) -> None:
    async with open_store(url_of(database_file)) as store:
        job = await a_job(store)
    async with open_database(url_of(database_file)) as database:
        await database.execute(text("DELETE FROM jobs"))

    async with open_store(url_of(database_file)) as store:
        assert (await a_job(store)).key > job.key


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o377])
async def test_nobody_else_can_read_the_files_whatever_the_umask(file: Path, mask: int) -> None:
    before = os.umask(0o022)
    file.parent.mkdir()
    os.umask(mask)
    try:
        async with open_store(url_of(file)) as store:
            await store.record(a_request(), now=NOW)
            found = modes(file.parent)
    finally:
        os.umask(before)

    assert found == dict.fromkeys(("bot.db", "bot.db-wal", "bot.db-shm", "bot.db.lock"), 0o600)


async def test_the_folder_is_made_and_is_private(file: Path) -> None:
    async with open_store(url_of(file)):
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_files_that_others_could_read_are_made_private(database_file: Path) -> None:
    leftover = database_file.with_name("bot.db-wal")
    leftover.touch()
    lock_path(database_file).touch()
    for path in (database_file, leftover, lock_path(database_file)):
        path.chmod(0o666)

    async with open_store(url_of(database_file)):
        assert set(modes(database_file.parent).values()) == {0o600}


async def test_sqlite_connections_are_durable(database_file: Path) -> None:
    settings = {}
    async with open_database(url_of(database_file)) as database:
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            settings[name] = await database.scalar(text(f"PRAGMA {name}"))

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


async def test_a_second_process_is_refused_until_the_first_has_ended(database_file: Path) -> None:
    with other_process("hold", database_file) as holder:
        assert next_line(holder) == "held"
        with pytest.raises(DatabaseBusy) as refusal:
            await open_store(url_of(database_file)).__aenter__()
        with pytest.raises(DatabaseBusy):
            await migrate(url_of(database_file))
        holder.kill()
        holder.wait()

        assert lock_path(database_file).read_text() == f"{holder.pid}\n"
        async with open_store(url_of(database_file)) as store:
            await store.record(a_request(), now=NOW)

    assert str(database_file) in str(refusal.value)
    assert f"process {holder.pid}" in str(refusal.value)
    assert "\n" not in str(refusal.value)


async def test_a_second_store_in_the_same_process_is_refused_too(database_file: Path) -> None:
    async with open_store(url_of(database_file)) as store:
        with pytest.raises(DatabaseBusy, match=str(os.getpid())):
            await open_store(url_of(database_file)).__aenter__()
        await store.record(a_request(), now=NOW)

    async with open_store(url_of(database_file)):
        pass


async def test_a_symlink_to_the_file_does_not_bypass_the_lock(database_file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(database_file)

    async with open_store(url_of(database_file)):
        with pytest.raises(DatabaseBusy):
            await open_store(url_of(tmp_path / "link.db")).__aenter__()


async def test_the_content_of_a_lock_file_locks_nothing(database_file: Path) -> None:
    lock_path(database_file).write_bytes(b"\xff" * 100)

    async with open_store(url_of(database_file)):
        assert lock_path(database_file).read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize(
    "content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 8000, b"\0" * 4096]
)
async def test_a_file_that_is_no_database_is_refused_and_not_changed(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(DatabaseUnusable, match="damaged") as refusal:
        await open_store(url_of(file)).__aenter__()

    assert str(file) in str(refusal.value)
    assert refusal.value.__cause__ is not None
    assert file.read_bytes() == content


async def test_damage_inside_a_database_is_reported_when_it_is_read(database_file: Path) -> None:
    async with open_store(url_of(database_file)) as store:
        await asyncio.gather(*(store.record(a_request("x" * 500), now=NOW) for _ in range(200)))
    content = bytearray(database_file.read_bytes())
    content[4096 * 3 :] = os.urandom(len(content) - 4096 * 3)
    database_file.write_bytes(content)

    with pytest.raises(DatabaseUnusable, match="damaged"):
        await read_all(database_file)


async def read_all(file: Path) -> None:
    async with open_store(url_of(file)) as store:
        await asyncio.gather(*(store.get(key) for key in range(1, 201)))


async def test_a_folder_in_place_of_the_file_is_refused(file: Path) -> None:
    file.mkdir(parents=True)

    with pytest.raises(DatabaseUnusable, match="directory"):
        await open_store(url_of(file)).__aenter__()


async def test_a_file_in_place_of_the_folder_is_refused(file: Path) -> None:
    file.parent.touch()

    with pytest.raises(DatabaseUnusable, match=str(file)):
        await open_store(url_of(file)).__aenter__()


async def test_a_file_that_may_not_be_written_is_refused(migrated_file: Path, open_folder: Path) -> None:
    file = Path(shutil.copy(migrated_file, open_folder / "bot.db"))
    lock_path(file).touch()
    file.chmod(0o444)
    lock_path(file).chmod(0o666)

    with without_privileges(), pytest.raises(DatabaseUnusable, match="Permission denied"):
        await open_store(url_of(file)).__aenter__()


async def test_a_folder_that_may_not_be_written_is_refused_and_stays_empty(open_folder: Path) -> None:
    open_folder.chmod(0o555)

    with without_privileges(), pytest.raises(DatabaseUnusable, match=r"Permission denied \(.*\.lock\)"):
        await open_store(url_of(open_folder / "bot.db")).__aenter__()

    assert list(open_folder.iterdir()) == []


async def test_files_of_another_user_are_used_but_not_taken_over(
    migrated_file: Path, open_folder: Path
) -> None:
    file = Path(shutil.copy(migrated_file, open_folder / "bot.db"))
    lock_path(file).touch()
    open_folder.chmod(0o777)
    for path in (file, lock_path(file)):
        path.chmod(0o666)

    with without_privileges():
        async with open_store(url_of(file)) as store:
            await store.record(a_request(), now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:bot.db?uri=true",
        "sqlite+aiosqlite:////tmp/bot.db?mode=ro",
        "sqlite:////tmp/bot.db",
        "postgresql://u:hunter2@host/db",
        "hunter2",
    ],
)
async def test_an_invalid_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="URL") as refusal:
        await open_store(url).__aenter__()

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
