"""Discord refuses a part of every message: URL, picture, files, text, reply."""

import random
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sandbox.discord.rest import content_filters
from sandbox.discord.rest.content_filters import ContentFilter
from tests.faults.orders import Order
from tests.faults.play import Scene
from tests.faults.points import Kill, Plan

CONTENT_FILTERS: Mapping[str, ContentFilter] = {
    "refused-link": content_filters.song_links,
    # Only a picture that is not attached has an address.
    "refused-picture": content_filters.each_of(content_filters.files, content_filters.embed_pictures),
    "refused-files": content_filters.files,
    "refused-words": content_filters.words("a ballad", "a polka"),
    "refused-reply": content_filters.replies,
}
KILLS = (
    Kill("message.create", 1, "handled"),
    Kill("message.create", 1, "answered"),
    Kill("message.create", 2, "before"),
    Kill("message.create", 2, "handled"),
    Kill("message.create", 3, "handled"),
    Kill("original.edit", 1, "handled"),
)
KILLS_EACH = 3


class RefusedParts(Scene):
    """The outcome is delivered once, without the refused parts."""

    orders: ClassVar = (
        Order("ada", "music", "a ballad"),
        Order("dana", "tapes", "a lullaby", private=True),
        # Chidi takes no direct messages: what his channel refuses is kept for `/job status`.
        Order("chidi", "general", "a polka"),
        Order("eve", "lobby", "a march", ends="failed"),
    )

    @classmethod
    def runs(cls, chance: random.Random) -> Iterator[Plan]:
        """For each part some of the points around the first tries."""
        for scene in CONTENT_FILTERS:
            for kill in sorted(chance.sample(KILLS, KILLS_EACH), key=str):
                yield Plan((kill.lingering(chance),), scene)

    async def perform(self) -> None:
        """Ask; what Discord refuses, it refuses of the posts."""
        await self.ask_all(self.orders)
        await self.until_cards()
        self.rig.discord.rest.content_filter = CONTENT_FILTERS[self.plan.scene]
        self.killer.begin()
        self.songs_may_end.set()
