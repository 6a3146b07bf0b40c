"""Databases of every earlier version, opened by this program, and the copies made before their migration."""

import json
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import JSON, Boolean, Connection, DateTime, MetaData, Table, func, insert, select
from structlog.testing import capture_logs

from bot.domain.jobs import DeliveryRoute, DeliveryState, JobState, Reason
from bot.domain.policy.limits import Admission, Caps, RequestContext
from bot.domain.policy.model import Policy, Rule
from bot.store import Store, migrate, open_store
from bot.store.database import open_database
from bot.store.errors import BackupRefused, DatabaseNewer, DatabaseUnusable
from bot.store.schema import HEAD, VERSIONS, upgrade
from tests.factories import capacity_of
from tests.store.fixtures.make import ADA, BELA, CHANNEL, CHIDI, FOLDER, GUILD, NOW, SONG, dump, new

FIXTURES = sorted(file.stem for file in FOLDER.glob("*.sql"))
EARLIER = [version for version in FIXTURES if version < HEAD]


class Expected(NamedTuple):
    prompt: str
    state: JobState
    delivery: DeliveryState = DeliveryState.NONE
    reason: Reason | None = None


JOBS = [
    Expected('queued: it\'s "here"\nand there 🎹', JobState.QUEUED),
    Expected("submitting", JobState.SUBMITTING),
    Expected("running", JobState.RUNNING),
    Expected("detached", JobState.DETACHED),
    Expected("cancelled", JobState.CANCELLED),
    Expected("due", JobState.COMPLETED, DeliveryState.DUE),
    Expected("posting", JobState.COMPLETED, DeliveryState.POSTING),
    Expected("delivered", JobState.COMPLETED, DeliveryState.DELIVERED),
    Expected("kept", JobState.COMPLETED, DeliveryState.UNDELIVERABLE),
    Expected("failed", JobState.FAILED, DeliveryState.DELIVERED, Reason.GENERATION_FAILED),
    Expected("expired", JobState.EXPIRED, DeliveryState.DELIVERED, Reason.VANISHED),
    Expected("timed_out", JobState.TIMED_OUT, DeliveryState.DELIVERED, Reason.DEADLINE),
    Expected("unknown", JobState.UNKNOWN, DeliveryState.DUE, Reason.NO_ANSWER),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def restored(file: Path, version: str) -> str:
    """Make the database of that version; returns its URL."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((FOLDER / f"{version}.sql").read_text(encoding="utf-8"))
    return f"sqlite+aiosqlite:///{file}"


async def restored_on_server(url: str, version: str, file: Path) -> None:
    """Give an empty PostgreSQL database the tables of that version, and the rows that the SQLite database has."""
    restored(file, version)
    async with open_database(url) as database:
        await database.write(lambda connection: upgrade(connection, version))
        await database.write(lambda connection: fill_from(connection, file))


def fill_from(connection: Connection, file: Path) -> None:
    tables = MetaData()
    tables.reflect(connection)
    with closing(sqlite3.connect(file)) as source:
        source.row_factory = sqlite3.Row
        for table in tables.sorted_tables:
            rows = [dict(row) for row in source.execute(f"SELECT * FROM {table.name}")]  # noqa: S608 - a table's own name
            if rows and table.name != "alembic_version":
                connection.execute(insert(table), [typed(table, row) for row in rows])
            if "key" in table.c and rows:
                last = max(row["key"] for row in rows)
                connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "key"), last)))


def typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row in PostgreSQL's types: SQLite has no types for times, booleans and JSON."""
    reads: dict[type, Callable[[Any], Any]] = {
        DateTime: lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
        Boolean: bool,
        JSON: json.loads,
    }
    return {
        name: next(
            (read(value) for kind, read in reads.items() if isinstance(table.c[name].type, kind)), value
        )
        if value is not None
        else None
        for name, value in row.items()
    }


async def given(database_url: str, version: str, file: Path) -> str:
    """A database of that version where the URL says, or on SQLite in the file; returns its URL."""
    if database_url.startswith("sqlite"):
        return restored(file, version)
    await restored_on_server(database_url, version, file)
    return database_url


def held_by(sql: str) -> dict[str, list[Any]]:
    """The schema and every row of a database, for comparison: dumps differ between Python versions."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(sql)
        schema = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        tables = [name for name, sql in schema if sql and sql.startswith("CREATE TABLE")]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 - as above
    return {"schema": schema, **rows}


def version_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return version


def size_and_mode_of(file: Path) -> tuple[int, int]:
    return file.stat().st_size, stat.S_IMODE(file.stat().st_mode)


def copies_of(file: Path) -> list[Path]:
    return sorted(each for each in file.parent.iterdir() if each.name.startswith(f"{file.name}.at-"))


def test_there_is_a_dump_of_every_version() -> None:
    assert set(FIXTURES) == VERSIONS


def test_the_newest_dump_is_what_this_program_writes() -> None:
    assert held_by((FOLDER / f"{HEAD}.sql").read_text(encoding="utf-8")) == held_by(dump())


@pytest.mark.parametrize("version", FIXTURES)
async def test_jobs_of_every_version_are_read_and_continued(
    database_url: str, old: Path, version: str
) -> None:
    url = await given(database_url, version, old)
    async with open_store(url, owner="ours") as store:
        await check_jobs(store)
        await check_work_goes_on(store, version)
    assert await migrate(url) == f"already at {HEAD}"


async def check_jobs(store: Store) -> None:
    jobs = [await store.get(key) for key in range(1, len(JOBS) + 1)]
    found = [Expected(job.prompt, job.state, job.delivery, job.reason) for job in jobs if job]
    assert found == JOBS
    _, _, running, detached, _, due, posting, delivered, *_ = (job for job in jobs if job)
    assert {(job.guild_id, job.channel_id, job.requester_id) for job in jobs if job} == {
        (GUILD, CHANNEL, ADA)
    }
    assert running.job_id == "00000000-0000-4000-8000-000000000003"
    assert running.accepted_at == NOW + timedelta(seconds=1)
    assert detached.card_message_id == 501
    assert due.song == delivered.song == SONG
    assert (posting.route, posting.post_channel_id, posting.posting_at) == (
        DeliveryRoute.CHANNEL,
        CHANNEL,
        NOW,
    )
    assert delivered.post_message_id == 600 + delivered.key
    assert delivered.generation_s == 60
    assert await store.key_values.get("submit_path") == "/generate"


async def check_work_goes_on(store: Store, version: str) -> None:
    later = NOW + timedelta(days=1)
    (orphan,) = await store.settle_orphaned_submits(owner="ours", now=later)
    assert (orphan.prompt, orphan.state) == ("submitting", JobState.UNKNOWN)
    followed = await store.running()
    assert [job.prompt for job in followed] == ["running", "detached"]
    claimed = await store.outbox.claim(owner="ours", now=later, capacity=capacity_of(10))
    assert {job.prompt for job in claimed} == {"submitting", "due", "posting", "unknown"}
    assert next(waiting.key for waiting in await store.queue()) == 1
    assert [job.prompt for job in await store.find("00000000")][-1] == "running"
    holdings = await store.erasure.holdings(ADA)
    assert holdings.jobs == len(JOBS) + (version >= "0003")
    anew = await store.record(new("a song of today"), now=later)
    assert anew.key == holdings.jobs + (version >= "0006") + 2 * (version >= "0009") + 1


async def test_data_of_version_0003_are_read(old: Path) -> None:
    async with open_store(restored(old, "0003")) as store:
        assert await store.likes.count(8) == 1
        assert [(like.job_key, like.liked_at) for like in await store.erasure.likes_of(BELA, limit=9)] == [
            (8, NOW)
        ]
        private = await store.get(len(JOBS) + 1)
        assert private is not None
        assert (private.is_private, private.parent_key) == (True, 8)
        assert len(await store.pending_acks.take_abandoned(now=NOW)) == 1


async def test_an_erased_job_of_version_0006_still_counts_and_has_its_wipe(old: Path) -> None:
    async with open_store(restored(old, "0006")) as store:
        (card,) = await store.card_wipes.due()
        assert (card.job.card_message_id, card.job.is_erased, card.by_requester) == (502, True, True)
        asker = RequestContext(guild_id=GUILD, channel_id=CHANNEL, member_id=CHIDI)
        caps = Caps(server_songs_per_day=200, person_songs_per_day=200, songs_per_day=1000, queued=500)
        await store.policies.change(GUILD, lambda _: Policy(cooldown_s=60), by=ADA, what="", now=NOW)
        usages = await store.limit_usage(Admission(context=asker, caps=caps), now=NOW)
        assert (usages[0].limit.rule, usages[0].used) == (Rule.COOLDOWN, 1)


async def test_jobs_of_direct_messages_of_version_0009_are_read(old: Path) -> None:
    async with open_store(restored(old, "0009")) as store:
        (directly,) = await store.erasure.jobs_of(BELA, limit=9)
        assert (directly.is_direct, directly.channel_id, directly.prompt) == (True, CHANNEL, "directly")
        card, _ = await store.card_wipes.due()
        assert (card.job.card_message_id, card.job.is_direct, card.job.channel_id) == (503, True, CHANNEL)


@pytest.mark.parametrize("version", [EARLIER[0], EARLIER[-1]])
async def test_a_private_copy_that_opens_is_kept_before_a_migration(old: Path, version: str) -> None:
    url = restored(old, version)
    assert await migrate(url) == f"migrated from {version} to {HEAD}"
    (copy,) = copies_of(old)
    assert copy.name.startswith(f"bot.db.at-{version}-")
    assert size_and_mode_of(copy)[1] == 0o600
    assert version_of(copy) == version
    assert version_of(old) == HEAD
    assert await migrate(f"sqlite+aiosqlite:///{copy}") == f"migrated from {version} to {HEAD}"


async def test_nothing_is_copied_where_nothing_is_migrated(old: Path) -> None:
    await migrate(f"sqlite+aiosqlite:///{old}")
    await migrate(f"sqlite+aiosqlite:///{old}")
    assert copies_of(old) == []


async def test_the_copy_is_logged(old: Path) -> None:
    with capture_logs() as logs:
        async with open_store(restored(old, "0003")):
            pass
    (copied,) = [line for line in logs if line["event"] == "database_copied"]
    assert copied["file"] == str(copies_of(old)[0])
    assert copied["size_bytes"] == size_and_mode_of(copies_of(old)[0])[0]


async def test_old_copies_go_and_other_files_stay(old: Path) -> None:
    url = restored(old, "0002")
    earlier = [old.with_name(f"bot.db.at-000{n}-2026010{n}T000000") for n in (1, 2, 3)]
    for file in [*earlier, old.with_name("bot.db.backup")]:
        file.touch()
    await migrate(url, copies=2)
    (newest,) = [
        copy for copy in copies_of(old) if "at-0002-2026010" not in copy.name and copy not in earlier
    ]
    assert copies_of(old) == sorted([newest, earlier[2]])
    assert old.with_name("bot.db.backup").exists()


async def test_no_copy_is_made_when_copies_are_disabled(old: Path) -> None:
    await migrate(restored(old, "0002"), copies=0)
    assert copies_of(old) == []


async def test_where_no_copy_can_be_kept_nothing_is_migrated(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = restored(old, "0002")

    def full(*_: object, **__: object) -> int:
        raise BackupRefused("The copy could not be made: the disk is full.")

    monkeypatch.setattr("bot.store.migration_copies.copy_database", full)
    with pytest.raises(BackupRefused, match=r"not migrated.*the disk is full.*MIGRATION_COPIES=0"):
        await migrate(url)
    assert version_of(old) == "0002"
    assert copies_of(old) == []


async def test_a_damaged_database_is_not_migrated(old: Path) -> None:
    url = restored(old, "0002")
    with old.open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xff" * 4096)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        await migrate(url)
    assert version_of(old) == "0002"
    assert copies_of(old) == []


async def test_a_newer_database_is_neither_copied_nor_changed(old: Path) -> None:
    url = restored(old, HEAD)
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNewer, match=rf"9999.*{HEAD}.*Update the bot"):
        await migrate(url)
    assert copies_of(old) == []
    assert version_of(old) == "9999"


async def test_repeatedly_failing_migrations_delete_no_older_copies(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = restored(old, "0003")
    earlier = [old.with_name(f"bot.db.at-000{n}-2026010{n}T000000") for n in (1, 2)]
    for file in earlier:
        file.touch()

    def failing(*_: object) -> None:
        raise DatabaseUnusable("the migration fails")

    with monkeypatch.context() as patched:
        patched.setattr("bot.store.schema.upgrade", failing)
        for _ in range(4):
            with pytest.raises(DatabaseUnusable):
                await migrate(url, copies=2)
    kept = copies_of(old)
    assert set(earlier) < set(kept)
    assert len(kept) == 3  # the same database is not kept twice
    await migrate(url, copies=2)
    assert len(copies_of(old)) == 2
    assert version_of(old) == HEAD


@pytest.mark.parametrize("name", ["bot[1].db", "bot*.db"])
async def test_copies_are_counted_for_any_file_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    url = restored(file, "0003")
    for day in (1, 2, 3):
        file.with_name(f"{name}.at-0001-2026010{day}T000000").touch()
    other = tmp_path / "bott.db.at-0001-20260101T000000"
    other.touch()
    await migrate(url, copies=2)
    assert len(copies_of(file)) == 2
    assert other.exists()
