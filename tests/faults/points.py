"""Pure: points of a run at which something happens, and runs made of them; a run's name determines it."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

REQUEST = ("before", "handled", "answered")
"""A request: before it is handled, after that but before its answer, after the answer."""

EVENT = ("before", "answered")
"""Something that the gateway sends: before and after it goes out."""

LINGERS_MS = (0, 1, 2, 5, 10, 20, 40)
"""How long after an answer the kill comes, so that it also falls between the steps that follow on it."""

NO_KILL = "no-kill"


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`-th request of a kind, at a phase of its handling."""

    kind: str
    number: int
    phase: str
    linger_ms: int = 0

    def __str__(self) -> str:
        linger = f"+{self.linger_ms}ms" if self.linger_ms else ""
        return f"{self.kind}:{self.number}:{self.phase}{linger}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: it is nothing of the kind.
        """
        kind, number, rest = text.split(":")
        phase, _, linger = rest.partition("+")
        if phase not in REQUEST:
            raise ValueError(f"{phase} is no phase")
        return cls(kind, int(number), phase, int(linger.removesuffix("ms") or 0))


class Kill(Point):
    """SIGKILL at a point, counted from the bot's last start, and before the first kill from the scene's beginning."""

    __slots__ = ()

    def lingering(self, chance: random.Random) -> "Kill":
        """The same, a moment after the answer where it comes after one."""
        if self.phase != "answered":
            return self
        return Kill(self.kind, self.number, self.phase, chance.choice(LINGERS_MS))


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: the first kill, and those during the recoveries after it. Its name says everything about it.

    `scene` names what happens in it, by default the six songs; `moment` is when a member erases everything, in the scenes
    that have a choice there, counted from the scene's beginning.
    """

    kills: tuple[Kill, ...]
    scene: str = ""
    moment: Point | None = None

    def __str__(self) -> str:
        kills = ",".join(map(str, self.kills)) or NO_KILL
        at = f"@{self.moment}" if self.moment else ""
        return f"{self.scene}{at}/{kills}" if self.scene else kills

    @classmethod
    def parse(cls, name: str) -> Self:
        """The run of that name. Raises ValueError when it is none."""
        place, _, kills = name.rpartition("/")
        scene, _, moment = place.partition("@")
        found = () if kills == NO_KILL else tuple(map(Kill.parse, kills.split(",")))
        return cls(found, scene, Point.parse(moment) if moment else None)

    @property
    def boundary(self) -> str:
        """The kind of scene, and for the six songs where the first kill falls, or the last one's kind when there are two."""
        if self.scene:
            return self.scene.partition("-")[0]
        return self.kills[0].kind if len(self.kills) == 1 else f"… then {self.kills[-1].kind}"

    def chance(self) -> random.Random:
        """The run's own random numbers, the same at every repetition."""
        return random.Random(zlib.crc32(str(self).encode()))


@dataclass(frozen=True, slots=True)
class Boundary:
    """A kind of request, and how many of it there surely are in a run."""

    kind: str
    numbers: int
    phases: tuple[str, ...] = REQUEST

    def kills(self) -> Iterator[Kill]:
        """Every point here at which a bot can be killed."""
        for number in range(1, self.numbers + 1):
            for phase in self.phases:
                yield Kill(self.kind, number, phase)
