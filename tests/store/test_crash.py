"""What was written is there, and whole, whenever the process is killed."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from bot.domain.jobs import DeliveryState, JobState
from bot.store import Store, open_store
from tests.factories import LATER, MIDNIGHT_GRID, expected, seconds
from tests.store.other_process import next_line, other_process


async def test_a_killed_process_leaves_a_clean_database_with_all_that_it_had_written(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    written: set[int] = set()

    for jobs_until_the_kill in (1, 20, 7, 43):
        written |= kill_after(file, jobs_until_the_kill)

        assert integrity(file) == "ok"
        async with open_store(f"sqlite+aiosqlite:///{file}") as store:
            await check(store, written)


def kill_after(file: Path, jobs: int) -> set[int]:
    """Let another process write, and kill it somewhere after that many jobs; returns the keys that it promised."""
    with other_process("record", file) as writer:
        promised = [next_line(writer) for _ in range(jobs)]
        writer.kill()
        # What it said before the kill arrived counts as well; half a line does not.
        rest, _ = writer.communicate()
    promised += [line for line in rest.split("\n")[:-1] if line]
    return {int(key) for key in promised}


def integrity(file: Path) -> str:
    connection = sqlite3.connect(file)
    ((answer,),) = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return str(answer)


async def check(store: Store, written: set[int]) -> None:
    for key in written:
        job = expected(await store.get(key))
        assert (job.state, job.song, job.delivery) == (JobState.COMPLETED, MIDNIGHT_GRID, DeliveryState.DUE)
    # Whatever was in the middle of its way is in one of its states, and goes on from there.
    now = LATER + seconds(60)
    await store.settle_orphaned_submits(owner=store.owner, now=now, takeover=True)
    await store.take_over(owner=store.owner, lease_until=now, now=now, takeover=True)
    assert (await store.count_open())[JobState.SUBMITTING] == 0


@pytest.mark.parametrize("name", ["hold", "record"])
def test_the_other_process_is_gone_afterwards(migrated_file: Path, tmp_path: Path, name: str) -> None:
    with other_process(name, Path(shutil.copy(migrated_file, tmp_path))) as process:
        assert next_line(process)

    assert process.poll() is not None
