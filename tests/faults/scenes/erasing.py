"""A member erases everything while their songs are queued, submitted, running and posted."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.discord import SeenInteraction
from sandbox.discord.world.model import Message
from sandbox.whisul.jobs import SimulatedJob
from tests.e2e.rig import Rig
from tests.faults.erased import ErasedSong, everything_in, published
from tests.faults.orders import Order
from tests.faults.play import RUN_LIMIT_S, Scene
from tests.faults.points import Boundary, Kill, Plan, Point
from tests.faults.stage import submitted_prompts, written_by_bot
from tests.faults.verdict import Verdict, judged

CONFIRM = "Erase my data"
MEMBER = "ada"
OTHER = "dana"
NOBODY = 0
OVER = ("completed", "failed", "expired", "timed_out", "unknown", "cancelled")

PRESS_LIMIT_S = 4.0
"""After so long somebody presses again: Discord itself gives up after three seconds."""

ANSWER_LIMIT_S = 1.0
"""How long a request that the erasure overtakes is held once that is committed, so that its answer can come first."""

WIPE_LIMIT_S = 8.0
"""How long is waited for cards to be wiped when everything else is over; only a run that fails takes so long."""

AT_REST = (Boundary("callback", 1), Boundary("original.edit", 2), Boundary("message.edit", 2))
"""The press, its answer and the wipes: kills in the middle of an erasure while all songs wait or are made."""

DISMISSED = (
    Kill("callback", 1, "answered"),
    Kill("message.edit", 1, "before"),
    Kill("message.edit", 2, "handled"),
)

MOMENTS: tuple[tuple[Point, tuple[Kill, ...]], ...] = (
    (Point("submit", 1, "before"), ()),
    (Point("submit", 2, "handled"), (Kill("original.edit", 1, "before"),)),
    (Point("submit", 1, "handled"), (Kill("message.edit", 1, "handled"),)),
    (Point("audio", 1, "before"), ()),
    (Point("cover", 2, "handled"), (Kill("original.edit", 1, "handled"),)),
    (Point("message.create", 1, "before"), ()),
    (Point("message.create", 1, "before"), (Kill("original.edit", 1, "before"),)),
    (Point("message.create", 1, "handled"), ()),
    (Point("message.create", 2, "handled"), (Kill("original.edit", 1, "before"),)),
    (Point("message.create", 2, "answered"), (Kill("original.edit", 1, "handled"),)),
    (Point("followup", 1, "before"), ()),
)
"""What the erasure overtakes, and where it is interrupted itself."""


class ErasureScene(Scene):
    """A user who presses the button of `/privacy delete` until everything is erased."""

    def __init__(self, rig: Rig, plan: Plan) -> None:
        super().__init__(rig, plan)
        self.moment = plan.moment
        self.counts_moment = False
        self.all_asked = asyncio.Event()
        self.question: Message | None = None
        self.press: SeenInteraction | None = None
        self.keys: dict[str, int] = {}
        self.before: dict[int, str] | None = None
        self.erasing: asyncio.Task[None] | None = None
        self._passed: Counter[tuple[str, str]] = Counter()

    @property
    def is_erased(self) -> bool:
        """Whether the erasure was seen to be committed."""
        return self.before is not None

    async def around(self, kind: str, phase: str) -> None:
        """The hook of both servers: sees the erasure's commit, starts it at its moment, and kills."""
        self.take_snapshot()
        if self._is_moment(kind, phase):
            await self._erase_during(phase)
        await super().around(kind, phase)

    def _is_moment(self, kind: str, phase: str) -> bool:
        if self.moment is None or not self.counts_moment:
            return False
        self._passed[kind, phase] += 1
        wanted = (self.moment.kind, self.moment.phase, self.moment.number)
        return self.erasing is None and (kind, phase, self._passed[kind, phase]) == wanted

    async def _erase_during(self, phase: str) -> None:
        """Hold a request until the erasure is committed, then let it continue, or fail with the bot."""
        process = self.rig.bot.process
        await self.all_asked.wait()
        self.erasing = asyncio.create_task(self.erase())
        await self._until(lambda: self.is_erased or process.returncode is not None, PRESS_LIMIT_S)
        await self._until(lambda: self._is_answered() or process.returncode is not None, ANSWER_LIMIT_S)
        if process.returncode is not None and phase == "before":
            raise ConnectionResetError("the request dies with the bot")

    def _is_answered(self) -> bool:
        """Whether the answer stands there, or can stand nowhere any more."""
        question = self.question
        return question is not None and (question.deleted or "**Erased:**" in question.content)

    def take_snapshot(self) -> None:
        """Keep what stands in all messages of the bot, once: as soon as the erasure is seen to be committed."""
        if self.press is None or self.is_erased:
            return
        rows = {row["key"]: row for row in self.rig.rows()}
        if all(rows[key]["requester_id"] == NOBODY for key in self.keys.values() if key in rows):
            self.before = {message.id: everything_in(message) for message in self._messages()}

    def _messages(self) -> list[Message]:
        world = self.rig.discord.world
        found = [message for log in world.message_log.values() for message in log.values()]
        return [message for message in found if message.author_id == world.bot.id]

    async def tell(self, order: Order) -> SeenInteraction:
        """Request a song, finish it, and wait for its delivery."""
        await self.ask(order)
        _, take, asked = self.asked[-1]
        await self.rig.whisul.wait_for(lambda: self._job(order.prompt(take)))
        await self.until_cards(told=len(self.asked) - 1)
        job = self._job(order.prompt(take))
        assert job is not None
        self.end(job)
        await self.until_rows(lambda row: row["delivery"] == "delivered")
        return asked

    async def ask_to_erase(self) -> Message:
        """Use `/privacy delete`, which asks for a confirmation."""
        await self.until_connected()
        asked = await self.rig.discord.command(
            user=MEMBER, channel="general", name="privacy delete", options={}
        )
        self.question = question = await self.discord_says(lambda: asked.answer)
        return question

    async def erase(self) -> None:
        """Press its button; when that comes to nothing, ask and press again, as people do."""
        self.keys = {
            row["prompt"]: row["key"] for row in self.rig.rows() if row["requester_id"] == self._member_id
        }
        self.killer.begin()
        while not self.is_erased:
            question = self.question
            if question is None or question.deleted or CONFIRM not in str(question.components):
                question = await self.ask_to_erase()
            process = self.rig.bot.process
            self.press = press = await self.rig.discord.press(user=MEMBER, message=question, label=CONFIRM)
            await self._until(
                lambda press=press, process=process: (
                    self.is_erased or press.failed or process.returncode is not None
                ),
                PRESS_LIMIT_S,
            )
            if not self.is_erased:
                await self.until_connected()
        process = self.rig.bot.process
        await self._until(lambda: self._is_answered() or process.returncode is not None, PRESS_LIMIT_S)

    @property
    def _member_id(self) -> int:
        return self.rig.discord.world.user(MEMBER).id

    async def _until(self, predicate: Callable[[], object], limit_s: float) -> None:
        """Wait for what rings no bell, for so long at most."""
        ends_at = time.monotonic() + limit_s
        while not predicate() and time.monotonic() < ends_at:
            self.take_snapshot()
            await asyncio.sleep(0.02)

    def is_final(self, row: Mapping[str, Any]) -> bool:
        """Whether the job is delivered, or final and erased."""
        return super().is_final(row) or (row["requester_id"] == NOBODY and row["state"] in OVER)

    async def until_final(self) -> None:
        """Wait also until no erased text is shown."""
        await super().until_final()
        if self.is_erased:
            await self._until(lambda: not self._published(), WIPE_LIMIT_S)

    async def performed(self) -> None:
        """Stop pressing when the run is over."""
        try:
            await super().performed()
        finally:
            if self.erasing is not None:
                self.erasing.cancel()

    # --- the verdict --------------------------------------------------------------------------------------------

    def judged(self) -> Verdict:
        """Others get their outcomes, and nothing of the member is shown."""
        songs = self.erased_songs()
        others = [each for each in self.requests() if each.interaction.user.id != self._member_id]
        theirs = [
            message
            for message in written_by_bot(self.rig.discord.world)
            if not any(song.shown_in(everything_in(message)) for song in songs)
        ]
        verdict = judged(others, messages=theirs, submitted=submitted_prompts(self.rig.whisul))
        verdict.published_after_erasure.extend(self._published())
        if not self.is_erased:
            verdict.other.append("nothing was erased")
        return verdict

    def _published(self) -> list[str]:
        world = self.rig.discord.world
        direct = [channel.id for channel in world.channels.values() if channel.is_dm]
        return published(self.erased_songs(), self._messages(), before=self.before or {}, direct=direct)

    def erased_songs(self) -> list[ErasedSong]:
        """The member's songs, by the state of their rows."""
        rows = {row["key"]: row for row in self.rig.rows()}
        asked = [(order, take) for order, take, each in self.asked if each.user.id == self._member_id]
        return [self._erased(order, take, rows) for order, take in asked]

    def _erased(self, order: Order, take: int, rows: Mapping[int, Mapping[str, Any]]) -> ErasedSong:
        row: Mapping[str, Any] = rows.get(self.keys.get(order.prompt(take), 0), {})
        told = row.get("delivery") == "delivered"
        traces = [order.mark(take)]
        if (job := self._job(order.prompt(take))) is not None:
            traces += [f"/audio/{job.short_id}", f"/covers/{job.short_id}"]
            traces += [order.title, order.title.lower().replace(" ", "-")]
        return ErasedSong(order.mark(take), tuple(traces), told, public=told and not row["is_private"])

    def _job(self, prompt: str) -> SimulatedJob | None:
        return next((job for job in self.rig.whisul.jobs.values() if job.prompt == prompt), None)


class Erasing(ErasureScene):
    """One song was posted before; of the others some wait, some are made, one of them privately."""

    settings: ClassVar = {"MAX_RUNNING_JOBS": "3"}
    posted_before: ClassVar = Order(MEMBER, "music", "a ballad")
    orders: ClassVar = (
        posted_before,
        Order(MEMBER, "music", "a sonata"),
        Order(MEMBER, "general", "a serenade", private=True),
        Order(OTHER, "music", "a jig"),
        Order(MEMBER, "music", "a requiem"),
    )

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """While all songs wait or are made; with a dismissed question; and in the middle of what is done with a song."""
        for boundary in AT_REST:
            for kill in boundary.kills():
                yield Plan((kill.lingering(chance),), "erasure")
        for kill in DISMISSED:
            yield Plan((kill.lingering(chance),), "erasure-dismissed")
        yield Plan((), "erasure-dismissed")
        for moment, kills in MOMENTS:
            yield Plan(kills, "erasure", moment)

    async def around(self, kind: str, phase: str) -> None:
        """The member also dismisses the confirmation as soon as the press was acknowledged."""
        is_dismissed = self.plan.scene == "erasure-dismissed"
        if is_dismissed and self.press and self.press.acknowledged and self.question is self.press.source:
            self._dismiss(self.question)
        await super().around(kind, phase)

    def _dismiss(self, question: Message | None) -> None:
        if question is not None and not question.deleted and not self.is_erased:
            self.rig.discord.bot_messages.remove(question)

    async def perform(self) -> None:
        """One song is delivered, the others are requested, and everything is erased."""
        await self.tell(self.posted_before)
        await self.ask_to_erase()
        self.counts_moment = True
        for order in self.orders[1:]:
            await self.ask(order)
        await self._until(lambda: len(self.rig.rows()) == len(self.orders), RUN_LIMIT_S)
        if self.moment is None:
            await self.until_cards(told=1)
            await self.erase()
        self.all_asked.set()
        self.songs_may_end.set()
        await self._until(lambda: self.is_erased, RUN_LIMIT_S)
        if self.erasing is not None:
            await self.erasing
