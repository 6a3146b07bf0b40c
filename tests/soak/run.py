"""Songs at a steady rate for a long time with random faults: checks for losses, duplicates and growth."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from sandbox.discord import SeenInteraction
from sandbox.discord.application.interactions import ACKNOWLEDGE_LIMIT_S
from sandbox.whisul import JobPlan
from tests.e2e.rig import Rig
from tests.faults.stage import paired, staged, submitted_prompts, written_by_bot
from tests.faults.verdict import Verdict, judged
from tests.load.crowd import TOLD, Seat, crowded_world, memory_bytes
from tests.soak.weather import Weather

SERVERS, PEOPLE = 10, 50
FAULTY_SHARE = 0.05
SONGS_PER_S = 2.0
GENERATION_S = 3.0
POLL_INTERVAL_S = 0.5
"""Not less: some polls are answered with 429, each of which pauses all calls for a second."""

WARM_UP_SHARE = 0.25
SETTLE_LIMIT_S = 120.0
MAX_MEMORY_GROWTH = 0.10
"""Allowed growth of memory from the first to the last third: learned durations, SQLite's cache."""

MAX_MORE_FILES = 8
"""Allowed growth of open files: connections in flight when sampled."""

WORDS = {3: "[refuse]", 7: "[fail]"}
SEVERAL = 25


@dataclass(frozen=True, slots=True)
class Sample:
    """The bot's process at one moment."""

    memory_bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    songs: int
    unanswered: int
    faults: int
    took_s: float
    verdict: Verdict
    samples: Sequence[Sample]
    log_tail: str

    @property
    def memory_growth_bytes(self) -> int:
        """The last third's median less the first's."""
        first, last = _thirds([sample.memory_bytes for sample in self.samples])
        return round(last - first)

    @property
    def more_files(self) -> int:
        """The same of open files."""
        first, last = _thirds([sample.files for sample in self.samples])
        return round(last - first)

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost or twice, and nothing grows."""
        level, _ = _thirds([sample.memory_bytes for sample in self.samples])
        is_flat = self.memory_growth_bytes <= MAX_MEMORY_GROWTH * level and self.more_files <= MAX_MORE_FILES
        return self.verdict.is_good and is_flat

    def __str__(self) -> str:
        return (
            f"soak: {self.songs} songs in {self.took_s / 60:.1f} min, lost {len(self.verdict.lost)}, "
            f"duplicated {len(self.verdict.duplicated)}, double-submitted {len(self.verdict.double_submitted)}, "
            f"memory {self.memory_growth_bytes / 2**20:+.1f} MB, files {self.more_files:+}"
        )


def _thirds(values: Sequence[int]) -> tuple[float, float]:
    """The medians of the first and of the last third, after the warm-up."""
    warm = values[int(len(values) * WARM_UP_SHARE) :]
    third = max(1, len(warm) // 3)
    return median(warm[:third]), median(warm[-third:])


async def soaked(folder: Path, *, minutes: float, songs_per_s: float = SONGS_PER_S, seed: int = 1) -> Report:
    """Carry it out in an empty folder."""
    began = time.monotonic()
    world, seats = crowded_world(servers=SERVERS, people=PEOPLE)
    weather = Weather(share=FAULTY_SHARE, seed=seed)
    asked: list[tuple[str, SeenInteraction]] = []
    samples: list[Sample] = []
    async with staged(folder, world=world, POLL_INTERVAL_S=str(POLL_INTERVAL_S)) as rig:
        await rig.start()
        rig.whisul.hold = False
        songs = JobPlan(generation_s=GENERATION_S)
        weather.comes_up(rig.whisul, rig.discord, songs=songs)
        background = [
            asyncio.create_task(_watch(rig, samples)),
            asyncio.create_task(weather.trouble_the_gateway(rig.discord)),
        ]
        try:
            await _ask(
                rig, seats, asked, until=time.monotonic() + minutes * 60, songs_per_s=songs_per_s, seed=seed
            )
        finally:
            for task in background:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        weather.calms_down(rig.whisul, rig.discord, songs=songs)
        trouble = await _settled(rig, asked)
        if code := await rig.bot.stop():
            trouble.append(f"the bot did not stop as asked: code {code}")
        return _report(rig, asked, samples, weather, trouble, time.monotonic() - began)


async def _ask(
    rig: Rig,
    seats: Sequence[Seat],
    asked: list[tuple[str, SeenInteraction]],
    *,
    until: float,
    songs_per_s: float,
    seed: int,
) -> None:
    """One after the other people use /compose, with uneven pauses."""
    chance = Random(f"{seed}/people")
    while time.monotonic() < until:
        number = len(asked)
        seat = seats[number % len(seats)]
        prompt = f"{WORDS.get(number % SEVERAL, '')} song number {number:06}".strip()
        interaction = await rig.discord.command(
            user=seat.user, channel=seat.channel, name="compose", options={"prompt": prompt}
        )
        asked.append((prompt, interaction))
        await asyncio.sleep(chance.uniform(0.2, 1.8) / songs_per_s)


async def _watch(rig: Rig, samples: list[Sample]) -> None:
    """Sample the process once a second until cancelled."""
    while True:
        samples.append(Sample(memory_bytes(rig), _open_files(rig)))
        await asyncio.sleep(1)


def _open_files(rig: Rig) -> int:
    return sum(1 for _ in Path(f"/proc/{rig.bot.process.pid}/fd").iterdir())


async def _settled(rig: Rig, asked: Sequence[tuple[str, SeenInteraction]]) -> list[str]:
    """Wait until every acknowledged request has its outcome; what is missing after the time-out is in the verdict."""
    await asyncio.sleep(ACKNOWLEDGE_LIMIT_S)
    for _ in range(int(SETTLE_LIMIT_S / 0.5)):
        told = {row["prompt"] for row in rig.rows() if row["delivery"] in TOLD}
        if all(prompt in told or each.failed for prompt, each in asked):
            return []
        await asyncio.sleep(0.5)
    return ["it did not come to an end"]


def _report(
    rig: Rig,
    asked: Sequence[tuple[str, SeenInteraction]],
    samples: Sequence[Sample],
    weather: Weather,
    trouble: Sequence[str],
    took_s: float,
) -> Report:
    rows = rig.rows()
    verdict = judged(
        paired(asked, rows),
        messages=written_by_bot(rig.discord.world),
        submitted=_sent_without_leave(rig, weather),
    )
    verdict.other.extend(trouble)
    if "Traceback" in rig.bot.log or '"exception"' in rig.bot.log:
        verdict.other.append("something unforeseen stands in the log")
    return Report(
        songs=len(rows),
        unanswered=sum(each.failed is not None for _, each in asked),
        faults=weather.faults,
        took_s=took_s,
        verdict=verdict,
        samples=samples,
        log_tail=rig.bot.log[-4000:],
    )


def _sent_without_leave(rig: Rig, weather: Weather) -> list[str]:
    """Every submit but those after which the next one is right."""
    left = Counter(submitted_prompts(rig.whisul))
    left.subtract(weather.let_off)
    return list(left.elements())
