"""Whose turn it is: the order in which queued jobs are sent, and how many go before one of them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from bot.domain.jobs import Job, JobState, Waiting
from bot.generation.fairness import HasTurn, Held, fair_order
from bot.store import Store

MAX_REMEMBERED = 10_000
"""Members whose last turn is known."""


class QueueOrder:
    """Knows the queue's order. `most` and `most_per_server` are how many jobs Whisul may work on at once."""

    def __init__(self, *, store: Store, most: int, most_per_server: int) -> None:
        self._store = store
        self._most = most
        self._most_per_server = most_per_server
        self._served: dict[tuple[int, int], int] = {}
        self._moments = count(1)

    async def is_full(self, guild_id: int) -> bool:
        """Whether all places are taken, or all that one server may have."""
        held = await self._store.count_submitted_by_requester()
        of_server = sum(number for (of_guild_id, _), number in held.items() if of_guild_id == guild_id)
        return sum(held.values()) >= self._most or of_server >= self._most_per_server

    async def order(self, waiting: Iterable[Waiting], held: Held) -> list[Waiting]:
        """Those that may be sent, in their order; without those whose server holds as many as it may."""
        waiting = list(waiting)
        first_come = await self._first_come(waiting)
        return list(
            fair_order(
                waiting,
                held,
                served=self._served,
                first_come=first_come,
                most_per_server=self._most_per_server,
            )
        )

    def mark_served(self, job: HasTurn) -> None:
        """Its requester has had a turn. Remembered by this process alone: after a restart who waited longest is first."""
        whose = job.guild_id, job.requester_id
        self._served.pop(whose, None)
        self._served[whose] = next(self._moments)
        if len(self._served) > MAX_REMEMBERED:
            del self._served[next(iter(self._served))]

    def unmark_served(self, job: HasTurn) -> None:
        """The turn came to nothing, and the job is queued again: its requester is among the next, as now."""
        self._served.pop((job.guild_id, job.requester_id), None)

    async def ahead_of(self, job: Job, *, now: datetime) -> int | None:
        """How many jobs go out before this queued one, as things stand; None for others.

        Of a job that was put back, the moment counts at which it may go.
        """
        if job.state is not JobState.QUEUED:
            return None
        at = max(now, job.submit_after) if job.submit_after else now
        waiting = [each for each in await self._store.queue() if each.may_go_at(at)]
        held, first_come = await self._store.count_submitted_by_requester(), await self._first_come(waiting)
        order = fair_order(waiting, held, served=self._served, first_come=first_come)
        return next((place for place, each in enumerate(order) if each.key == job.key), None)

    async def _first_come(self, waiting: Iterable[Waiting]) -> set[int]:
        servers = {each.guild_id for each in waiting}
        return {guild_id for guild_id in servers if (await self._store.policies.get(guild_id)).first_come}
