"""One run of several bots: members ask in every server, something happens to a bot, and the operator starts it again."""

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.concurrency import cancel_and_wait
from bot.replies import refusals
from sandbox.bot_process import BotProcess
from sandbox.discord import SeenInteraction
from sandbox.whisul.behaviour import rate_limited
from tests.e2e.rig import words
from tests.faults.group.plan import GroupPlan
from tests.faults.group.stage import Group, is_owner, until
from tests.faults.stage import submitted_prompts, written_by_bot
from tests.faults.verdict import Asked

RUN_LIMIT_S = 400.0
SUSPENDED_S = 40.0
TAKEN_OVER_WITHIN_S = 60.0
"""How long is waited for others to take over, before the operator starts a bot again: what takes longer shows in the verdict."""

WAIT_S = 25
"""The Retry-After of a 429: longer than it takes another process to lead."""

QUIET_S = 45.0
"""An acknowledged request that has no row and no answer after so long never will: others look for such every 30 seconds."""

OPEN_TRANSACTIONS = """
SELECT pid, state, wait_event, (clock_timestamp() - state_change)::text AS since, left(query, 60) AS query,
       pg_blocking_pids(pid) AS blocked_by
FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start
"""

LOOKS_FIRST = 12
MEMBERS = ("ada", "bela", "chidi")
INTERRUPTED = str(refusals.interrupted().content)


@dataclass(slots=True)
class GroupPlay:
    """Three requests in each server, where limits admit two of them.

    `leads_s` and `serves_s` are the seconds from the strike until others lead, and have all sessions; None: not struck there.
    """

    group: Group
    plan: GroupPlan
    asked: list[tuple[str, SeenInteraction]] = field(default_factory=list[tuple[str, SeenInteraction]])
    struck_at: float | None = None
    leads_s: float | None = None
    serves_s: float | None = None
    bad_exits: list[int] = field(default_factory=list[int])
    trouble: list[str] = field(default_factory=list[str])
    _seen: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _struck: asyncio.Event = field(default_factory=asyncio.Event)
    _striking: asyncio.Task[None] | None = None
    _victims: list[BotProcess] = field(default_factory=list[BotProcess])
    _expected: dict[BotProcess, int] = field(default_factory=dict[BotProcess, int])
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def performed(self) -> None:
        """From the first start until everything is final and all bots run again."""
        rig = self.group.rig
        for bot in self.group.bots:
            await bot.start()
        await until(self.group.all_serve)
        if self.plan.told_to_wait:
            rig.whisul.script("poll", rate_limited(WAIT_S))
        rig.whisul.on_request = self.around
        rig.discord.on_request(self.around)
        rig.discord.on_event(self.around)
        background = [asyncio.create_task(self._operate()), asyncio.create_task(self._make_songs())]
        try:
            async with asyncio.TaskGroup() as people:
                for channel in self.group.channels:
                    for member in MEMBERS:
                        people.create_task(self._ask(member, channel))
            await self._until_final()
            if self.struck_at is not None:
                await self._over.wait()
            await self._until_final()
        finally:
            for task in background:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def around(self, kind: str, phase: str) -> None:
        """The hook of both servers: strikes at the planned point."""
        number = self._seen[kind, phase] = self._seen.get((kind, phase), 0) + 1
        point = self.plan.point
        if (kind, phase, number) != (point.kind, point.phase, point.number) or self.struck_at is not None:
            return
        self.struck_at = time.monotonic()
        # In a task of its own: the server ends the one that calls this when the bot at its other end is killed.
        self._striking = asyncio.create_task(self._strike())
        await asyncio.shield(self._striking)

    async def _strike(self) -> None:
        await asyncio.sleep(self.plan.point.linger_ms / 1000)
        if self.plan.told_to_wait:
            # What the leader has not stored yet, the next one cannot keep to.
            await until(self._knows_the_wait)
        self._victims = await self._chosen()
        self.struck_at = time.monotonic()
        match self.plan.act:
            case "database":
                await self.group.restart_database()
            case "kill":
                self._expected |= dict.fromkeys(self._victims, -signal.SIGKILL)
                for bot in self._victims:
                    await bot.kill()
            case "suspend":
                for bot in self._victims:
                    bot.process.send_signal(signal.SIGSTOP)
            case "stop":
                self._expected |= dict.fromkeys(self._victims, 0)
                for bot in self._victims:
                    bot.process.send_signal(signal.SIGTERM)
        self._struck.set()

    async def _knows_the_wait(self) -> bool:
        return bool(await self.group.query("SELECT FROM leader WHERE paused_until IS NOT NULL"))

    async def _chosen(self) -> list[BotProcess]:
        leader = await self.group.leader()
        others = [bot for bot in self.group.bots if bot is not leader]
        leading = [] if leader is None else [leader]
        match self.plan.target:
            case "leader":
                return leading
            case "other":
                return others[:1]
            case "two":
                return [*leading, *others][:2]
            case "all":
                return []

    async def _operate(self) -> None:
        """The operator: measure how others take over, and have all bots run again after that."""
        await self._struck.wait()
        if self._victims:
            watching = [
                asyncio.create_task(self._watch_leading()),
                asyncio.create_task(self._watch_serving()),
            ]
            if await cancel_and_wait(watching, grace_s=TAKEN_OVER_WITHIN_S):
                open_transactions = await self.group.query(OPEN_TRANSACTIONS)
                self.trouble.append(
                    f"nobody had taken over after {TAKEN_OVER_WITHIN_S:g} s, with {open_transactions}"
                )
        for bot in self._victims:
            match self.plan.act:
                case "suspend":
                    await asyncio.sleep(max(0.0, SUSPENDED_S - self._since_strike()))
                    bot.process.send_signal(signal.SIGCONT)
                case _:
                    if (code := await bot.process.wait()) != self._expected[bot]:
                        self.bad_exits.append(code)
                    await bot.start()
        await until(self.group.all_serve)
        self._over.set()
        self.bad_exits += await _first_exit(self.group.bots)

    def _since_strike(self) -> float:
        return time.monotonic() - (self.struck_at or 0.0)

    async def _watch_leading(self) -> None:
        if self.plan.target == "other":
            return
        owners = [bot.process.pid for bot in self._victims]

        async def is_taken() -> bool:
            leader = await self.group.leader()
            return leader is not None and leader.process.pid not in owners

        await until(is_taken)
        self.leads_s = self._since_strike()

    async def _watch_serving(self) -> None:
        async def are_taken() -> bool:
            owners = await self.group.owners()
            is_theirs = [is_owner(bot, owner) for bot in self._victims for owner in owners.values()]
            return len(owners) == len(self.group.channels) and not any(is_theirs)

        await until(are_taken)
        self.serves_s = self._since_strike()

    async def _ask(self, member: str, channel: Any) -> None:
        """A member: use the command, and again when Discord says that the bot did not respond."""
        for take in range(1, 20):
            prompt = f"a song of {member} in {channel.name} take {take}"
            asked = await self.group.rig.discord.command(
                user=member, channel=channel, name="compose", options={"prompt": prompt}
            )
            self.asked.append((prompt, asked))
            await self.group.rig.discord.wait_for(
                lambda asked=asked: asked.acknowledged or asked.failed, timeout_s=RUN_LIMIT_S
            )
            if asked.acknowledged:
                return

    async def _make_songs(self) -> None:
        """Whisul: finish songs, once all that are made were polled for a while."""
        whisul = self.group.rig.whisul
        await whisul.wait_for(
            lambda: sum(each.kind == "poll" for each in whisul.requests) >= LOOKS_FIRST, RUN_LIMIT_S
        )
        while True:
            for job in list(whisul.jobs.values()):
                if job.status == "running":
                    whisul.finish(job.job_id)
            await asyncio.sleep(0.1)

    async def rows(self) -> list[dict[str, Any]]:
        """The jobs."""
        return await self.group.query("SELECT * FROM jobs ORDER BY key")

    async def _until_final(self) -> None:
        """Wait until all that was recorded is delivered, and all that was acknowledged is recorded or answered."""
        quiet_since: float | None = None
        while True:
            rows = await self.rows()
            recorded = {row["prompt"] for row in rows}
            open_rows = [row for row in rows if row["delivery"] not in ("delivered", "undeliverable")]
            missing = [prompt for prompt, asked in self.asked if prompt not in recorded and _is_silent(asked)]
            if open_rows:
                quiet_since = None
            elif not missing and rows:
                return
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_S:
                return
            await asyncio.sleep(0.1)

    async def requests(self) -> list[Asked]:
        """Each use of /compose with the row that was written of it."""
        rows = {row["prompt"]: row for row in await self.rows()}
        return [Asked(prompt, asked, rows.get(prompt)) for prompt, asked in self.asked]

    def messages(self) -> list[Any]:
        """What the bots have written."""
        return written_by_bot(self.group.rig.discord.world)

    def submitted(self) -> list[str]:
        """The prompts that have arrived at Whisul."""
        return submitted_prompts(self.group.rig.whisul)


def _is_silent(asked: SeenInteraction) -> bool:
    """Whether a request is acknowledged, and nobody has said what came of it."""
    answers = [each for each in (asked.response, *asked.followups) if each and not each.loading]
    return asked.acknowledged and not any(words(each) for each in answers)


async def _first_exit(bots: list[BotProcess]) -> list[int]:
    """The exit codes of bots that end by themselves; waits for ever if none does."""
    waiting = [asyncio.create_task(bot.process.wait()) for bot in bots]
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return [task.result() for task in done]
    finally:
        for task in waiting:
            task.cancel()
