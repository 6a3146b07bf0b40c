"""Databases that are full before a bot starts; the songs of both kinds are the same."""

import asyncio
import math
import os
import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL

from sandbox.whisul.jobs import GENERATION_SIGMA, MEDIAN_GENERATION_S

KNOWN_DURATIONS = 400
FIRST_AT, EVERY_S = 1_767_225_600, 20
"""The songs were requested every 20 seconds from this moment (in seconds since 1970) on."""

_FOLLOWED = """
INSERT INTO jobs (guild_id, channel_id, requester_id, prompt, nonce, created_at, state, job_id, job_ref, submit_attempts,
                  submitted_at, accepted_at, has_song, delivery, delivery_attempts)
VALUES (1, 2, 3, 'a song', 'nonce', :at, :state, :id, replace(:id, '-', ''), 1, :at, :at, 0, 'none', 0)
"""

_COMPLETED = """
INSERT INTO jobs (guild_id, channel_id, root_channel_id, requester_id, prompt, nonce, created_at, state, job_id, job_ref,
                  submit_attempts, submitted_at, accepted_at, started_at, finished_at, settled_at, has_song, song_url,
                  title, bpm, duration_s, tags, image_url, delivery, delivery_attempts, rung, posting_at,
                  post_channel_id, post_message_id, delivered_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number),
ids AS (SELECT n, lower(hex(randomblob(16))) AS ref, strftime('%Y-%m-%d %H:%M:%S', 1767225600 + n * 20, 'unixepoch')
        AS second FROM numbers)
SELECT n % 50, n % 500, n % 500, n % 20000, 'a song about number ' || n, substr(ref, 1, 24), second || '.000000', 'completed',
       substr(ref, 1, 8) || '-' || substr(ref, 9, 4) || '-' || substr(ref, 13, 4) || '-' || substr(ref, 17, 4) || '-'
       || substr(ref, 21), ref, 1, second || '.100000', second || '.200000', second || '.000000',
       strftime('%Y-%m-%d %H:%M:%S', second, '+144 seconds') || '.000000',
       strftime('%Y-%m-%d %H:%M:%S', second, '+147 seconds') || '.000000', 1,
       'https://whisul.com/audio/' || substr(ref, 1, 8) || '.mp3', 'Song ' || n, 120.0, 167.0,
       '["trap", "dark", "808s"]', 'https://whisul.com/covers/' || substr(ref, 1, 8) || '.jpg', 'delivered', 1,
       'channel', second || '.500000', n % 500, n, second || '.900000'
FROM ids
"""

_FOLLOWED_ON_POSTGRESQL = """
INSERT INTO jobs (guild_id, channel_id, requester_id, prompt, nonce, created_at, state, job_id, job_ref, submit_attempts,
                  submitted_at, accepted_at, has_song, delivery, delivery_attempts)
VALUES (1, 2, 3, 'a song', 'nonce', $2, $3, $1, replace($1, '-', ''), 1, $2, $2, false, 'none', 0)
"""

_COMPLETED_ON_POSTGRESQL = """
INSERT INTO jobs (guild_id, channel_id, root_channel_id, requester_id, prompt, nonce, created_at, state, job_id, job_ref,
                  submit_attempts, submitted_at, accepted_at, started_at, finished_at, settled_at, has_song, song_url,
                  title, bpm, duration_s, tags, image_url, delivery, delivery_attempts, rung, posting_at,
                  post_channel_id, post_message_id, delivered_at)
SELECT n % 50, n % 500, n % 500, n % 20000, 'a song about number ' || n, substr(ref, 1, 24), at, 'completed', ref::uuid::text,
       ref, 1, at, at, at, at + interval '144 s', at + interval '147 s', true,
       'https://whisul.com/audio/' || substr(ref, 1, 8) || '.mp3', 'Song ' || n, 120.0, 167.0,
       '["trap", "dark", "808s"]', 'https://whisul.com/covers/' || substr(ref, 1, 8) || '.jpg', 'delivered', 1,
       'channel', at, n % 500, n, at
FROM (SELECT n, md5(n::text) AS ref, to_timestamp(1767225600 + n * 20) AS at FROM generate_series(1, $1::int) AS n)
"""

_INDEXES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'jobs' AND sql IS NOT NULL"
)

_INDEXES_ON_POSTGRESQL = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = 'jobs'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""

_KNOWN = "UPDATE jobs SET finished_at = ? WHERE key = ?"


async def fill(
    database: Path, *, followed: Sequence[tuple[str, datetime]], state: str, completed: int = KNOWN_DURATIONS
) -> None:
    """Make a database with `completed` songs and, in `state`, the jobs `followed` (ID, start).

    The newest songs took as long as Whisul's do, so that the schedule knows the distribution from the start.
    """
    await _migrated(sqlite_url(database))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -1000000")
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute(_COMPLETED, {"number": completed})
        for _, statement in indexes:
            connection.execute(statement)
        _vary_durations(connection)
        rows = [{"id": job_id, "at": _text(started_at), "state": state} for job_id, started_at in followed]
        connection.executemany(_FOLLOWED, rows)


async def fill_postgresql(
    url: URL,
    *,
    followed: Sequence[tuple[str, datetime]] = (),
    state: str = "running",
    completed: int = KNOWN_DURATIONS,
) -> None:
    """Make the same in an empty PostgreSQL database; all songs took equally long."""
    await _migrated(url.render_as_string(hide_password=False))
    connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    connection = await connect(host=url.query["host"], user=url.username, database=url.database)
    try:
        indexes = [row[0] for row in await connection.fetch(_INDEXES_ON_POSTGRESQL)]
        for index in indexes:
            await connection.execute(f"DROP INDEX {index.split()[index.split().index('INDEX') + 1]}")
        await connection.execute(_COMPLETED_ON_POSTGRESQL, completed, timeout=600)
        for index in indexes:
            await connection.execute(index, timeout=600)
        await connection.executemany(_FOLLOWED_ON_POSTGRESQL, [(*each, state) for each in followed])
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()


async def _migrated(url: str) -> None:
    """In a process of its own: Alembic serves one database at a time, and several are made at once here."""
    environment = {**os.environ, "DATABASE_URL": url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "migrate"), env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError("the database could not be made")


def _vary_durations(connection: sqlite3.Connection) -> None:
    rng = random.Random(0)
    newest = connection.execute(
        "SELECT key, started_at FROM jobs ORDER BY key DESC LIMIT ?", (KNOWN_DURATIONS,)
    ).fetchall()
    for key, started_at in newest:
        duration_s = math.exp(rng.gauss(math.log(MEDIAN_GENERATION_S), GENERATION_SIGMA))
        finished_at = datetime.fromisoformat(started_at).replace(tzinfo=UTC) + timedelta(seconds=duration_s)
        connection.execute(_KNOWN, (_text(finished_at), key))


def sqlite_url(database: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{database}"


def newest_of(completed: int) -> datetime:
    """When the newest of so many songs was requested."""
    return datetime.fromtimestamp(FIRST_AT + completed * EVERY_S, UTC)


def _text(moment: datetime) -> str:
    """As the store writes times into SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
