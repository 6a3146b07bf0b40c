"""Channels with many other messages before and after the post, and nonces that Discord has forgotten."""

import random
from collections.abc import Iterator
from typing import ClassVar

from sandbox.discord.application.bot_messages import NONCE_WINDOW_S
from tests.faults.orders import Order
from tests.faults.play import Scene
from tests.faults.points import Boundary, Kill, Plan

CHATTER = 120
"""More messages than Discord hands out at once."""

MESSAGES = (Boundary("message.create", 2), Boundary("dm.message", 1))
INTERRUPTED = (Kill("message.create", 1, "handled"), Kill("dm.message", 1, "handled"))


class BusyChannel(Scene):
    """An interrupted post must be found among the messages of others, as its nonce is of no help any more."""

    orders: ClassVar = (
        Order("ada", "music", "a ballad"),
        Order("dana", "tapes", "a lullaby", muted=True),
        Order("eve", "lobby", "a march"),
    )

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """At each message, and in the middle of the search for it."""
        for boundary in MESSAGES:
            for kill in boundary.kills():
                yield Plan((kill.lingering(chance),), "busy")
        for interrupted in INTERRUPTED:
            for search in Boundary("history", 1).kills():
                yield Plan((interrupted, search.lingering(chance)), "busy")

    async def perform(self) -> None:
        """Ask, talk, and let the songs end."""
        await self.ask_all(self.orders)
        await self.until_cards()
        self._chat()
        self.killer.begin()
        self.songs_may_end.set()

    async def while_down(self) -> None:
        """People talk on, for longer than nonces are remembered."""
        self._chat()
        self.rig.discord.jump(NONCE_WINDOW_S + 1)
        self._chat()

    def _chat(self) -> None:
        world = self.rig.discord.world
        places = (
            ("bela", world.channel("music")),
            ("dana", world.open_dm("dana")),
            ("eve", world.channel("lobby")),
        )
        for user, place in places:
            for number in range(CHATTER):
                world.say(user, place, f"message number {number} of {user}")
