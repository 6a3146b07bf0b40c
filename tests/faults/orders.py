"""The six songs of every run, and the six ways to be told."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for. `muted`: the bot may not write there any more once the song is being made."""

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
        """The words of the `take`-th try; no two tries have the same."""
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
