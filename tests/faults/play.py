"""Users, Whisul and operator of one run; scenes override what differs."""

import asyncio
import random
import signal
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from bot.replies import refusals
from sandbox.discord import Permission, SeenInteraction
from sandbox.whisul.jobs import SimulatedJob
from tests.e2e.rig import Rig, words
from tests.faults.killer import Killer
from tests.faults.orders import ORDERS, Order
from tests.faults.points import Plan
from tests.faults.stage import submitted_prompts, written_by_bot
from tests.faults.verdict import Asked, Verdict, judged

RUN_LIMIT_S = 240.0
"""Long enough for a slow machine; nothing waits for it when things go well."""

LOOKS_FIRST = 10
"""How many polls pass before the first song finishes, so that the bot can be killed at each."""

QUIET_S = 15.0
"""A request that is acknowledged, not stored and not taken back after this time, with a running bot, never will be."""

INTERRUPTED = str(refusals.interrupted().content)

TOLD = ("delivered", "undeliverable")


class Play:
    """Six simultaneous requests, by users who try again if Discord says that the bot did not respond."""

    orders: ClassVar[Sequence[Order]] = ORDERS
    settings: ClassVar[Mapping[str, str]] = {}
    kills_from_the_start: ClassVar[bool] = True

    def __init__(self, rig: Rig, plan: Plan) -> None:
        self.rig = rig
        self.plan = plan
        self.chance = plan.chance()
        self.killer = Killer(rig.bot, plan.kills, begun=self.kills_from_the_start)
        self.asked: list[tuple[Order, int, SeenInteraction]] = []
        self.bad_exits: list[int] = []
        self.looked_up: dict[int, str] = {}

    async def around(self, kind: str, phase: str) -> None:
        """The hook of both servers."""
        await self.killer.around(kind, phase)

    async def performed(self) -> None:
        """From the first start until everything is final."""
        await self.rig.bot.start()
        background = [asyncio.create_task(self.keep_running()), asyncio.create_task(self.make_songs())]
        try:
            await self.perform()
            await self.until_final()
            await self.killer.struck()
            await self.killer.retire()
            await self.until_final()
            await self.look_up_what_is_kept()
        finally:
            for task in background:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def perform(self) -> None:
        """What people do."""
        await self.ask_all(self.orders)

    async def keep_running(self) -> None:
        """The operator: start the bot again whenever it was killed."""
        while True:
            code = await self.rig.bot.process.wait()
            if code != -signal.SIGKILL:
                self.bad_exits.append(code)
                return
            await self.while_down()
            await self.rig.bot.start()
            self.killer.arm()

    async def while_down(self) -> None:
        """What happens between a kill and the next start."""

    async def ask_all(self, orders: Sequence[Order]) -> None:
        """Several people at once."""
        async with asyncio.TaskGroup() as people:
            for order in orders:
                people.create_task(self.ask(order))

    async def ask(self, order: Order) -> None:
        """A member: use the command, and again when Discord says that the bot did not respond."""
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        for take in range(1, 10):
            await self.discord_says(self.rig.is_ready)
            asked = await self.rig.discord.command(
                user=order.user, channel=order.channel, name="compose", options=order.options(take)
            )
            self.asked.append((order, take, asked))
            await self.discord_says(lambda asked=asked: asked.acknowledged or asked.failed)
            if asked.acknowledged:
                return

    async def make_songs(self) -> None:
        """Whisul: finish each song as planned, once songs may finish."""
        ended = set[str]()
        while True:
            await self.rig.whisul.wait_for(lambda: self.rig.whisul.jobs.keys() - ended, RUN_LIMIT_S)
            await self.until_songs_may_end()
            for job in [job for job in self.rig.whisul.jobs.values() if job.job_id not in ended]:
                await asyncio.sleep(self.chance.uniform(0, 0.1))
                if job.status == "running":
                    self.end(job)
                ended.add(job.job_id)

    async def until_songs_may_end(self) -> None:
        """Let all jobs be polled for a while."""
        await self.rig.whisul.wait_for(self._looked_at_enough, RUN_LIMIT_S)

    def _looked_at_enough(self) -> bool:
        return sum(request.kind == "poll" for request in self.rig.whisul.requests) >= LOOKS_FIRST

    def end(self, job: SimulatedJob) -> None:
        """End a song as its order says; no two of a run have the same title."""
        order = next(each for each in self.orders if each.wish in job.prompt)
        if order.muted:
            world = self.rig.discord.world
            world.deny(order.channel, world.bot, Permission.SEND_MESSAGES)
        job.plan = replace(job.plan, result={"title": order.title})
        self.rig.whisul.finish(job.job_id, status=order.ends)

    async def discord_says(self, predicate: Callable[[], Any]) -> Any:
        """Wait for something to be true in the stand-in."""
        return await self.rig.discord.wait_for(predicate, timeout_s=RUN_LIMIT_S)

    async def until_connected(self) -> None:
        """Wait until the bot, which may have been killed, is there again."""
        await self.discord_says(lambda: self.killer.is_bot_up and self.is_connected() and self.rig.is_ready())

    async def until_cards(self, *, told: int = 0) -> None:
        """Wait until all but the delivered ones have a card with their prompt, and the rows have the public cards' IDs."""
        await self.discord_says(lambda: all(map(self._has_card, self.asked[told:])))
        await self.until_rows(lambda row: row["card_message_id"] or row["is_private"] or not row["prompt"])

    def _has_card(self, asked: tuple[Order, int, SeenInteraction]) -> bool:
        order, take, interaction = asked
        answer = interaction.answer
        return interaction.failed is not None or (answer is not None and order.mark(take) in words(answer))

    async def until_rows(self, predicate: Callable[[dict[str, Any]], object]) -> None:
        """Wait until every row is as wanted, by polling the database."""
        while True:
            if all(map(predicate, self.rig.rows())):
                return
            await asyncio.sleep(0.05)

    async def until_final(self) -> None:
        """Wait until every acknowledged request is delivered, or certainly was never stored."""
        quiet_since: float | None = None
        while True:
            rows = self.rig.rows()
            if not (self.is_connected() and all(map(self.is_final, rows))):
                quiet_since = None
            elif len(rows) >= sum(self._is_taken(asked) for _, _, asked in self.asked):
                return
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_S:
                return
            await asyncio.sleep(0.05)

    def _is_taken(self, asked: SeenInteraction) -> bool:
        """Whether a request is acknowledged, and the bot has not said after a restart that it was not taken."""
        return asked.acknowledged and (asked.answer is None or INTERRUPTED not in words(asked.answer))

    def is_final(self, row: Mapping[str, Any]) -> bool:
        """Whether nothing will come of a row any more."""
        return row["delivery"] in TOLD

    def is_connected(self) -> bool:
        """Whether the gateway has a connection to the bot: Discord calls it online for longer."""
        return any(session.connection for session in self.rig.discord.gateway.sessions.values())

    async def look_up_what_is_kept(self) -> None:
        """Use `/job status` for undeliverable outcomes, and keep its answers by the job's key."""
        for row in self.rig.rows():
            if row["delivery"] == "undeliverable":
                order = next(each for each in self.orders if each.wish in row["prompt"])
                reference = (row["job_id"] or f"#{row['key']}")[:8]
                answer = words(await self.rig.status(reference, user=order.user, channel="lobby"))
                self.looked_up[row["key"]] = answer if order.wish in answer else ""

    def verdict(self) -> Verdict:
        """Judge by what stands now."""
        verdict = self.judged()
        verdict.other.extend(f"the bot ended by itself with code {code}" for code in self.bad_exits)
        if "Traceback" in self.rig.bot.log or '"exception"' in self.rig.bot.log:
            verdict.other.append("something unforeseen stands in the log")
        return verdict

    def judged(self) -> Verdict:
        """What came of the songs."""
        return judged(
            self.requests(),
            messages=written_by_bot(self.rig.discord.world),
            submitted=submitted_prompts(self.rig.whisul),
        )

    def requests(self) -> list[Asked]:
        """Each use of /compose with the row that was written of it."""
        rows = {row["prompt"]: row for row in self.rig.rows()} if self.rig.database.exists() else {}
        found = list[Asked]()
        for order, take, interaction in self.asked:
            row = rows.get(order.prompt(take))
            looked_up = self.looked_up.get(row["key"]) if row else None
            found.append(Asked(order.mark(take), interaction, row, looked_up))
        return found


class Scene(Play):
    """A run in which songs may end, and kills are counted, from the moment at which the scene says so."""

    kills_from_the_start: ClassVar = False

    def __init__(self, rig: Rig, plan: Plan) -> None:
        super().__init__(rig, plan)
        self.songs_may_end = asyncio.Event()

    @classmethod
    @abstractmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """The runs of the scene; what is chosen among many is chosen by chance."""

    async def until_songs_may_end(self) -> None:
        """Until the scene says so."""
        await self.songs_may_end.wait()
