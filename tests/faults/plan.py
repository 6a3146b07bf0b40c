"""Pure: the list of runs, and where the bot is killed in each; the same seed gives the same list."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, count, zip_longest

from tests.faults.points import EVENT, Boundary, Kill, Plan
from tests.faults.scenes import of_other_scenes

DEFAULT_RUNS = 350
DEFAULT_SEED = 1

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
    Boundary("message.edit", 4),
    Boundary("cover", 4),
    Boundary("audio", 4),
    Boundary("message.create", 2),
    Boundary("dm.create", 2),
    # Of the two, one is refused.
    Boundary("dm.message", 1),
    Boundary("followup", 2),
    Boundary("original.delete", 1),
)
"""The kinds of requests in a run without a kill, in the order of their first occurrence."""

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
"""Points of a second kill. Not every recovery reaches each."""

SEARCHES = tuple(
    Plan((Kill("message.create", number, phase), search))
    for number, phase in ((1, "before"), (1, "handled"), (2, "handled"))
    for search in Boundary("history", 1).kills()
)
"""The search for an earlier post, which only a kill during a post causes."""

PROMISES = tuple(
    Plan((Kill("callback", 1, "handled"), telling)) for telling in Boundary("original.edit", 1).kills()
)
"""The notice for an acknowledged request without a row, which only a kill right after the acknowledgement causes."""


def plans(runs: int = DEFAULT_RUNS, seed: int = DEFAULT_SEED) -> list[Plan]:
    """So many runs: every point and scene once, spread over all boundaries, and after that pairs of kills by chance."""
    chance = random.Random(seed)
    chosen = dict.fromkeys(_every_point(chance))
    pairs = (_pair(chance) for _ in count())
    while len(chosen) < runs:
        chosen[next(pairs)] = None
    return list(chosen)[:runs]


def _every_point(chance: random.Random) -> Iterable[Plan]:
    """Each once, in turns: one of every boundary, then the next of every boundary."""
    points = [Plan((kill.lingering(chance),)) for each in WAY_OF_A_SONG for kill in each.kills()]
    by_boundary = defaultdict[str, list[Plan]](list)
    for plan in (*points, *SEARCHES, *PROMISES, *of_other_scenes(chance)):
        by_boundary[plan.boundary].append(plan)
    for group in by_boundary.values():
        chance.shuffle(group)
    turns = zip_longest(*by_boundary.values())
    return [plan for plan in chain.from_iterable(turns) if plan is not None]


def _pair(chance: random.Random) -> Plan:
    return Plan((_any_of(WAY_OF_A_SONG, chance), _any_of(RECOVERY, chance)))


def _any_of(boundaries: Sequence[Boundary], chance: random.Random) -> Kill:
    return chance.choice(list(chance.choice(boundaries).kills())).lingering(chance)
