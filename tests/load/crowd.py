"""Many users in many servers who use /compose at the same moment."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from sandbox.discord import SeenInteraction
from sandbox.discord.world.clock import SandboxClock
from sandbox.discord.world.model import Channel, User
from sandbox.discord.world.world import World
from sandbox.whisul import JobPlan, Planned
from tests.e2e.rig import Rig
from tests.faults.stage import paired, submitted_prompts, written_by_bot
from tests.faults.verdict import Verdict, judged

GENERATION_S = 1.0
MAX_GROWTH = 0.10
"""By so large a part the memory may be more after a second wave than after the first: the database has grown, the driver
and SQLite keep more of it at hand, and the allocator returns little."""

TOLD = ("delivered", "undeliverable")
WAVE_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Seat:
    """A user, and the channel in which they use the bot."""

    user: User
    channel: Channel


@dataclass(frozen=True, slots=True)
class Wave:
    """The result of one wave: verdict, acknowledgement times, and the bot's memory afterwards."""

    asked: int
    acknowledged: int
    acknowledged_in_s: list[float]
    verdict: Verdict
    took_s: float
    memory_bytes: int

    @property
    def is_good(self) -> bool:
        """Whether everybody was acknowledged in time and got one outcome."""
        return self.acknowledged == self.asked and self.verdict.is_good

    def __str__(self) -> str:
        slowest, typical = max(self.acknowledged_in_s, default=0.0), _median(self.acknowledged_in_s)
        return (
            f"{self.acknowledged} of {self.asked} acknowledged (median {typical:.2f} s, slowest {slowest:.2f} s), "
            f"all told after {self.took_s:.1f} s, memory {self.memory_bytes / 2**20:.1f} MB"
        )


def growth(first: Wave, second: Wave) -> float:
    """Relative growth of the bot's memory between two waves of the same size."""
    return second.memory_bytes / first.memory_bytes - 1


def crowded_world(*, servers: int, people: int) -> tuple[World, list[Seat]]:
    """Create servers with one channel each, and users spread evenly over them."""
    world = World(SandboxClock())
    seats: list[Seat] = []
    for number in range(people):
        user = world.add_user(f"member{number:04}")
        server = f"Server {number % servers:03}"
        if number < servers:
            world.add_guild(server, owner=user)
            world.add_bot(server)
            channel = world.add_channel(server, f"songs-{number:03}")
        else:
            world.add_member(server, user)
            channel = world.channel(f"songs-{number % servers:03}")
        seats.append(Seat(user, channel))
    return world, seats


def make_songs_quickly(rig: Rig, generation_s: float = GENERATION_S) -> None:
    """From now on each song takes this long and finishes by itself."""
    rig.whisul.hold = False
    rig.whisul.script("submit", Planned(JobPlan(generation_s=generation_s)), times=None)


async def wave(rig: Rig, seats: list[Seat], *, name: str) -> Wave:
    """Everybody requests a song at the same moment; returns when every outcome is delivered."""
    began = time.monotonic()
    earlier = {message.id for message in written_by_bot(rig.discord.world)}
    prompts = [f"{_kind(number)} {name} number {number:04}".strip() for number in range(len(seats))]
    asked = await ask_all(rig, seats, prompts)
    await all_told(rig, {prompt for prompt, each in asked if each.acknowledged})
    took_s = time.monotonic() - began
    waits_s = [
        each.acknowledged_at - each.created_at for _, each in asked if each.acknowledged_at is not None
    ]
    return Wave(
        asked=len(asked),
        acknowledged=len(waits_s),
        acknowledged_in_s=waits_s,
        verdict=_verdict(rig, asked, earlier),
        took_s=took_s,
        memory_bytes=memory_bytes(rig),
    )


async def ask_all(
    rig: Rig, seats: Sequence[Seat], prompts: Sequence[str]
) -> list[tuple[str, SeenInteraction]]:
    """Everybody uses /compose at the same moment; returns each prompt and its interaction, once all are acknowledged."""
    asked = [
        (
            prompt,
            await rig.discord.command(
                user=seat.user, channel=seat.channel, name="compose", options={"prompt": prompt}
            ),
        )
        for seat, prompt in zip(seats, prompts, strict=True)
    ]
    await until(rig, lambda: all(each.acknowledged or each.failed for _, each in asked))
    return asked


def _kind(number: int) -> str:
    """Some prompts are refused and some songs fail, so that every kind of outcome occurs."""
    return {3: "[refuse]", 7: "[fail]"}.get(number % 25, "")


async def until(rig: Rig, predicate: Callable[[], bool]) -> None:
    """Wait until a condition holds in the stand-in."""
    await rig.discord.wait_for(predicate, timeout_s=WAVE_LIMIT_S)


async def all_told(rig: Rig, prompts: set[str]) -> None:
    """Wait until every prompt has its outcome.

    Polls the database, which cannot notify, but rarely, so that the bot is not slowed down.
    """
    for _ in range(int(WAVE_LIMIT_S / 0.25)):
        if not prompts - {row["prompt"] for row in rig.rows() if row["delivery"] in TOLD}:
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"not all were told; the bot's log:\n{rig.bot.log[-6000:]}")


def _verdict(rig: Rig, asked: list[tuple[str, SeenInteraction]], earlier: set[int]) -> Verdict:
    """Judge by the messages since the start of the wave; earlier ones belong to the wave before."""
    own = {prompt for prompt, _ in asked}
    return judged(
        paired(asked, rig.rows()),
        messages=[message for message in written_by_bot(rig.discord.world) if message.id not in earlier],
        submitted=[prompt for prompt in submitted_prompts(rig.whisul) if prompt in own],
    )


def memory_bytes(rig: Rig) -> int:
    """The resident memory of the bot's process."""
    status = Path(f"/proc/{rig.bot.process.pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


def _median(values: list[float]) -> float:
    return quantiles(values, n=2)[0] if len(values) > 1 else sum(values)
