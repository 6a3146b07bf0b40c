"""Pure: in which order queued jobs are sent, so that one member's ten do not hold up another's first.

Places are dealt out like cards: each turn goes to the server that holds the fewest, and within it to the member who holds
the fewest, where "holding" counts what Whisul works on for them already. Whoever has waited longer wins a tie.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar


class HasTurn(Protocol):
    """A queued job; the smaller its key, the longer it has waited."""

    @property
    def key(self) -> int: ...  # noqa: D102 - named by the class
    @property
    def guild_id(self) -> int: ...  # noqa: D102
    @property
    def requester_id(self) -> int: ...  # noqa: D102


Queued = TypeVar("Queued", bound=HasTurn)

Held = Mapping[tuple[int, int], int]
"""How many jobs Whisul works on, for each (guild ID, requester ID)."""


def turns(
    waiting: Iterable[Queued],
    held: Held,
    *,
    first_come: Collection[int] = (),
    most_per_server: int | None = None,
) -> Iterator[Queued]:
    """The queued jobs in the order in which they are sent.

    `first_come` are the servers whose members are served in the order of their requests. Jobs for which their server
    would hold more than `most_per_server` are left out.
    """
    servers: defaultdict[int, list[Queued]] = defaultdict(list)
    for job in sorted(waiting, key=_key):
        servers[job.guild_id].append(job)
    holds = Counter[int]()
    for (guild_id, _), number in held.items():
        holds[guild_id] += number
    queues = {
        guild_id: deque(jobs if guild_id in first_come else _by_member(jobs, held))
        for guild_id, jobs in servers.items()
    }
    heap = [(holds[guild_id], queue[0].key, guild_id) for guild_id, queue in queues.items()]
    heapq.heapify(heap)
    while heap:
        number, _, guild_id = heapq.heappop(heap)
        if most_per_server is not None and number >= most_per_server:
            continue
        queue = queues[guild_id]
        yield queue.popleft()
        if queue:
            heapq.heappush(heap, (number + 1, queue[0].key, guild_id))


def _by_member(jobs: Iterable[Queued], held: Held) -> list[Queued]:
    """One server's jobs: a member's first goes with those that others hold as many before."""
    turn = Counter[int]()
    ranked: list[tuple[int, int, Queued]] = []
    for job in jobs:
        holds = held.get((job.guild_id, job.requester_id), 0) + turn[job.requester_id]
        turn[job.requester_id] += 1
        ranked.append((holds, job.key, job))
    return [job for _, _, job in sorted(ranked, key=lambda each: each[:2])]


def _key(job: HasTurn) -> int:
    return job.key
