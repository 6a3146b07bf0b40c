"""Cancels queued jobs, which have cost nothing, and detaches running ones, so that their songs are not posted."""

import structlog

from bot.clock import Clock
from bot.concurrency import wait_until
from bot.domain.jobs import Job, JobState
from bot.store import Store

log = structlog.get_logger(__name__)

SUBMIT_TIMEOUT_S = 8.0
"""How long a stop waits for the answer to a submit in flight."""


class Cancellation:
    """Stops jobs at their requester's wish."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def stop(self, key: int) -> Job | None:
        """Cancel a queued job or detach a running one; returns the job afterwards, None if there is none.

        A job whose submit is in flight can be neither: its answer is waited for. Returns the job unchanged if it has
        ended by itself, or is still `submitting` after the timeout.
        """
        job: Job | None = None

        async def has_stopped() -> bool:
            nonlocal job
            job = await self._try_stop(key)
            return job is None or job.state.is_final or job.state is JobState.DETACHED

        await wait_until(has_stopped, timeout_s=SUBMIT_TIMEOUT_S, clock=self._clock)
        return job

    async def _try_stop(self, key: int) -> Job | None:
        # The state may change between the two statements; the next attempt then finds the job in its new state.
        stopped = await self._store.cancel(key, now=self._clock.now()) or await self._store.detach(key)
        if stopped is not None:
            log.info("job_stopped", job=stopped, state=stopped.state.value)
            return stopped
        return await self._store.get(key)
