"""Whose turn it is: the order in which queued jobs are sent, and how many go before one of them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from bot.domain.jobs import Job, JobState, QueuedJob
from bot.generation.fairness import RunningCounts, SchedulableJob, fair_order
from bot.store import Store

MAX_REMEMBERED = 10_000
"""Members whose last turn is known."""


class QueueOrder:
    """Knows the queue's order. `most` and `most_per_server` are how many jobs Whisul may work on at once."""

    def __init__(self, *, store: Store, max_running: int, max_per_server: int) -> None:
        self._store = store
        self._max_running = max_running
        self._max_per_server = max_per_server
        self._last_turns: dict[tuple[int, int], int] = {}
        self._turn_numbers = count(1)

    async def is_full(self, guild_id: int) -> bool:
        """Whether all places are taken, or all that one server may have."""
        held = await self._store.count_submitted_by_requester()
        of_server = sum(number for (of_guild_id, _), number in held.items() if of_guild_id == guild_id)
        return sum(held.values()) >= self._max_running or of_server >= self._max_per_server

    async def order(self, waiting: Iterable[QueuedJob], held: RunningCounts) -> list[QueuedJob]:
        """Those that may be sent, in their order; without those whose server holds as many as it may."""
        waiting = list(waiting)
        first_come = await self._first_come_servers(waiting)
        return list(
            fair_order(
                waiting,
                held,
                last_turns=self._last_turns,
                first_come=first_come,
                max_per_server=self._max_per_server,
            )
        )

    def mark_served(self, job: SchedulableJob) -> None:
        """Its requester has had a turn. Remembered by this process alone: after a restart who waited longest is first."""
        whose = job.guild_id, job.requester_id
        self._last_turns.pop(whose, None)
        self._last_turns[whose] = next(self._turn_numbers)
        if len(self._last_turns) > MAX_REMEMBERED:
            del self._last_turns[next(iter(self._last_turns))]

    def unmark_served(self, job: SchedulableJob) -> None:
        """The turn came to nothing, and the job is queued again: its requester is among the next, as now."""
        self._last_turns.pop((job.guild_id, job.requester_id), None)

    async def jobs_ahead(self, job: Job, *, now: datetime) -> int | None:
        """How many jobs go out before this queued one, as things stand; None for others.

        Of a job that was put back, the moment counts at which it may go.
        """
        if job.state is not JobState.QUEUED:
            return None
        at = max(now, job.submit_after) if job.submit_after else now
        waiting = [each for each in await self._store.queue() if each.may_be_submitted_at(at)]
        held, first_come = (
            await self._store.count_submitted_by_requester(),
            await self._first_come_servers(waiting),
        )
        order = fair_order(waiting, held, last_turns=self._last_turns, first_come=first_come)
        return next((place for place, each in enumerate(order) if each.key == job.key), None)

    async def _first_come_servers(self, waiting: Iterable[QueuedJob]) -> set[int]:
        servers = {each.guild_id for each in waiting}
        return {guild_id for guild_id in servers if (await self._store.policies.get(guild_id)).first_come}
