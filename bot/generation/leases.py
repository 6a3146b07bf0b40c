"""Leases: which process follows a job. Each process renews its own, and takes over jobs whose owner has gone."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.jobs import Job
from bot.errors import BotError
from bot.generation.poller import Poller
from bot.ops.log_events import log_settled
from bot.ops.metrics import Metrics
from bot.store import Store

log = structlog.get_logger(__name__)

LEASE_S = 60.0


class Leases:
    """Keeps this process's leases alive and takes over orphaned jobs."""

    def __init__(
        self,
        *,
        store: Store,
        poller: Poller,
        clock: Clock,
        metrics: Metrics,
        on_change: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._poller = poller
        self._clock = clock
        self._metrics = metrics
        self._on_change = on_change

    async def run(self) -> None:
        """Renew and take over until cancelled.

        An exclusively locked SQLite file has no other process: leases are not read there, and nothing is written.
        """
        if self._store.is_exclusive:
            # Never returns: a loop that ends counts as a failure, and the program ends with it.
            await asyncio.get_running_loop().create_future()
        while True:
            # A third of the lease, so that one failed renewal does not lose it.
            await asyncio.sleep(LEASE_S / 3)
            try:
                # Its own leases first, so that the take-over below finds only those of processes that are gone.
                await self._store.renew_leases(owner=self._store.owner, lease_until=self._lease_until())
                await self.take_over(takeover=False)
            except BotError as error:
                log.warning("leases_not_renewed", error=str(error), remedy="bring the database back")

    async def take_over(self, *, takeover: bool) -> None:
        """Poll every running job that no process follows; with `takeover` also those whose lease has not lapsed.

        A job found in `submitting` was interrupted between its request and the answer: it becomes `unknown` and is
        never submitted again.
        """
        now = self._clock.now()
        owner = self._store.owner
        # First, since they hold slots for running jobs as long as they are not settled.
        for job in await self._store.settle_orphaned_submits(owner=owner, now=now, takeover=takeover):
            log_settled(job, error="the program stopped before the answer")
            self._metrics.settled(job)
            self._on_change(job)
        jobs = await self._store.take_over(
            owner=owner, lease_until=self._lease_until(), now=now, takeover=takeover
        )
        if jobs:
            log.info("jobs_taken_over", jobs=len(jobs))
        self._poller.follow(jobs)
        # Draws the cards again: the times of their next changes were lost with the process before.
        for job in jobs:
            self._on_change(job)

    def _lease_until(self) -> datetime:
        # Wall time: other processes compare it with their own clocks.
        return self._clock.now() + timedelta(seconds=LEASE_S)
