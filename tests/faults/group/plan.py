"""Pure: the list of runs with several processes, and what happens in each; the same seed gives the same list."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal, Self, get_args

from tests.faults.points import EVENT, LINGERS_MS, Boundary, Point

Act = Literal["kill", "suspend", "stop", "database"]
Target = Literal["leader", "other", "two", "all"]

WAY_OF_A_SONG = (
    Boundary("gateway.interaction_create", 6, EVENT),
    Boundary("callback", 6),
    Boundary("original.edit", 3),
    Boundary("submit", 6),
    Boundary("poll", 6),
    Boundary("cover", 4),
    Boundary("audio", 4),
    Boundary("message.create", 5),
    Boundary("message.edit", 3),
)
"""The requests of six songs by three bots, of which there are surely so many."""

TOLD_TO_WAIT = Point("poll", 1, "answered")
"""The answer of a 429: it is struck once the leader has stored it."""

TARGETS: dict[Act, tuple[Target, ...]] = {
    "kill": ("leader", "other", "two"),
    "suspend": ("leader", "other", "two"),
    "stop": ("leader", "other", "two"),
    "database": ("all",),
}


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One run: at a point, something is done to the leader, to another process, to both at once, or to the database.

    `told_to_wait`: Whisul answers the first poll with a 429 and a Retry-After.
    """

    act: Act
    target: Target
    point: Point
    told_to_wait: bool = False

    def __str__(self) -> str:
        return f"{self.act}-{self.target}{'-429' if self.told_to_wait else ''}/{self.point}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """The run of that name. Raises ValueError when it is none."""
        strike, _, point = name.partition("/")
        act, target, *rest = strike.split("-")
        if act not in get_args(Act) or target not in get_args(Target) or rest not in ([], ["429"]):
            raise ValueError(f"{strike} is nothing that can be done")
        return cls(act, target, Point.parse(point), bool(rest))  # pyright: ignore[reportArgumentType] - checked above

    @property
    def kind(self) -> str:
        """What is done to whom."""
        return f"{self.act} {self.target}"


def group_plans(runs: int, seed: int) -> list[GroupPlan]:
    """So many runs, in turns of what is done to whom, each kind at every point before it is repeated."""
    chance = random.Random(seed)
    by_kind = [_of_kind(act, target, chance) for act, targets in TARGETS.items() for target in targets]
    turns = chain.from_iterable(zip_longest(*by_kind))
    return [plan for plan, _ in zip((each for each in turns if each), range(runs), strict=False)]


def _of_kind(act: Act, target: Target, chance: random.Random) -> list[GroupPlan]:
    by_boundary = defaultdict[str, list[GroupPlan]](list)
    for point in _points(chance):
        by_boundary[point.kind].append(GroupPlan(act, target, point))
    for group in by_boundary.values():
        chance.shuffle(group)
    groups = list(by_boundary.values())
    chance.shuffle(groups)
    told = [GroupPlan(act, target, TOLD_TO_WAIT, told_to_wait=True)] if target in ("leader", "two") else []
    return [*told, *(plan for plan in chain.from_iterable(zip_longest(*groups)) if plan is not None)]


def _points(chance: random.Random) -> Iterator[Point]:
    for boundary in WAY_OF_A_SONG:
        for each in boundary.kills():
            lingers_ms = chance.choice(LINGERS_MS) if each.phase == "answered" else 0
            yield Point(each.kind, each.number, each.phase, lingers_ms)
