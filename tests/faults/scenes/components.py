"""Songs posted as components (V2): in a channel, in a private answer, and as a direct message."""

import random
from collections.abc import Iterator
from typing import ClassVar

from sandbox.discord.application.bot_messages import NONCE_WINDOW_S
from tests.faults.orders import Order
from tests.faults.play import Scene
from tests.faults.points import Boundary, Kill, Plan

BOUNDARIES = (
    Boundary("message.create", 1),
    Boundary("original.edit", 1),
    Boundary("dm.message", 1),
    Boundary("followup", 1, ("handled",)),
)
INTERRUPTED = (Kill("message.create", 1, "handled"), Kill("dm.message", 1, "handled"))


class ComponentPosts(Scene):
    """Each outcome is delivered once; an interrupted post is found by its text, as its nonce is forgotten."""

    settings: ClassVar = {"POST_FORMAT": "components"}
    orders: ClassVar = (
        Order("ada", "music", "a ballad"),
        Order("bela", "general", "a nocturne", private=True),
        Order("dana", "tapes", "a lullaby", muted=True),
    )

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """At each message with a song, and in the middle of the search for it."""
        for boundary in BOUNDARIES:
            for kill in boundary.kills():
                yield Plan((kill.lingering(chance),), "components")
        for interrupted in INTERRUPTED:
            search = chance.choice(list(Boundary("history", 1).kills()))
            yield Plan((interrupted, search.lingering(chance)), "components")

    async def perform(self) -> None:
        """Ask, and let the songs end."""
        await self.ask_all(self.orders)
        await self.until_cards()
        self.killer.begin()
        self.songs_may_end.set()

    async def while_down(self) -> None:
        """It takes longer than nonces are remembered."""
        self.rig.discord.jump(NONCE_WINDOW_S + 1)
