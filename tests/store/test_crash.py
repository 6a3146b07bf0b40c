"""A process that is killed while it writes: everything committed is found, and nothing half-written."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

from bot.domain.jobs import DeliveryState, JobState
from bot.store import Store, open_store
from tests.factories import LATER, MIDNIGHT_GRID, expected, seconds
from tests.store.other_process import next_line, other_process


async def test_a_killed_process_leaves_everything_it_had_committed(
    migrated_file: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copy(migrated_file, tmp_path / "bot.db"))
    written: set[int] = set()

    for jobs_until_the_kill in (1, 43, 7):
        written |= kill_after(file, jobs_until_the_kill)

        assert integrity(file) == "ok"
        async with open_store(f"sqlite+aiosqlite:///{file}") as store:
            await check(store, written)


def kill_after(file: Path, jobs: int) -> set[int]:
    """Let another process write, and kill it after at least that many jobs; returns the keys that it reported."""
    with other_process("record", file) as writer:
        reported = [next_line(writer) for _ in range(jobs)]
        writer.kill()
        # Lines that were written before the kill count too; the last one may be incomplete.
        rest, _ = writer.communicate()
    reported += [line for line in rest.split("\n")[:-1] if line]
    return {int(key) for key in reported}


def integrity(file: Path) -> str:
    connection = sqlite3.connect(file)
    ((answer,),) = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return str(answer)


async def check(store: Store, written: set[int]) -> None:
    for job in map(expected, await asyncio.gather(*map(store.get, written))):
        assert (job.state, job.song, job.delivery) == (JobState.COMPLETED, MIDNIGHT_GRID, DeliveryState.DUE)
    # A job that was between two states is in one of them, and can go on from there.
    now = LATER + seconds(60)
    await store.settle_orphaned_submits(owner=store.owner, now=now)
    await store.running()
    assert (await store.count_open())[JobState.SUBMITTING] == 0
