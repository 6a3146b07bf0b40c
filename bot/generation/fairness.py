"""Pure: fair order of queued jobs: one member's tenth job never delays another member's first.

Each turn goes to the server with the fewest jobs, and within it to the member with the fewest, counting both the jobs
that Whisul works on already and the turns given so far. A person's direct messages count as a server of their own.
Ties go to the one whose last turn is longest ago, which matters where only one job runs at a time, and then to the
oldest request.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import Protocol, TypeVar

from bot.domain.scopes import Scope, scope_of


class SchedulableJob(Protocol):
    """A queued job; the smaller its key, the longer it has waited."""

    @property
    def key(self) -> int: ...  # noqa: D102 - named by the class
    @property
    def guild_id(self) -> int | None: ...  # noqa: D102
    @property
    def requester_id(self) -> int: ...  # noqa: D102


Queued = TypeVar("Queued", bound=SchedulableJob)
Whose = TypeVar("Whose", int, Scope)

RunningCounts = Mapping[tuple[int | None, int], int]
"""How many jobs Whisul works on, for each (guild ID, requester ID); in direct messages the guild ID is None."""

LastTurns = Mapping[tuple[int | None, int], int]
"""The number of the last turn of each (guild ID, requester ID), growing with time; requesters without one are missing."""


def fair_order(
    waiting: Iterable[Queued],
    held: RunningCounts,
    *,
    last_turns: LastTurns | None = None,
    first_come: Collection[int] = (),
    max_per_server: int | None = None,
) -> Iterator[Queued]:
    """The queued jobs in the order in which they are submitted.

    `first_come` are the servers whose jobs are taken in the order of their requests. Jobs are left out for which
    their server would have more than `max_per_server` running.
    """
    last_turns = last_turns or {}
    servers: defaultdict[Scope, list[Queued]] = defaultdict(list)
    # Oldest first, which every queue below keeps.
    for job in sorted(waiting, key=_key):
        servers[scope_of(job.guild_id, job.requester_id)].append(job)
    holds = Counter[Scope]()
    for requester, number in held.items():
        holds[scope_of(*requester)] += number
    last = Counter[Scope]()
    for requester, moment in last_turns.items():
        last[scope_of(*requester)] = max(last[scope_of(*requester)], moment)
    queues = {
        scope: deque(
            jobs if scope.guild_id in first_come else _by_member(scope.guild_id, jobs, held, last_turns)
        )
        for scope, jobs in servers.items()
    }
    return _fewest_running_first(queues, holds, last, max_running=max_per_server)


def _by_member(
    guild_id: int | None, jobs: Iterable[Queued], held: RunningCounts, served: LastTurns
) -> Iterator[Queued]:
    """One server's jobs in the order of its members' turns."""
    queues: defaultdict[int, deque[Queued]] = defaultdict(deque)
    for job in jobs:
        queues[job.requester_id].append(job)
    holds = {member: held.get((guild_id, member), 0) for member in queues}
    last = {member: served.get((guild_id, member), 0) for member in queues}
    return _fewest_running_first(queues, holds, last)


def _fewest_running_first(
    queues: Mapping[Whose, deque[Queued]],
    holds: Mapping[Whose, int],
    last: Mapping[Whose, int],
    *,
    max_running: int | None = None,
) -> Iterator[Queued]:
    """Yield from the queue with the fewest jobs; ties go to the longest ago last turn, then to the smallest key."""
    # A turn given here is later than every remembered one.
    moments = count(max(last.values(), default=0) + 1)
    # One entry per queue, for its next job; it is pushed again with the new count after each turn.
    heap = [(holds.get(whose, 0), last.get(whose, 0), jobs[0].key, whose) for whose, jobs in queues.items()]
    heapq.heapify(heap)
    while heap:
        number, _, _, whose = heapq.heappop(heap)
        if max_running is not None and number >= max_running:
            # Not pushed again: its count cannot fall within one order.
            continue
        jobs = queues[whose]
        yield jobs.popleft()
        if jobs:
            heapq.heappush(heap, (number + 1, next(moments), jobs[0].key, whose))


def _key(job: SchedulableJob) -> int:
    return job.key
