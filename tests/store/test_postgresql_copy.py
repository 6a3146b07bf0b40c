"""A SQLite database copied into PostgreSQL is complete and equal, or nothing is copied."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, inspect, select, text

from bot.store import migrate, open_store
from bot.store.database import open_database
from bot.store.errors import (
    BackupRefused,
    BackupUnsupported,
    DatabaseBusy,
    DatabaseNewer,
    DatabaseUnusable,
    StoreError,
)
from bot.store.postgresql_copy import ROWS_AT_ONCE, TableSum, copy_to_postgresql
from bot.store.schema import HEAD, upgrade
from bot.store.tables import metadata
from tests.factories import NOW, a_request
from tests.store.fixtures.make import FOLDER, fill

MANY = 2 * ROWS_AT_ONCE + 7
SPECIAL = (
    """INSERT INTO guilds (guild_id, seen_at, erased_at)
        VALUES (9223372036854775807, '2026-03-01 12:00:00.000001', '1970-01-01 00:00:00.999999')""",
    r"""INSERT INTO searches (user_id, query, made_at) VALUES
        (1, '{"words": "\u0000 \ud800 🎹", "none": null, "big": 12345678901234567890}', '2026-03-01 12:00:00.000000')""",
    """INSERT INTO lost_posts (job_key, posted_job_id, since, erased_at)
        VALUES (6, 'job', '2026-03-01 12:00:00.000000', '2026-03-01 12:00:00.000000')""",
    """INSERT INTO policy_proposals (guild_id, made_at, what, document)
        VALUES (1, '2026-03-01 12:00:00.000000', '', 'null')""",
    """INSERT INTO notices (guild_id, kind, occasion, claimed_at)
        VALUES (1, 'welcome', '2026-03-01 12:00:00.000001', '2026-03-01 12:00:00.000000')""",
    """UPDATE jobs SET title = '', error = NULL, bpm = 0.1, tags = '["", "🎹"]' WHERE key = 6""",
)


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def change(file: Path, *statements: str, rows: Sequence[tuple[object, ...]] = ()) -> None:
    """Change a database behind the program's back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            if rows:
                connection.executemany(statement, rows)
            else:
                connection.execute(statement)


def content(file: Path) -> bytes:
    return file.read_bytes()


@pytest.fixture
async def file(migrated_sqlite_url: str) -> Path:
    """A database with rows in each table that no process has open."""
    async with open_store(migrated_sqlite_url) as store:
        await fill(store)
    return Path(migrated_sqlite_url.removeprefix("sqlite+aiosqlite:///"))


def rows_of(connection: Connection) -> dict[str, list[str]]:
    return {
        table.name: sorted(repr(row) for row in connection.execute(select(table)))
        for table in metadata.sorted_tables
    }


async def stored(url: str) -> dict[str, list[str]]:
    async with open_database(url) as database:
        return await database.read(rows_of)


async def scalar(url: str, statement: str) -> Any:
    async with open_database(url) as database:
        return await database.write(lambda connection: connection.scalar(text(statement)))


async def execute(url: str, *statements: str) -> None:
    async with open_database(url) as database:
        for statement in statements:
            await database.execute(text(statement))


async def copied(file: Path | str, url: str, **more: Any) -> dict[str, TableSum]:
    return await copy_to_postgresql(str(file), SecretStr(url), **more)


async def test_a_copy_has_every_row_of_every_table_as_it_was(file: Path, postgresql_url: str) -> None:
    facts = [(f"Ä{number}", "") for number in range(MANY)]
    change(file, *SPECIAL)
    change(file, "INSERT INTO facts VALUES (?, ?)", rows=facts)
    before = content(file)
    reported: list[tuple[str, int, int]] = []

    def report(table: str, done: int, rows: int) -> None:
        reported.append((table, done, rows))

    sums = await copied(file, postgresql_url, report=report)
    assert content(file) == before
    expected = await stored(url_of(file))
    untested = {name for name, rows in expected.items() if not rows}
    assert untested == {"processes", "leader", "shards", "identify_slots"}, (
        "which only PostgreSQL has rows in"
    )
    assert await stored(postgresql_url) == expected
    assert {name: table.rows for name, table in sums.items()} == {k: len(v) for k, v in expected.items()}
    rows = len(expected["facts"])
    assert [progress for progress in reported if progress[0] == "facts"] == [
        ("facts", done, rows) for done in (0, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE, rows)
    ]


async def test_new_keys_continue_after_the_last_one_even_if_deleted(file: Path, postgresql_url: str) -> None:
    async with open_store(url_of(file)) as store:
        last = await store.record(a_request(), now=NOW)
    change(file, "DELETE FROM jobs WHERE key = ?", rows=[(last.key,)])
    await copied(url_of(file), postgresql_url)
    async with open_store(postgresql_url) as store:
        assert (await store.record(a_request(), now=NOW)).key == last.key + 1


async def test_a_nul_is_dropped_as_the_store_drops_it(file: Path, postgresql_url: str) -> None:
    change(file, "INSERT INTO facts VALUES (?, ?)", rows=[("nul", "a\0b")])
    await copied(file, postgresql_url)
    assert await scalar(postgresql_url, "SELECT value FROM facts WHERE name = 'nul'") == "ab"


@pytest.mark.parametrize("fault", ["NEW.value := NEW.value || ' '; RETURN NEW", "RETURN NULL"])
async def test_a_copy_that_differs_in_one_value_or_row_is_undone(
    file: Path, copied_postgresql_url: str, fault: str
) -> None:
    target = copied_postgresql_url
    await execute(
        target,
        f"""CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.name = 'submit_path' THEN {fault}; END IF; RETURN NEW; END $$""",
        "CREATE TRIGGER spoil BEFORE INSERT ON facts FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    with pytest.raises(BackupRefused, match="The copy of facts differs from the original"):
        await copied(file, target)
    assert not any((await stored(target)).values())
    assert await scalar(target, "SELECT nextval(pg_get_serial_sequence('jobs', 'key'))") == 1


async def test_a_row_that_the_target_refuses_leaves_nothing_behind(file: Path, postgresql_url: str) -> None:
    change(file, "INSERT INTO likes VALUES (999, 1, '2026-03-01 12:00:00.000000')")
    with pytest.raises(BackupRefused, match=r"refuses a row of likes: insert .* foreign key") as refusal:
        await copied(file, postgresql_url)
    assert len(str(refusal.value).splitlines()) == 1
    async with open_database(postgresql_url) as database:
        assert await database.read(lambda connection: inspect(connection).get_table_names()) == []


async def refused(error: type[StoreError], match: str, file: Path | str, url: str) -> None:
    with pytest.raises(error, match=match) as refusal:
        await copied(file, url)
    assert "hunter2" not in str(refusal.value)


async def test_a_source_that_cannot_be_copied_is_refused(
    file: Path, tmp_path: Path, migrated_postgresql_url: str
) -> None:
    target = migrated_postgresql_url
    async with open_store(url_of(file)):
        await refused(DatabaseBusy, "in use by another bot", file, target)
    await refused(DatabaseUnusable, "There is no database", tmp_path / "none.db", target)
    await refused(BackupUnsupported, "pg_dump", "postgresql+asyncpg://bot:hunter2@db/bot", target)
    old, empty, text_file = (tmp_path / name for name in ("old.db", "empty.db", "text.db"))
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript((FOLDER / "0005.sql").read_text(encoding="utf-8"))
    command = "version 0005.*" + re.escape(f"DATABASE_URL={url_of(old)} python -m bot migrate")
    await refused(DatabaseUnusable, command, old, target)
    empty.touch()
    await refused(DatabaseUnusable, "no database of this bot", empty, target)
    text_file.write_bytes(b"this is no database" * 100)
    await refused(DatabaseUnusable, "no SQLite database at all", text_file, target)
    change(file, "UPDATE policies SET document = '{'")
    await refused(DatabaseUnusable, "a value in policies that the bot cannot read", file, target)
    change(file, "UPDATE alembic_version SET version_num = '9999'")
    await refused(DatabaseNewer, "9999", file, target)
    assert not any((await stored(target)).values())


async def test_a_target_that_is_not_empty_or_not_there_is_refused(file: Path, postgresql_url: str) -> None:
    nowhere = "postgresql+asyncpg://bot:hunter2@127.0.0.1:1/bot"
    await refused(DatabaseUnusable, "cannot be reached", file, nowhere)
    await refused(BackupUnsupported, "must be a PostgreSQL database", file, url_of(file))
    async with open_database(postgresql_url) as database:
        await database.write(lambda connection: upgrade(connection, "0005"))
    await refused(BackupRefused, f"at version 0005, not {HEAD}", file, postgresql_url)
    await migrate(postgresql_url)
    await execute(postgresql_url, "INSERT INTO facts VALUES ('mine', 'kept')")
    await refused(BackupRefused, r"not empty \(facts\)", file, postgresql_url)
    assert await scalar(postgresql_url, "SELECT value FROM facts") == "kept"
