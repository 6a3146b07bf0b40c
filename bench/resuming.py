"""A start with much behind it: 10,000 running jobs and 1,000,000 finished ones in the database."""

import asyncio
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import RUNS, Figure
from bench.filling import fill
from bench.processes import Usage
from bench.stage import staged
from sandbox.whisul import JobPlan, WhisulSimulator
from sandbox.whisul.songs import compose

RUNNING = 10_000
FEW = 200
"""So many that the first poll of some job is due at once: each comes at a random moment of the interval."""

FINISHED = 1_000_000
SETTLING_S = 2.0


def resume_s() -> list[Figure]:
    """From the process's start to the first poll that arrives, and the memory some seconds later."""
    small, seen = asyncio.run(_runs(FEW, 0)), asyncio.run(_runs(RUNNING, FINISHED))
    case = f"{RUNNING:,} running and {FINISHED:,} finished jobs"
    return [
        Figure(name="resume_s", case=case, values=[poll_s for poll_s, _ in seen]),
        Figure(name="resume_s", case=f"{FEW} running jobs", values=[poll_s for poll_s, _ in small]),
        Figure(
            name="resume_ratio",
            case="the one over the other",
            values=[many / one for (many, _), (one, _) in zip(seen, small, strict=True)],
            bound=2.0,
        ),
        Figure(name="resume_memory_mb", case=case, values=[memory_mb for _, memory_mb in seen]),
    ]


async def _runs(running: int, finished: int) -> list[tuple[float, float]]:
    job_ids = [str(uuid.UUID(int=number, version=4)) for number in range(running)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        database = Path(name) / "bot.db"
        now = datetime.now(UTC)
        followed = [(job_id, now) for job_id in job_ids]
        await fill(database, followed=followed, state="running", completed=finished)
        return [await _one(database, job_ids) for _ in range(RUNS)]


async def _one(database: Path, job_ids: list[str]) -> tuple[float, float]:
    """One start. Nothing finishes and the bot is killed, so that the next one finds the same."""
    song = compose("a song", seed="bench", duration_s=60)
    whisul = WhisulSimulator(tiny_files=True)
    whisul.hold = True
    for job_id in job_ids:
        whisul.begin("a song", JobPlan(job_id=job_id, song=song))
    settings = {"WHISUL_REQUESTS_PER_SECOND": "200"}
    async with staged(whisul=whisul, database=database, settings=settings) as stage:
        began = time.monotonic()
        await stage.bot.start()
        await stage.until(lambda: stage.whisul.requests)
        first_poll_at = stage.whisul.requests[0].at
        await asyncio.sleep(SETTLING_S)
        return first_poll_at - began, Usage.of(stage.pid).peak_mb
