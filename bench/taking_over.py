"""Two processes on PostgreSQL with 10,000 running jobs: what following costs the one that leads, and how soon the other goes on."""

import asyncio
import time
import uuid
from datetime import UTC, datetime

from sqlalchemy import URL

from bench.figures import RUNS, Figure
from bench.filling import fill_postgresql
from bench.processes import Usage
from bench.stage import staged
from sandbox.whisul import JobPlan, WhisulSimulator
from sandbox.whisul.songs import compose
from tests.databases import new_database
from tests.postgres_server import postgres_server

RUNNING = 10_000
CALLS_PER_S = 2_000
WARM_UP_S = 8.0
MEASURED_S = 5.0
SETTINGS = {
    "WHISUL_REQUESTS_PER_SECOND": f"{CALLS_PER_S}",
    "POLL_INTERVAL_S": "5",
    "JOB_DEADLINE_S": "36000",
    "SHARD_COUNT": "2",
}


def take_over_s() -> list[Figure]:
    """From the kill of the process that leads to the first poll of the other; before that, the first one's CPU and polls."""
    job_ids = [str(uuid.UUID(int=number, version=4)) for number in range(RUNNING)]
    now = datetime.now(UTC)
    with postgres_server(durable=True) as folder, new_database(folder) as url:
        asyncio.run(fill_postgresql(url, followed=[(job_id, now) for job_id in job_ids], state="detached"))
        seen = [asyncio.run(_one(url, job_ids)) for _ in range(RUNS)]
    cores, polls_per_s, take_overs_s = zip(*seen, strict=True)
    case = f"{RUNNING:,} jobs, PostgreSQL"
    return [
        Figure(name="take_over_s", case=case, values=take_overs_s, bound=15.0),
        Figure(name="take_over cpu_cores", case=f"{case}, following before that", values=cores),
        Figure(name="take_over polls_per_s", case=f"{case}, following before that", values=polls_per_s),
    ]


async def _one(url: URL, job_ids: list[str]) -> tuple[float, float, float]:
    """Nothing finishes, so that the next run finds the same."""
    song = compose("a song", seed="bench", duration_s=60)
    whisul = WhisulSimulator(tiny_files=True)
    whisul.hold = True
    for job_id in job_ids:
        whisul.begin("a song", JobPlan(job_id=job_id, song=song))
    settings = {**SETTINGS, "DATABASE_URL": url.render_as_string(hide_password=False)}
    async with staged(whisul=whisul, settings=settings) as stage:
        stage.discord.gateway.starts.max_concurrency = 16
        await stage.start()
        other = stage.bot.twin(stage.database.with_name("other.log"))
        try:
            await other.start()
            await asyncio.sleep(WARM_UP_S)
            before, seen = Usage.of(stage.pid), len(whisul.requests)
            await asyncio.sleep(MEASURED_S)
            after, polls = Usage.of(stage.pid), len(whisul.requests) - seen
            await stage.bot.kill()
            killed_at, known = time.monotonic(), len(whisul.requests)
            await whisul.wait_for(lambda: len(whisul.requests) > known, 60.0)
            take_over_s = whisul.requests[known].at - killed_at
            return after.cores_since(before), polls / (after.at - before.at), take_over_s
        finally:
            await other.kill()
