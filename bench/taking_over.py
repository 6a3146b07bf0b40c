"""Two processes on PostgreSQL with 10,000 running jobs: how soon the other goes on when the one that leads is killed."""

import asyncio
import time
import uuid
from datetime import UTC, datetime

from sqlalchemy import URL

from bench.figures import RUNS, Figure
from bench.filling import fill_postgresql
from bench.stage import staged
from sandbox.whisul import JobPlan, WhisulSimulator
from sandbox.whisul.songs import compose
from tests.databases import new_database
from tests.postgres_server import postgres_server

RUNNING = 10_000
CALLS_PER_S = 2_000
WARM_UP_S = 8.0
SETTINGS = {
    "WHISUL_REQUESTS_PER_SECOND": f"{CALLS_PER_S}",
    "POLL_INTERVAL_S": "5",
    "JOB_DEADLINE_S": "36000",
    "SHARD_COUNT": "2",
}


def take_over_s() -> list[Figure]:
    """From the kill of the process that leads to the first poll of the other."""
    job_ids = [str(uuid.UUID(int=number, version=4)) for number in range(RUNNING)]
    now = datetime.now(UTC)
    with postgres_server(durable=True) as folder, new_database(folder) as url:
        asyncio.run(fill_postgresql(url, followed=[(job_id, now) for job_id in job_ids], state="detached"))
        seen = [asyncio.run(_one(url, job_ids)) for _ in range(RUNS)]
    return [Figure(name="take_over_s", case=f"{RUNNING:,} jobs, PostgreSQL", values=seen, bound=15.0)]


async def _one(url: URL, job_ids: list[str]) -> float:
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
        # The other one starts once this one leads: after the run before that may take ten seconds.
        await whisul.wait_for(lambda: whisul.requests, 60.0)
        other = stage.bot.twin(stage.database.with_name("other.log"))
        try:
            await other.start()
            await asyncio.sleep(WARM_UP_S)
            await stage.bot.kill()
            killed_at, known = time.monotonic(), len(whisul.requests)
            await whisul.wait_for(lambda: len(whisul.requests) > known, 60.0)
            return whisul.requests[known].at - killed_at
        finally:
            await other.kill()
