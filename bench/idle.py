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
AGAIN = "at the second start"
FLOOR_BOT = "a bot that only defers"


@dataclass(frozen=True, slots=True)
class _Idle:
    ready_s: float
    memory_mb: float
    wakes_per_s: float


def idle() -> list[Figure]:
    """Start-up time, memory and wake-ups of idle bots; they are started one by one, and watched together."""
    first, again, floor = asyncio.run(_all())
    start, connected = "from the process's start to READY", "connected, no jobs"
    return [
        Figure(name="start_s", case=start, values=[each.ready_s for each in first]),
        Figure(name="start_s", case=f"{start}, {AGAIN}", values=[each.ready_s for each in again]),
        Figure(name="start_s", case=f"{start}, {FLOOR_BOT}", values=[each.ready_s for each in floor]),
        _start_ratio("the one over the other", first, floor),
        _start_ratio(f"the one over the other, {AGAIN}", again, floor),
        _memory(connected, first, bound=80.0),
        _memory(f"{connected}, {AGAIN}", again, bound=80.0),
        _memory(f"{connected}, {FLOOR_BOT}", floor),
        Figure(
            name="idle_wakes_per_s", case=connected, values=[each.wakes_per_s for each in first], bound=1.0
        ),
    ]


def _start_ratio(case: str, bots: list[_Idle], floor: list[_Idle]) -> Figure:
    values = [bot.ready_s / least.ready_s for bot, least in zip(bots, floor, strict=True)]
    return Figure(name="start_ratio", case=case, values=values, bound=1.5)


def _memory(case: str, seen: list[_Idle], bound: float | None = None) -> Figure:
    return Figure(name="idle_memory_mb", case=case, values=[each.memory_mb for each in seen], bound=bound)


async def _all() -> tuple[list[_Idle], list[_Idle], list[_Idle]]:
    """The bots at their first start, as many at their second, and as many that only defer; started in turn."""
    turn = asyncio.Lock()
    runs = (
        run for _ in range(RUNS) for run in (_one(turn, RUN), _one(turn, RUN, again=True), _one(turn, FLOOR))
    )
    seen = await asyncio.gather(*runs)
    return seen[::3], seen[1::3], seen[2::3]


async def _one(turn: asyncio.Lock, command: Sequence[str], *, again: bool = False) -> _Idle:
    """What one bot needs; with `again`, at its second start."""
    async with staged(command=command) as stage:
        async with turn:
            if again:
                await stage.start()
                await stage.stop()
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
