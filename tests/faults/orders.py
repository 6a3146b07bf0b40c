"""The six songs of every run, one for each way of delivery."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Order:
    """One request. `muted`: the bot loses the permission to write there while the song is generated."""

    user: str
    channel: str
    wish: str
    word: str = ""
    ends: Literal["completed", "failed"] = "completed"
    muted: bool = False
    private: bool = False

    def options(self, take: int) -> dict[str, str | bool]:
        """What is typed at the `take`-th try."""
        return {"prompt": self.prompt(take)} | ({"private": True} if self.private else {})

    def prompt(self, take: int) -> str:
        """The prompt of the `take`-th try, different for each."""
        return f"{self.word} {self.mark(take)}".strip()

    @property
    def title(self) -> str:
        """What the song is called, as no other of the run is."""
        return f"Opus {self.wish.title()}"

    def mark(self, take: int) -> str:
        """What a prompt is recognised by wherever it is shown."""
        return f"{self.wish} take {take}"


ORDERS = (
    Order("ada", "music", "a trap song"),
    Order("bela", "backstage", "a waltz", ends="failed"),
    Order("dana", "tapes", "a lullaby", muted=True),
    Order("bela", "general", "a nocturne", private=True),
    Order("eve", "lobby", "a march", word="[refuse]"),
    # Chidi takes no direct messages: the song is kept for `/job status`.
    Order("chidi", "general", "a polka", muted=True),
)
