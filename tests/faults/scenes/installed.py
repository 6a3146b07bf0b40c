"""Songs requested where the bot is no member, by people who have it in their account: two in time, two after the token's life."""

import random
from collections.abc import Iterator
from typing import ClassVar

from sandbox.discord import SeenInteraction
from sandbox.discord.application.interactions import TOKEN_LIFE_S
from tests.e2e.rig import words
from tests.faults.orders import Order
from tests.faults.play import INTERRUPTED, Scene
from tests.faults.points import EVENT, Boundary, Kill, Plan

BOUNDARIES = (
    Boundary("gateway.interaction_create", 1, EVENT),
    Boundary("callback", 1),
    # The cards, the outcomes in time, and the first that comes too late.
    Boundary("original.edit", 6),
    Boundary("submit", 1),
    Boundary("followup", 1),
    Boundary("dm.create", 1),
    Boundary("dm.message", 1),
)
SENT_DIRECTLY = Kill("dm.message", 1, "handled")


class Installed(Scene):
    """Each outcome replaces the private answer while that can be edited, else comes directly, else is kept; once."""

    settings: ClassVar = {"ALLOW_USER_INSTALL": "true"}
    in_time: ClassVar = (
        Order("ada", "plaza", "a ballad"),
        Order("dana", "the band", "a lullaby", ends="failed"),
        Order("eve", "plaza", "a march", word="[refuse]"),
    )
    late: ClassVar = (
        Order("bela", "the band", "a waltz"),
        # Chidi takes no direct messages: his song is kept for `/job status`.
        Order("chidi", "plaza", "a polka"),
    )
    orders: ClassVar = (*in_time, *late)
    kills_from_the_start: ClassVar = True

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """At each request of a song's path, and in the middle of the search for a direct message."""
        for boundary in BOUNDARIES:
            for kill in boundary.kills():
                yield Plan((kill.lingering(chance),), "installed")
        for search in Boundary("history", 1).kills():
            yield Plan((SENT_DIRECTLY, search.lingering(chance)), "installed")

    async def perform(self) -> None:
        """Three songs end while their answers can be edited; two more once their tokens are dead."""
        self._install()
        self.songs_may_end.set()
        await self.ask_all(self.in_time)
        await self.until_final()
        self.songs_may_end.clear()
        asked = len(self.asked)
        await self.ask_all(self.late)
        await self.discord_says(lambda: all(self._has_come_of(each) for _, _, each in self.asked[asked:]))
        self.rig.discord.jump(TOKEN_LIFE_S + 1)
        self.songs_may_end.set()

    def _install(self) -> None:
        """Everyone has the bot in their account; a server and a group are without it."""
        world, people = self.rig.discord.world, [order.user for order in self.orders]
        plaza = world.add_channel(world.add_guild("Far Away", owner=people[0]), "plaza")
        for name in people[1:]:
            world.add_member(plaza.guild_id or 0, name)
        world.add_group("dana", "bela", name="the band")
        for name in people:
            world.install_app(name)

    def _has_come_of(self, asked: SeenInteraction) -> bool:
        """Whether the request has a card, or failed, or was said to be interrupted."""
        answer = asked.answer
        return asked.failed is not None or (
            answer is not None
            and not answer.loading
            and ("Only you" in words(answer) or INTERRUPTED in words(answer))
        )
