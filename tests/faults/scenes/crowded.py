"""Many songs of one channel at the same time, under Discord's rate limit, and one of another server."""

import random
from collections.abc import Iterator
from typing import ClassVar

from tests.faults.orders import Order
from tests.faults.play import Scene
from tests.faults.points import Kill, Plan

LIMIT, WINDOW_S = 5, 5.0
"""The rate limit for messages of one channel."""

PEOPLE = ("ada", "bela", "chidi", "dana")
SONGS = 8
KILLS = (
    Kill("message.create", 1, "handled"),
    Kill("message.create", 4, "before"),
    Kill("message.create", 5, "handled"),
    Kill("message.create", 6, "answered"),
    Kill("message.create", 7, "handled"),
    Kill("message.create", 9, "before"),
    Kill("message.edit", 4, "handled"),
    Kill("message.edit", 6, "answered"),
    Kill("audio", 3, "answered"),
)


class CrowdedChannel(Scene):
    """More posts than the limit allows in one window."""

    orders: ClassVar = (
        *(Order(PEOPLE[number % len(PEOPLE)], "music", f"song {number:02}") for number in range(SONGS)),
        Order("eve", "lobby", "a march"),
    )

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """Kills within the first window, at its end, and in the next one."""
        for kill in KILLS:
            yield Plan((kill.lingering(chance),), "crowded")

    async def perform(self) -> None:
        """All songs are requested and finish at the same time."""
        await self.ask_all(self.orders)
        await self.until_cards()
        for kind in ("message.create", "message.edit"):
            self.rig.discord.rest.limits.set(kind, limit=LIMIT, per_s=WINDOW_S)
        self.killer.begin()
        self.songs_may_end.set()
