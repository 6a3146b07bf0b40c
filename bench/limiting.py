"""The check of every limit before a request is recorded, with a million job rows."""

import asyncio
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from bench.figures import RUNS, Figure, percentile
from bench.filling import fill, newest_of
from bot.domain.policy.limits import Admission, Caps, RequestContext, applicable_limits
from bot.domain.policy.model import DAY_S, Policy, Window
from bot.store import Store, open_store
from bot.store.admission import CountedMember, find_refusal, query_parameters, usage_query, used_up_query

ROWS = 1_000_000
CHECKS = 1_000
SERVERS, CHANNELS, MEMBERS = 50, 500, 20_000
CAPS = Caps(server_songs_per_day=200, person_songs_per_day=200, songs_per_day=1000, queued=500)
POLICY = Policy(
    member=(Window(songs=5, window_s=3600), Window(songs=20, window_s=DAY_S)),
    channel=(Window(songs=100, window_s=DAY_S),),
    server=(Window(songs=500, window_s=30 * DAY_S),),
    member_at_once=2,
    server_at_once=20,
    cooldown_s=30,
)


def limits_ms() -> list[Figure]:
    """SQLite's own time for what every request asks and for what a refusal asks besides, and whole calls of the store.

    99th percentiles, every kind of limit set.
    """
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        database = Path(name) / "bot.db"
        await fill(database, followed=[], state="running", completed=ROWS)
        now = newest_of(ROWS) + timedelta(seconds=1)
        statements = [_statements(database, random.Random(seed), now) for seed in range(RUNS)]
        async with open_store(f"sqlite+aiosqlite:///{database}") as store:
            for guild_id in range(SERVERS):
                await store.policies.change(guild_id, lambda _: POLICY, by=1, what="bench", now=now)
            calls = [
                await call_times_ms(store, random.Random(seed), now, rows=ROWS, calls=CHECKS)
                for seed in range(RUNS)
            ]
    case = f"{ROWS:,} rows, 10 limits, 99th percentile"
    points, requests, refusals = zip(
        *([percentile(times, 0.99) for times in run] for run in calls), strict=True
    )
    return [
        Figure(name="limits_ms", case=f"{case}: a request", values=[one for one, _ in statements]),
        Figure(name="limits_ms", case=f"{case}: a refusal", values=[both for _, both in statements]),
        Figure(name="limits_call_ms", case=f"{case}: a job by its ID", values=points),
        Figure(name="limits_call_ms", case=f"{case}: a request", values=requests),
        Figure(name="limits_call_ms", case=f"{case}: a refusal", values=refusals),
        Figure(
            name="limits_call_ratio",
            case="a request over a job by its ID",
            values=[request / point for point, request in zip(points, requests, strict=True)],
            bound=4.0,
        ),
        Figure(
            name="limits_call_ratio",
            case="a refusal over a job by its ID",
            values=[refusal / point for point, refusal in zip(points, refusals, strict=True)],
            bound=6.0,
        ),
    ]


def _asker(rng: random.Random, rows: int) -> RequestContext:
    # A member of the data: numbers that belong together, as the rows have them.
    number = rng.randrange(rows // 2, rows)
    return RequestContext(guild_id=number % SERVERS, channel_id=number % CHANNELS, member_id=number % MEMBERS)


def _statements(database: Path, rng: random.Random, now: datetime) -> tuple[float, float]:
    """Of the statement that tells whether a limit is used up, and of that and the one that counts for the others."""
    one: list[float] = []
    both: list[float] = []
    with closing(sqlite3.connect(database)) as connection:
        for _ in range(CHECKS):
            asker = _asker(rng, ROWS)
            limits = applicable_limits(POLICY, CAPS, asker)
            who = CountedMember(asker)
            parameters = query_parameters(limits, who, now=now)
            row, taken_ms = _timed(connection, used_up_query(limits, who).params(parameters))
            free = {number: limit for number, limit in enumerate(limits) if row[number] is None}
            _, more_ms = _timed(connection, usage_query(free, who).params(parameters))
            one.append(taken_ms)
            both.append(taken_ms + more_ms)
    return percentile(one, 0.99), percentile(both, 0.99)


def _timed(connection: sqlite3.Connection, statement: Select[Any]) -> tuple[tuple[Any, ...], float]:
    """The only row of a statement, and the milliseconds that SQLite took to parse and to answer it."""
    text = str(
        statement.compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
    )
    began = time.perf_counter()
    row: tuple[Any, ...] = connection.execute(text).fetchone()
    return row, (time.perf_counter() - began) * 1000


async def call_times_ms(
    store: Store, rng: random.Random, now: datetime, *, rows: int, calls: int
) -> tuple[list[float], list[float], list[float]]:
    """Whole calls in turn: a job by its ID, the check of a request, and what a refusal reads."""
    # The check alone, without the write that follows it.
    database = store._database  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    taken: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(calls):
        admission = Admission(context=_asker(rng, rows), caps=CAPS)
        job_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        steps: tuple[Callable[[], Awaitable[object]], ...] = (
            partial(store.find, job_id),
            partial(database.read, partial(find_refusal, admission=admission, now=now)),
            partial(store.limit_usage, admission, now=now),
        )
        for step, times in zip(steps, taken, strict=True):
            began = time.perf_counter()
            await step()
            times.append((time.perf_counter() - began) * 1000)
    return taken
