"""A bot that has nothing to do: how soon it is there, what it holds, and how often it wakes."""

import asyncio
import time
from dataclasses import dataclass

from bench.figures import RUNS, Figure
from bench.processes import Usage
from bench.stage import Stage, staged

SETTLING_S = 3.0
WATCHED_S = 30.0


@dataclass(frozen=True, slots=True)
class _Idle:
    ready_s: float
    memory_mb: float
    wakes_per_s: float


def idle() -> list[Figure]:
    """Start-up time, memory and wake-ups of idle bots; they are started one by one, and watched together."""
    seen = asyncio.run(_all())
    case = "connected, no jobs"
    return [
        Figure(
            name="start_s", case="from the process's start to READY", values=[each.ready_s for each in seen]
        ),
        Figure(name="idle_memory_mb", case=case, values=[each.memory_mb for each in seen]),
        Figure(name="idle_wakes_per_s", case=case, values=[each.wakes_per_s for each in seen], bound=1.0),
    ]


async def _all() -> list[_Idle]:
    turn = asyncio.Lock()
    return list(await asyncio.gather(*(_one(turn) for _ in range(RUNS))))


async def _one(turn: asyncio.Lock) -> _Idle:
    async with staged() as stage:
        async with turn:
            ready_s = await _started(stage)
            await asyncio.sleep(SETTLING_S)
        before = Usage.of(stage.pid)
        await asyncio.sleep(WATCHED_S)
        after = Usage.of(stage.pid)
        return _Idle(ready_s, after.memory_mb, after.wakes_per_s_since(before))


async def _started(stage: Stage) -> float:
    began = time.monotonic()
    await stage.start()
    return time.monotonic() - began
