"""The order in which queued jobs are submitted, and how many are ahead of one of them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from bot.domain.jobs import Job, JobState, QueuedJob
from bot.domain.scopes import Scope, scope_of
from bot.generation.fairness import RunningCounts, SchedulableJob, fair_order
from bot.store import Store

MAX_REMEMBERED = 10_000
"""Members whose last turn is remembered."""


class QueueOrder:
    """The fair order over the stored queue.

    `max_running` and `max_per_server` are how many jobs Whisul may work on at once, in all and for one server.
    """

    def __init__(self, *, store: Store, max_running: int, max_per_server: int) -> None:
        self.max_running = max_running
        self._store = store
        self._max_per_server = max_per_server
        self._last_turns: dict[tuple[int | None, int], int] = {}
        self._turn_numbers = count(1)

    async def is_full(self, scope: Scope) -> bool:
        """Whether all slots are taken, or all that one server, or a person in direct messages, may have."""
        running = await self._store.count_submitted_by_requester()
        of_server = sum(number for requester, number in running.items() if scope_of(*requester) == scope)
        return sum(running.values()) >= self.max_running or of_server >= self._max_per_server

    async def order(self, waiting: Iterable[QueuedJob], running: RunningCounts) -> list[QueuedJob]:
        """The jobs that may be submitted, in order; without those whose server has `max_per_server` running."""
        waiting = list(waiting)
        return list(
            fair_order(
                waiting,
                running,
                last_turns=self._last_turns,
                first_come=await self._first_come_servers(waiting),
                max_per_server=self._max_per_server,
            )
        )

    def mark_served(self, job: SchedulableJob) -> None:
        """The job's requester has had a turn.

        Kept in memory only: after a restart the oldest request goes first.
        """
        requester = job.guild_id, job.requester_id
        # Removed first, so that the dict stays in the order of the turns and its first entry is the oldest.
        self._last_turns.pop(requester, None)
        self._last_turns[requester] = next(self._turn_numbers)
        if len(self._last_turns) > MAX_REMEMBERED:
            del self._last_turns[next(iter(self._last_turns))]

    def unmark_served(self, job: SchedulableJob) -> None:
        """The job is queued again, so its requester has had no turn and is among the next."""
        self._last_turns.pop((job.guild_id, job.requester_id), None)

    async def jobs_ahead(self, job: Job, *, now: datetime) -> int | None:
        """How many jobs are submitted before this queued one, as the queue is now; None for a job in another state.

        A requeued job is placed among those that are ready at its `submit_after`.
        """
        if job.state is not JobState.QUEUED:
            return None
        at = max(now, job.submit_after) if job.submit_after else now
        waiting = [each for each in await self._store.queue() if each.may_be_submitted_at(at)]
        running = await self._store.count_submitted_by_requester()
        first_come = await self._first_come_servers(waiting)
        # Without `max_per_server`: a job that its server's limit holds back has a place in the queue all the same.
        order = fair_order(waiting, running, last_turns=self._last_turns, first_come=first_come)
        return next((ahead for ahead, each in enumerate(order) if each.key == job.key), None)

    async def _first_come_servers(self, waiting: Iterable[QueuedJob]) -> set[int]:
        servers = {each.guild_id for each in waiting if each.guild_id is not None}
        return {guild_id for guild_id in servers if (await self._store.policies.get(guild_id)).first_come}
