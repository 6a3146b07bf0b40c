"""Which runs there are: where the bot is killed in each. Pure; the same seed gives the same list."""

import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, zip_longest
from typing import Self

REQUEST = ("before", "handled", "answered")
"""A request: before it is handled, after that but before its answer, after the answer."""

EVENT = ("before", "answered")
"""Something that the gateway sends: before and after it goes out."""

LINGERS_MS = (0, 1, 2, 5, 10, 20, 40)
"""How long after an answer the kill comes, so that it also falls between the steps that follow on it."""

DEFAULT_RUNS = 240
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at the `number`-th request of a kind since the bot's last start, at a phase of its handling."""

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


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: the first kill, and those during the recoveries after it. Its name says everything about it."""

    kills: tuple[Kill, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.kills))

    @classmethod
    def parse(cls, name: str) -> Self:
        """The run of that name. Raises ValueError when it is none."""
        return cls(tuple(map(Kill.parse, name.split(","))))

    @property
    def boundary(self) -> str:
        """Where the first kill falls, or the last one's kind when there are two."""
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


WAY_OF_A_SONG = (
    Boundary("login", 1),
    Boundary("commands.put", 1),
    Boundary("gateway.hello", 1, EVENT),
    Boundary("gateway.ready", 1, EVENT),
    Boundary("gateway.guild_create", 2, EVENT),
    Boundary("gateway.interaction_create", 6, EVENT),
    Boundary("callback", 6),
    Boundary("original.edit", 6),
    # Of the six, one is refused, which is no handling.
    Boundary("submit", 5),
    Boundary("poll", 8),
    Boundary("message.edit", 6),
    Boundary("cover", 4),
    Boundary("audio", 4),
    Boundary("message.create", 2),
    Boundary("dm.create", 2),
    # Of the two, one is refused.
    Boundary("dm.message", 1),
    Boundary("followup", 2),
    Boundary("original.delete", 1),
)
"""What a run without a kill asks of the far side, in the order in which it first does."""

RECOVERY = (
    Boundary("login", 1),
    Boundary("gateway.ready", 1, EVENT),
    Boundary("gateway.guild_create", 2, EVENT),
    Boundary("history", 1),
    Boundary("original.edit", 2),
    Boundary("submit", 1),
    Boundary("poll", 4),
    Boundary("message.edit", 3),
    Boundary("cover", 1),
    Boundary("audio", 1),
    Boundary("message.create", 2),
    Boundary("dm.create", 2),
    Boundary("dm.message", 1),
    Boundary("followup", 1),
)
"""Where a second kill may fall. Not every recovery comes there."""

SEARCHES = tuple(
    Plan((Kill("message.create", number, phase), search))
    for number, phase in ((1, "before"), (1, "handled"), (2, "handled"))
    for search in Boundary("history", 1).kills()
)
"""The search for an earlier post: only a kill in the middle of a post leads there."""

PROMISES = tuple(
    Plan((Kill("callback", 1, "handled"), telling)) for telling in Boundary("original.edit", 1).kills()
)
"""The word to whoever was acknowledged and not written down: only a kill right after the acknowledgement leads there."""


def plans(runs: int = DEFAULT_RUNS, seed: int = DEFAULT_SEED) -> list[Plan]:
    """So many runs: every point once, spread over all boundaries, and after that pairs of kills by chance."""
    chance = random.Random(seed)
    chosen = dict.fromkeys(_every_point(chance))
    pairs = (_pair(chance) for _ in count())
    while len(chosen) < runs:
        chosen[next(pairs)] = None
    return list(chosen)[:runs]


def _every_point(chance: random.Random) -> Iterable[Plan]:
    """Each once, in turns: one of every boundary, then the next of every boundary."""
    points = [Plan((_lingering(kill, chance),)) for each in WAY_OF_A_SONG for kill in each.kills()]
    by_boundary = defaultdict[str, list[Plan]](list)
    for plan in (*points, *SEARCHES, *PROMISES):
        by_boundary[plan.boundary].append(plan)
    for group in by_boundary.values():
        chance.shuffle(group)
    turns = zip_longest(*by_boundary.values())
    return [plan for plan in chain.from_iterable(turns) if plan is not None]


def _pair(chance: random.Random) -> Plan:
    return Plan((_any_of(WAY_OF_A_SONG, chance), _any_of(RECOVERY, chance)))


def _any_of(boundaries: Sequence[Boundary], chance: random.Random) -> Kill:
    return _lingering(chance.choice(list(chance.choice(boundaries).kills())), chance)


def _lingering(kill: Kill, chance: random.Random) -> Kill:
    if kill.phase != "answered":
        return kill
    return Kill(kill.kind, kill.number, kill.phase, chance.choice(LINGERS_MS))
