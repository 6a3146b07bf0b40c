"""A rolling restart under load: every bot is stopped and started again, one after the other, while members go on asking."""

import asyncio
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.policy.model import Policy
from sandbox.bot_process import BotProcess
from sandbox.discord import SeenInteraction
from sandbox.discord.world.model import Channel
from tests.e2e.rig import words
from tests.faults.group.stage import Group, staged_group, until
from tests.faults.stage import paired, submitted_prompts, written_by_bot
from tests.faults.verdict import Verdict, judged

ASK_EVERY_S = 2.0
"""In each channel, where Discord takes one message a second."""

CHANNELS_EACH = 4
"""In each server: six requests a second in all, with three bots."""

LATE_S = 15.0
LIMIT_S = 240.0
SETTINGS = {"WHISUL_REQUESTS_PER_SECOND": "50", "WHISUL_REQUEST_BURST": "50"}


@dataclass(frozen=True, slots=True)
class RollingOutcome:
    """What came of a rolling restart: `posted_s` are the seconds from the end of each song at Whisul to its post."""

    asked: int
    verdict: Verdict
    stops_s: list[float]
    posted_s: list[float]

    def __str__(self) -> str:
        slowest = max(self.posted_s, default=0.0)
        stops = ", ".join(f"{each:.1f}" for each in self.stops_s)
        return f"rolling restart: {self.asked} requests, slowest post {slowest:.1f} s, stops took {stops} s"


@dataclass(slots=True)
class _Load:
    """Members who go on asking in every server, and songs that end as soon as they are polled."""

    group: Group
    asked: list[tuple[str, SeenInteraction]] = field(default_factory=list[tuple[str, SeenInteraction]])
    ended_at: dict[str, float] = field(default_factory=dict[str, float])
    posted_at: dict[str, float] = field(default_factory=dict[str, float])
    _stopped: bool = False

    async def ask(self, channel: Channel) -> None:
        """Ask until told to stop."""
        discord = self.group.rig.discord
        while not self._stopped:
            prompt = f"song {len(self.asked)} in {channel.name}"
            asked = await discord.command(
                user="ada", channel=channel, name="compose", options={"prompt": prompt}
            )
            self.asked.append((prompt, asked))
            await asyncio.sleep(ASK_EVERY_S)

    def stop(self) -> None:
        """Ask no more."""
        self._stopped = True

    async def watch(self) -> None:
        """End songs, and note when each was ended and posted."""
        whisul = self.group.rig.whisul
        while True:
            now = time.monotonic()
            for job in list(whisul.jobs.values()):
                if job.status == "running":
                    self.ended_at[job.job_id] = now
                    whisul.finish(job.job_id)
            text = "\n".join(words(each) for each in written_by_bot(self.group.rig.discord.world))
            for job_id in self.ended_at.keys() - self.posted_at.keys():
                if job_id in text:
                    self.posted_at[job_id] = now
            await asyncio.sleep(0.1)

    def posted_s(self) -> list[float]:
        """From the end of each song to its post; what was never posted is not in it."""
        return [
            self.posted_at[job_id] - at for job_id, at in self.ended_at.items() if job_id in self.posted_at
        ]


async def rolled(server: Path, folder: Path, *, processes: int) -> RollingOutcome:
    """Restart every bot once, and judge."""
    async with staged_group(server, folder, processes=processes, policy=Policy(), **SETTINGS) as group:
        for bot in group.bots:
            await bot.start()
        await until(group.all_serve)
        load, world = _Load(group), group.rig.discord.world
        more = [
            world.add_channel(world.guild(channel.guild_id or 0), f"{channel.name}-{number}")
            for channel in group.channels
            for number in range(1, CHANNELS_EACH)
        ]
        watching = asyncio.create_task(load.watch())
        stops_s = list[float]()
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as people:
            for channel in (*group.channels, *more):
                people.create_task(load.ask(channel))
            for bot in group.bots:
                stops_s.append(await _stopped(bot))
                await bot.start()
                await until(group.all_serve)
            load.stop()
        await _until_delivered(group, len(load.asked))
        watching.cancel()
        return RollingOutcome(len(load.asked), await _verdict(group, load), stops_s, load.posted_s())


async def _stopped(bot: BotProcess) -> float:
    """Stop a bot as an operator does; returns how long that took."""
    began = time.monotonic()
    bot.process.send_signal(signal.SIGTERM)
    if (code := await bot.process.wait()) != 0:
        raise RuntimeError(f"a bot that was told to stop has ended with {code}:\n{bot.log[-3000:]}")
    return time.monotonic() - began


async def _until_delivered(group: Group, number: int) -> None:
    async def are_delivered() -> bool:
        rows = await group.query("SELECT count(*) AS number FROM jobs WHERE delivery = 'delivered'")
        return bool(rows) and rows[0]["number"] >= number

    # What was refused is never delivered: the verdict says so.
    try:
        async with asyncio.timeout(LATE_S * 2):
            await until(are_delivered)
    except TimeoutError:
        return


async def _verdict(group: Group, load: _Load) -> Verdict:
    rows = await group.query("SELECT * FROM jobs")
    verdict = judged(
        paired(load.asked, rows),
        messages=written_by_bot(group.rig.discord.world),
        submitted=submitted_prompts(group.rig.whisul),
    )
    recorded = {row["prompt"] for row in rows}
    for prompt, asked in load.asked:
        if prompt not in recorded:
            said = asked.failed or (words(asked.answer) if asked.answer else "nothing")
            verdict.other.append(f"{prompt!r} was not taken: {said}")
    verdict.other += [f"a post came after {each:.1f} s" for each in load.posted_s() if each > LATE_S]
    return verdict
