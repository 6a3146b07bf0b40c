"""A simulator in a process of its own, with jobs of every age, which tells when each was found finished.

`python -m bench.simulator JOBS SEED` prints one JSON line about itself, answers each line of its input (the two ends of
a stretch, in monotonic seconds) with one about that stretch, and ends with its input.
"""

import asyncio
import gc
import json
import random
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import exp, log
from typing import Any

from sandbox.whisul import JobPlan, RealClock, SimulatedJob, WhisulSimulator
from sandbox.whisul.jobs import GENERATION_SIGMA, MEDIAN_GENERATION_S
from sandbox.whisul.songs import compose

EARLY_S = 0.05
"""A poll that arrives this shortly before a finish may be answered after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was seen between two moments.

    `delays_s` has, for each job that finished in between, how long that went unnoticed (for those unnoticed until now:
    so far), and `unfound` how many are. `requests` counts all that arrived in between.
    """

    delays_s: list[float]
    unfound: int
    requests: int


async def main(jobs: int, seed: int) -> None:
    """Serve until the input ends."""
    gc.disable()  # the requests seen pile up, and going through them again and again would slow the answers down
    async with WhisulSimulator(tiny_files=True, seed=seed) as whisul:
        begun = _begin(whisul, jobs, random.Random(seed))
        about = {"url": whisul.url, "key": whisul.api_key, "media_host": whisul.media_host, "jobs": begun}
        print(json.dumps(about), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            began, ended = json.loads(line)
            print(json.dumps(asdict(_seen(whisul, began, ended))), flush=True)


def _begin(whisul: WhisulSimulator, number: int, rng: random.Random) -> list[dict[str, str]]:
    """Start jobs as they would be met at any moment: long ones more likely, each at any point of its time."""
    song = compose("a song", seed="bench", duration_s=60)
    now = RealClock().now()
    begun: list[dict[str, str]] = []
    for _ in range(number):
        duration_s = exp(rng.gauss(log(MEDIAN_GENERATION_S) + GENERATION_SIGMA**2, GENERATION_SIGMA))
        left_s = duration_s * rng.random()
        finished_at = now + timedelta(seconds=left_s)
        started_at = finished_at - timedelta(seconds=duration_s)
        plan = JobPlan(song=song, started_at=started_at, finished_at=finished_at, generation_s=left_s)
        job = whisul.begin("a song", plan)
        begun.append({"id": job.job_id, "started_at": started_at.isoformat()})
    return begun


def _seen(whisul: WhisulSimulator, began: float, ended: float) -> Stretch:
    """What became of a stretch up to now."""
    finished = [job for job in whisul.jobs.values() if job.due_s is not None and began <= job.due_s < ended]
    unfound = [job for job in finished if job.status == "running"]
    found_at = _found_at(whisul, finished)
    now = RealClock().monotonic()
    return Stretch(
        delays_s=[max(0.0, found_at.get(job.job_id, now) - (job.due_s or 0.0)) for job in finished],
        unfound=len(unfound),
        requests=sum(began <= request.at < ended for request in whisul.requests),
    )


def _found_at(whisul: WhisulSimulator, finished: Sequence[SimulatedJob]) -> dict[str, float]:
    """When the first poll after its finish arrived, for each job that was looked at since."""
    due_s = {job.job_id: job.due_s or 0.0 for job in finished if job.status != "running"}
    found: dict[str, float] = {}
    for request in whisul.requests:
        job_id = request.path.rpartition("/")[2]
        if job_id in due_s and job_id not in found and request.at > due_s[job_id] - EARLY_S:
            found[job_id] = request.at
    return found


class Simulator:
    """The far end: such a process, as seen by who started it."""

    def __init__(self, process: asyncio.subprocess.Process, about: dict[str, Any]) -> None:
        self._process = process
        self.url: str = about["url"]
        self.key: str = about["key"]
        self.media_host: str = about["media_host"]
        self.jobs: list[dict[str, str]] = about["jobs"]

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def stretch(self, began: float, ended: float) -> Stretch:
        """What it saw between two moments."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the simulator was started without pipes")
        stdin.write(json.dumps([began, ended]).encode() + b"\n")
        return Stretch(**json.loads(await stdout.readline()))


@asynccontextmanager
async def simulator(jobs: int, *, seed: int) -> AsyncGenerator[Simulator]:
    """Start one for the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.simulator", str(jobs), str(seed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("a process that was started with pipes has them")
        yield Simulator(process, json.loads(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
