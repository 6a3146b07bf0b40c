"""Songs that are posted by a button, and possibly erased meanwhile."""

import random
from collections.abc import Iterator
from typing import ClassVar

from sandbox.discord.application.bot_messages import NONCE_WINDOW_S
from sandbox.discord.world.model import Message
from tests.e2e.rig import Rig, words
from tests.faults.orders import Order
from tests.faults.points import Boundary, Kill, Plan, Point
from tests.faults.scenes.busy import CHATTER
from tests.faults.scenes.erasing import MEMBER, OTHER, PRESS_LIMIT_S, ErasureScene
from tests.faults.stage import submitted_prompts, written_by_bot
from tests.faults.verdict import Asked, Verdict, judged

BUSY = "share-busy"
SHARED_IN, POSTED_IN = "music", "general"

SHARE = (
    Boundary("callback", 1),
    Boundary("audio", 1, ("handled",)),
    Boundary("message.create", 1),
    Boundary("original.edit", 1),
)
POST_HERE = (Boundary("message.create", 1), Boundary("original.edit", 1, ("before",)))
BUSY_KILLS = (
    (Kill("message.create", 1, "handled"),),
    (Kill("message.create", 1, "answered"),),
    (Kill("message.create", 1, "handled"), Kill("history", 1, "handled")),
)
ERASED: tuple[tuple[Point, tuple[Kill, ...]], ...] = (
    (Point("callback", 1, "answered"), ()),
    (Point("audio", 1, "handled"), ()),
    (Point("message.create", 1, "before"), ()),
    (Point("message.create", 1, "before"), (Kill("original.edit", 1, "before"),)),
    (Point("message.create", 1, "handled"), ()),
    (Point("message.create", 1, "handled"), (Kill("original.edit", 1, "before"),)),
)
"""What the erasure overtakes, and where it is interrupted itself."""


class Sharing(ErasureScene):
    """The scenes `share` and `share-here`, and the first once more where others write a lot."""

    private: ClassVar = Order(MEMBER, SHARED_IN, "a serenade", private=True)
    public: ClassVar = Order(MEMBER, "backstage", "a ballad")
    orders: ClassVar = (private, public, Order(OTHER, "lobby", "a jig"))

    def __init__(self, rig: Rig, plan: Plan) -> None:
        super().__init__(rig, plan)
        self.linked = False

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """At every boundary of the send, and erased at some of them."""
        for scene, boundaries in (("share", SHARE), ("share-here", POST_HERE)):
            for boundary in boundaries:
                for kill in boundary.kills():
                    yield Plan((kill.lingering(chance),), scene)
        for kills in BUSY_KILLS:
            yield Plan(kills, BUSY)
        for moment, kills in ERASED:
            yield Plan(kills, "share", moment)
        for moment, kills in ERASED[2:]:
            yield Plan(kills, "share-here", moment)

    @property
    def place(self) -> str:
        """The channel in which nothing stands but what is posted at the press."""
        return POSTED_IN if self.plan.scene == "share-here" else SHARED_IN

    async def perform(self) -> None:
        """Two songs are delivered and one of them is posted by a button; another member's is delivered as usual."""
        asked = await self.tell(self.private)
        await self.tell(self.public)
        await self.ask(self.orders[-1])
        await self.ask_to_erase()
        if self.plan.scene == "share-here":
            source, label = await self._looked_up(), "Post here"
        else:
            source, label = await self.discord_says(lambda: asked.answer), f"Share in #{SHARED_IN}"
        self._chat()
        self.all_asked.set()
        self.counts_moment = True
        if self.moment is None:
            self.killer.begin()
        await self._post(source, label)
        if self.erasing is not None:
            await self.erasing
        self.songs_may_end.set()

    async def _looked_up(self) -> Message:
        job = next(job for job in self.rig.whisul.jobs.values() if self.public.wish in job.prompt)
        return await self.rig.status(job.short_id, user=MEMBER, channel=POSTED_IN)

    async def _post(self, source: Message, label: str) -> None:
        """Press until the answer has a link; who has erased everything presses no more."""
        while not (self.linked or self.is_erased):
            process = self.rig.bot.process
            press = await self.rig.discord.press(user=MEMBER, message=source, label=label)
            await self._until(
                lambda press=press, process=process: (
                    press.answer or press.failed or process.returncode is not None or self.erasing
                ),
                PRESS_LIMIT_S,
            )
            if self.erasing is not None:
                await self.erasing
            await self.until_connected()
            self.linked = press.answer is not None and "discord.com/channels/" in words(press.answer)

    async def while_down(self) -> None:
        """In the busy scene people talk on, for longer than nonces are remembered."""
        if self.plan.scene == BUSY:
            self.rig.discord.jump(NONCE_WINDOW_S + 1)
            self._chat()

    def _chat(self) -> None:
        if self.plan.scene == BUSY:
            for number in range(CHATTER):
                self.rig.discord.world.say("bela", SHARED_IN, f"message number {number}")

    def judged(self) -> Verdict:
        """With an erasure as in that scene; else each song is delivered once, and once more where it was shared."""
        if self.plan.moment is not None:
            return super().judged()
        place = self.rig.discord.world.channel(self.place)
        written = written_by_bot(self.rig.discord.world)
        posts = [message for message in written if message.channel_id == place.id]
        rest = [message for message in written if message.channel_id != place.id]
        verdict = judged(self._requests(), messages=rest, submitted=submitted_prompts(self.rig.whisul))
        if len(posts) > 1:
            verdict.duplicated.append(f"one press after the other left {len(posts)} posts")
        if len(posts) < self.linked:
            verdict.lost.append("the answer to the press links to a post that does not stand there")
        return verdict

    def _requests(self) -> list[Asked]:
        """The requests as they were before the share, with the private song in its response."""
        return [
            Asked(
                each.mark, each.interaction, {**each.row, "is_private": order.private, "rung": "interaction"}
            )
            if each.row is not None and order.private
            else each
            for each, (order, _, _) in zip(self.requests(), self.asked, strict=True)
        ]
