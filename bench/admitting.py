"""Requests that many people make at the same moment: how many a second are admitted, on SQLite and on PostgreSQL.

`python -m bench.admitting URL NUMBER CONCURRENT SEED` is one of the processes that admit: it prints `ready`, waits for a line,
admits, and prints how long that took.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Self

from sqlalchemy import delete

from bench.figures import RUNS, Figure, percentile
from bench.filling import fill, fill_postgresql, newest_of, sqlite_url
from bot.domain.jobs import INTERACTION_LIFE_S, NewJob, PendingAck
from bot.domain.policy.limits import Admission, Caps, RequestContext
from bot.domain.policy.model import DAY_S, Policy, Window
from bot.store import Store, open_store
from bot.store.database import open_database
from bot.store.shared_admission import Recording, decide
from bot.store.tables import is_open, jobs
from tests.databases import new_database
from tests.postgres_server import postgres_server

ROWS = int(os.environ.get("XROWS", "1000000"))
REQUESTS = 3_000
NOW = newest_of(ROWS) + timedelta(seconds=1)
CONCURRENT = 300
SERVERS, CHANNELS, MEMBERS = 50, 500, 20_000
CHECKS = 500
PROCESSES = (1, 2, 3)
SEEDS = count(1)
WANTED_PER_S = 500
CAPS = Caps(server_songs_per_day=2_000, person_songs_per_day=2_000, songs_per_day=50_000, queued=50_000)
POLICY = Policy(
    member=(Window(songs=50, window_s=3600), Window(songs=200, window_s=DAY_S)),
    channel=(Window(songs=1_000, window_s=DAY_S),),
    server=(Window(songs=10_000, window_s=30 * DAY_S),),
    member_at_once=50,
    server_at_once=5_000,
)
"""Every kind of limit that can admit all requests: 9 limits with the operator's."""


def admission_ms() -> list[Figure]:
    """The time that all requests took, divided by their number: each stored its acknowledgement, was admitted and recorded."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        file = Path(name) / "bot.db"
        asyncio.run(fill(file, followed=[], state="running", completed=ROWS))
        figures.append(_figure(sqlite_url(file), "SQLite", processes=1))
    with postgres_server(durable=True) as folder, new_database(folder) as url:
        asyncio.run(fill_postgresql(url, completed=ROWS))
        address = url.render_as_string(hide_password=False)
        figures += [_figure(address, "PostgreSQL", processes=number) for number in PROCESSES]
        figures += _check_figures(address)
    return figures


def _figure(url: str, database: str, *, processes: int) -> Figure:
    asyncio.run(_set_policies(url))
    shown = f"{processes} process" + ("es" if processes > 1 else "")
    return Figure(
        name="admission_ms",
        case=f"{CONCURRENT} at once in {SERVERS} servers, {ROWS:,} rows, {database}, {shown}",
        values=[_ms_each(url, processes) for _ in range(RUNS)],
        bound=1000 / WANTED_PER_S if "PostgreSQL" in database else None,
    )


async def _set_policies(url: str) -> None:
    async with open_store(url) as store:
        for guild_id in range(SERVERS):
            await store.policies.change(guild_id, lambda _: POLICY, by=1, what="bench", now=NOW)


def _ms_each(url: str, processes: int) -> float:
    """From the first process's beginning until the last one's end; afterwards nothing is queued any more."""
    shares = [(url, REQUESTS // processes, CONCURRENT // processes, next(SEEDS)) for _ in range(processes)]
    with ExitStack() as running:
        started = [running.enter_context(_Admitting(*map(str, share))) for share in shares]
        for process in started:
            process.expect("ready")
        began = time.perf_counter()
        for process in started:
            process.go()
        for process in started:
            process.expect("done")
        took_s = time.perf_counter() - began
    asyncio.run(_empty_queue(url))
    return 1000 * took_s / REQUESTS


def _check_figures(url: str) -> list[Figure]:
    """One call in a hundred is as late as the machine makes it: the same number of computations of that length show how late."""
    name, case = "admission_check_ms", f"one request, {ROWS:,} rows, PostgreSQL"
    checks = [asyncio.run(_checks_ms(url, seed)) for seed in range(RUNS)]
    computations = [_computations_ms(percentile(each, 0.5)) for each in checks]
    p99 = "99th percentile"
    return [
        Figure(name=name, case=f"{case}, median", values=[percentile(each, 0.5) for each in checks]),
        Figure(
            name=name, case=f"{case}, {p99}", values=[percentile(each, 0.99) for each in checks], bound=5.0
        ),
        Figure(
            name=name,
            case=f"a computation as long, {p99}",
            values=[percentile(each, 0.99) for each in computations],
        ),
    ]


async def _checks_ms(url: str, seed: int) -> list[float]:
    """Whole calls that find whether a limit refuses a request, and record nothing."""
    rng = random.Random(seed)
    taken_ms: list[float] = []
    async with open_database(url) as database:
        for _ in range(CHECKS):
            recording = _recording(rng.randrange(MEMBERS), interaction_id=1, expires_at=NOW)
            began = time.perf_counter()
            await database.read(partial(decide, recordings=[recording]))
            taken_ms.append((time.perf_counter() - began) * 1000)
    return taken_ms


def _computations_ms(length_ms: float) -> list[float]:
    """Computations of this median length, which need nothing but the processor."""

    def taken_ms(count: int) -> float:
        began = time.perf_counter()
        sum(range(count))
        return (time.perf_counter() - began) * 1000

    guess = 10_000
    each_ms = percentile([taken_ms(guess) for _ in range(CHECKS)], 0.5)
    return [taken_ms(round(guess * length_ms / each_ms)) for _ in range(CHECKS)]


async def _empty_queue(url: str) -> None:
    async with open_database(url) as database:
        await database.execute(delete(jobs).where(is_open()))


class _Admitting:
    """One of the processes that admit."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "bench.admitting", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this module

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def go(self) -> None:
        """Have it begin."""
        if self._process.stdin is not None:
            print("go", file=self._process.stdin, flush=True)

    def expect(self, word: str) -> None:
        """Wait for a line."""
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if line != word:
            raise RuntimeError(f"a process that admits said {line!r} instead of {word!r}")


async def _admit_all(url: str, number: int, concurrent: int, seed: int) -> None:
    rng = random.Random(seed)
    people = iter([rng.randrange(MEMBERS) for _ in range(number)])
    async with open_store(url) as store:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

        async def one_after_another() -> None:
            for member_id in people:
                await _admit(store, member_id, interaction_id=rng.getrandbits(62))

        await asyncio.gather(*(one_after_another() for _ in range(concurrent)))
        print("done", flush=True)


async def _admit(store: Store, member_id: int, *, interaction_id: int) -> None:
    """What the database does for a use of /compose until the job is recorded."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=INTERACTION_LIFE_S)
    given = _recording(member_id, interaction_id=interaction_id, expires_at=expires_at)
    await store.pending_acks.add(PendingAck(interaction_id, "token", expires_at), now=now)
    await store.record(given.new, admission=given.admission, now=given.now)


def _recording(member_id: int, *, interaction_id: int, expires_at: datetime) -> Recording:
    asker = RequestContext(guild_id=member_id % SERVERS, channel_id=member_id % CHANNELS, member_id=member_id)
    new = NewJob(
        guild_id=asker.guild_id,
        channel_id=asker.channel_id,
        requester_id=member_id,
        prompt="a song about the benchmark",
        nonce=f"{interaction_id:024x}",
        interaction_id=interaction_id,
        interaction_token=f"token {interaction_id}",
        interaction_expires_at=expires_at,
    )
    return Recording(new, Admission(context=asker, caps=CAPS), NOW)


def _main(arguments: Sequence[str]) -> None:
    url, number, concurrent, seed = arguments
    asyncio.run(_admit_all(url, int(number), int(concurrent), int(seed)))


if __name__ == "__main__":
    _main(sys.argv[1:])
