"""The check of every limit before a request is recorded, with a million job rows."""

import asyncio
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.dialects import sqlite

from bench.figures import RUNS, Figure, percentile
from bench.filling import fill
from bot.limits import Admission, Asker, Caps, applying
from bot.policy import DAY_S, Policy, Window
from bot.store import Store, open_store
from bot.store.admission import usage

ROWS = 1_000_000
CHECKS = 1_000
SERVERS, CHANNELS, MEMBERS = 50, 500, 20_000
CAPS = Caps(server_songs_per_day=200, songs_per_day=1000, queued=500)
POLICY = Policy(
    member=(Window(songs=5, window_s=3600), Window(songs=20, window_s=DAY_S)),
    channel=(Window(songs=100, window_s=DAY_S),),
    server=(Window(songs=500, window_s=30 * DAY_S),),
    member_at_once=2,
    server_at_once=20,
    cooldown_s=30,
)


def limits_ms() -> list[Figure]:
    """The statement alone on SQLite, and the whole call of the store; 99th percentiles, every kind of limit set."""
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        database = Path(name) / "bot.db"
        await fill(database, followed=[], state="running", completed=ROWS)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE jobs SET root_channel_id = channel_id")
            (newest,) = connection.execute("SELECT max(created_at) FROM jobs").fetchone()
        now = datetime.fromisoformat(newest).replace(tzinfo=UTC) + timedelta(seconds=1)
        statements = [_statements(database, random.Random(seed), now) for seed in range(RUNS)]
        async with open_store(f"sqlite+aiosqlite:///{database}") as store:
            for guild_id in range(SERVERS):
                await store.policies.change(guild_id, lambda _: POLICY, by=1, what="bench", now=now)
            calls = [await _calls(store, random.Random(seed), now) for seed in range(RUNS)]
    case = f"{ROWS:,} rows, 10 limits, 99th percentile"
    return [
        Figure(name="limits_ms", case=f"{case}: the statement", values=statements, bound=1.0),
        Figure(name="limits_call_ms", case=f"{case}: the store's call", values=calls),
    ]


def _asker(rng: random.Random) -> Asker:
    # A member of the data: numbers that belong together, as the rows have them.
    number = rng.randrange(ROWS - 500_000, ROWS)
    return Asker(guild_id=number % SERVERS, channel_id=number % CHANNELS, member_id=number % MEMBERS)


def _statements(database: Path, rng: random.Random, now: datetime) -> float:
    taken: list[float] = []
    with closing(sqlite3.connect(database)) as connection:
        for _ in range(CHECKS):
            asker = _asker(rng)
            statement = usage(applying(POLICY, CAPS, asker), asker, now=now).compile(
                dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
            )
            text = str(statement)
            began = time.perf_counter()
            connection.execute(text).fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    return percentile(taken, 0.99)


async def _calls(store: Store, rng: random.Random, now: datetime) -> float:
    taken: list[float] = []
    for _ in range(CHECKS):
        admission = Admission(asker=_asker(rng), caps=CAPS)
        began = time.perf_counter()
        await store.standings(admission, now=now)
        taken.append((time.perf_counter() - began) * 1000)
    return percentile(taken, 0.99)
