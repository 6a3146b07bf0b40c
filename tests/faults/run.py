"""One run: people ask for songs, the bot is killed and started again until everything is final."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sandbox.bot_process import BotProcess
from sandbox.discord import Permission, SeenInteraction
from sandbox.discord.interactions import ACKNOWLEDGE_LIMIT_S
from sandbox.whisul.jobs import SimulatedJob
from tests.e2e.rig import Rig, words
from tests.faults.orders import ORDERS, Order
from tests.faults.plan import Kill, Plan
from tests.faults.stage import staged, submitted_prompts, written_by_bot
from tests.faults.verdict import Asked, Verdict, judged

RUN_LIMIT_S = 75.0
LOOKS_FIRST = 10
"""So many looks are let pass before the first song ends, so that each of them can be killed."""

QUIET_S = 1.5
"""A request that is acknowledged and not written down after so long, with a bot that is up, never will be."""

LOG_TAIL_CHARS = 4000
TOLD = ("delivered", "undeliverable")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that is over. `kills` says how many of the planned ones were reached."""

    plan: Plan
    verdict: Verdict
    kills: int
    took_s: float
    log_tail: str


class Killer:
    """Kills the bot when a planned request comes by. It counts from the bot's last start."""

    def __init__(self, bot: BotProcess, kills: tuple[Kill, ...]) -> None:
        self._bot = bot
        self._kills = list(kills)
        self._seen: Counter[tuple[str, str]] = Counter()
        self._armed = asyncio.Event()
        self._armed.set()
        self.done = 0

    def arm(self) -> None:
        """The bot was started again."""
        self._seen.clear()
        self._armed.set()

    async def retire(self) -> None:
        """Kill nobody any more: what was planned did not come by. Returns once the bot has survived the last kill."""
        self._kills.clear()
        await self._armed.wait()

    async def around(self, kind: str, phase: str) -> None:
        """The hook of both servers."""
        self._seen[kind, phase] += 1
        if not (self._armed.is_set() and self._kills):
            return
        kill = self._kills[0]
        if (kind, phase, self._seen[kind, phase]) != (kill.kind, kill.phase, kill.number):
            return
        self._armed.clear()
        del self._kills[0]
        await asyncio.sleep(kill.linger_ms / 1000)
        self.done += 1
        await self._bot.kill()
        if kill.phase == "before":
            raise ConnectionResetError("the request dies with the bot")


@dataclass(slots=True)
class Play:
    """The people, Whisul and the operator of one run."""

    rig: Rig
    killer: Killer
    chance: Random
    asked: list[tuple[Order, int, SeenInteraction]] = field(
        default_factory=list[tuple[Order, int, SeenInteraction]]
    )
    bad_exits: list[int] = field(default_factory=list[int])

    async def keep_running(self) -> None:
        """The operator: start the bot again whenever it was killed."""
        while True:
            code = await self.rig.bot.process.wait()
            if code != -signal.SIGKILL:
                self.bad_exits.append(code)
                return
            await self.rig.bot.start()
            self.killer.arm()

    async def ask(self, order: Order) -> None:
        """A member: use the command, and again when Discord says that the bot did not respond."""
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        for take in range(1, 10):
            await self._discord_says(self.rig.is_ready)
            asked = await self.rig.discord.command(
                user=order.user, channel=order.channel, name="compose", options=order.options(take)
            )
            self.asked.append((order, take, asked))
            await self._discord_says(lambda asked=asked: asked.acknowledged or asked.failed)
            if asked.acknowledged:
                return

    async def make_songs(self) -> None:
        """Whisul: let all be looked at for a while, then end each song its way."""
        await self.rig.whisul.wait_for(self._looked_at_enough, RUN_LIMIT_S)
        ended = set[str]()
        while True:
            await self.rig.whisul.wait_for(lambda: self.rig.whisul.jobs.keys() - ended, RUN_LIMIT_S)
            for job in [job for job in self.rig.whisul.jobs.values() if job.job_id not in ended]:
                await asyncio.sleep(self.chance.uniform(0, 0.1))
                self._end(job)
                ended.add(job.job_id)

    def _looked_at_enough(self) -> bool:
        return sum(request.kind == "poll" for request in self.rig.whisul.requests) >= LOOKS_FIRST

    def _end(self, job: SimulatedJob) -> None:
        order = next(each for each in ORDERS if each.wish in job.prompt)
        if order.muted:
            world = self.rig.discord.world
            world.deny(order.channel, world.bot, Permission.SEND_MESSAGES)
        self.rig.whisul.finish(job.job_id, status=order.ends)

    async def _discord_says(self, predicate: Callable[[], Any]) -> None:
        await self.rig.discord.wait_for(predicate, timeout_s=RUN_LIMIT_S)

    async def until_final(self) -> None:
        """Wait until everything that was acknowledged is told, or surely never was written down."""
        quiet_since: float | None = None
        while True:
            rows = self.rig.rows()
            if not (self._is_connected() and all(row["delivery"] in TOLD for row in rows)):
                quiet_since = None
            elif len(rows) >= sum(asked.acknowledged for _, _, asked in self.asked):
                return
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_S:
                return
            await asyncio.sleep(0.05)

    def _is_connected(self) -> bool:
        return any(session.connection for session in self.rig.discord.gateway.sessions.values())

    async def look_up_what_is_kept(self) -> dict[int, str]:
        """Use `/job status` for what could be told nowhere; what it says, by the job's key."""
        said = dict[int, str]()
        for row in self.rig.rows():
            if row["delivery"] == "undeliverable":
                order = next(each for each in ORDERS if each.wish in row["prompt"])
                reference = (row["job_id"] or f"#{row['key']}")[:8]
                answer = await self.rig.status(reference, user=order.user, channel="lobby")
                said[row["key"]] = words(answer)
        return said

    def verdict(self, looked_up: dict[int, str]) -> Verdict:
        """Judge by what stands now."""
        rows = {row["prompt"]: row for row in self.rig.rows()} if self.rig.database.exists() else {}
        asked = list[Asked]()
        for order, take, interaction in self.asked:
            row = rows.get(order.prompt(take))
            asked.append(
                Asked(order.mark(take), interaction, row, looked_up.get(row["key"]) if row else None)
            )
        messages, submitted = written_by_bot(self.rig.discord.world), submitted_prompts(self.rig.whisul)
        verdict = judged(asked, messages=messages, submitted=submitted)
        verdict.other.extend(f"the bot ended by itself with code {code}" for code in self.bad_exits)
        if "Traceback" in self.rig.bot.log or '"exception"' in self.rig.bot.log:
            verdict.other.append("something unforeseen stands in the log")
        return verdict


async def carried_out(plan: Plan, folder: Path) -> Outcome:
    """Carry a run out in an empty folder. It ends in any case; what hangs shows in the verdict."""
    began = time.monotonic()
    async with staged(folder) as rig:
        killer = Killer(rig.bot, plan.kills)
        rig.whisul.on_request = killer.around
        rig.discord.on_request(killer.around)
        rig.discord.on_event(killer.around)
        play = Play(rig, killer, plan.chance())
        looked_up, trouble = dict[int, str](), list[str]()
        try:
            async with asyncio.timeout(RUN_LIMIT_S):
                looked_up = await _played(play)
        except (TimeoutError, AssertionError) as error:
            trouble.append(f"it did not come to an end ({type(error).__name__})")
        if not play.bad_exits and (code := await rig.bot.stop()):
            trouble.append(f"the bot did not stop as asked: code {code}")
        if not killer.done:
            trouble.append("the kill was never reached")
        # Discord tells those whom the bot never answered.
        rig.discord.jump(ACKNOWLEDGE_LIMIT_S + 1)
        verdict = play.verdict(looked_up)
        verdict.other.extend(trouble)
        return Outcome(plan, verdict, killer.done, time.monotonic() - began, rig.bot.log[-LOG_TAIL_CHARS:])


async def _played(play: Play) -> dict[int, str]:
    """From the first start until everything is final; returns what `/job status` said at the end."""
    await play.rig.bot.start()
    background = [asyncio.create_task(play.keep_running()), asyncio.create_task(play.make_songs())]
    try:
        async with asyncio.TaskGroup() as people:
            for order in ORDERS:
                people.create_task(play.ask(order))
        await play.until_final()
        await play.killer.retire()
        await play.until_final()
        return await play.look_up_what_is_kept()
    finally:
        for task in background:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
