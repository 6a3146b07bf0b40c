"""A bot that has nothing to do: how soon it is there, what it holds, and how often it wakes."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.acks import FLOOR
from bench.figures import RUNS, Figure
from bench.processes import Usage
from bench.stage import Stage, staged
from sandbox.bot_process import RUN

SETTLING_S = 3.0
WATCHED_S = 30.0


@dataclass(frozen=True, slots=True)
class _Idle:
    ready_s: float
    memory_mb: float
    wakes_per_s: float


def idle() -> list[Figure]:
    """Start-up time, memory and wake-ups of idle bots; they are started one by one, and watched together."""
    seen, floor = asyncio.run(_all())
    case = "connected, no jobs"
    start = "from the process's start to READY"
    return [
        Figure(name="start_s", case=start, values=[each.ready_s for each in seen]),
        Figure(
            name="start_s", case=f"{start}, a bot that only defers", values=[each.ready_s for each in floor]
        ),
        Figure(
            name="start_ratio",
            case="the one over the other",
            values=[bot.ready_s / least.ready_s for bot, least in zip(seen, floor, strict=True)],
            bound=1.5,
        ),
        Figure(name="idle_memory_mb", case=case, values=[each.memory_mb for each in seen], bound=80.0),
        Figure(
            name="idle_memory_mb",
            case=f"{case}, a bot that only defers",
            values=[each.memory_mb for each in floor],
        ),
        Figure(name="idle_wakes_per_s", case=case, values=[each.wakes_per_s for each in seen], bound=1.0),
    ]


async def _all() -> tuple[list[_Idle], list[_Idle]]:
    """The bots, and as many that only defer; started in turn."""
    turn = asyncio.Lock()
    pairs = await asyncio.gather(*(_one(turn, command) for _ in range(RUNS) for command in (RUN, FLOOR)))
    return pairs[::2], pairs[1::2]


async def _one(turn: asyncio.Lock, command: Sequence[str]) -> _Idle:
    async with staged(command=command) as stage:
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
