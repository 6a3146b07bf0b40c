"""Songs requested in direct messages, of which one is refused by Whisul and one cannot be sent."""

import random
from collections.abc import Iterator
from typing import ClassVar

from tests.faults.orders import Order
from tests.faults.play import Scene
from tests.faults.points import EVENT, Boundary, Kill, Plan

BOUNDARIES = (
    Boundary("gateway.interaction_create", 1, EVENT),
    Boundary("callback", 1),
    Boundary("original.edit", 1),
    Boundary("submit", 1),
    Boundary("message.edit", 1),
    Boundary("dm.message", 2),
    Boundary("followup", 1),
)
INTERRUPTED = Kill("dm.message", 1, "handled")


class DirectMessages(Scene):
    """Each outcome is delivered once in the direct messages; what Discord refuses there is kept."""

    orders: ClassVar = (
        Order("ada", "@ada", "a ballad"),
        Order("dana", "@dana", "a lullaby", ends="failed"),
        Order("eve", "@eve", "a march", word="[refuse]"),
        # Chidi takes no direct messages: his song is kept for `/job status`.
        Order("chidi", "@chidi", "a polka"),
    )
    kills_from_the_start: ClassVar = True

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """At each request of a song's path, and in the middle of the search for a post."""
        for boundary in BOUNDARIES:
            for kill in boundary.kills():
                yield Plan((kill.lingering(chance),), "direct")
        for search in Boundary("history", 1).kills():
            yield Plan((INTERRUPTED, search.lingering(chance)), "direct")

    async def perform(self) -> None:
        """Everybody opens the direct messages and asks there."""
        for order in self.orders:
            self.rig.discord.world.open_dm(order.user)
        self.songs_may_end.set()
        await self.ask_all(self.orders)
