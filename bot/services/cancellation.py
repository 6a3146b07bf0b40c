"""Takes a request back while it has cost nothing, and stops waiting for its song once it has."""

import asyncio

import structlog

from bot.clock import Clock
from bot.domain.jobs import Job, JobState
from bot.store import Store

log = structlog.get_logger(__name__)

SUBMIT_WAIT_S = 8.0
"""How long a stop waits for the answer to a submit that is under way."""

POLL_INTERVAL_S = 0.1


class Cancellation:
    """The way out of the queue, and of the waiting."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def stop(self, key: int) -> Job | None:
        """Cancel a queued job, detach a running one; returns the job as it stands then, None when there is none.

        While its submit is under way a job can be neither, and its answer is waited for. Comes back as `submitting`
        what still has none after some seconds, and as it is what has ended by itself.
        """
        give_up_at = self._clock.monotonic() + SUBMIT_WAIT_S
        while True:
            now = self._clock.now()
            stopped = await self._store.cancel(key, now=now) or await self._store.detach(key)
            if stopped is not None:
                log.info("job_stopped", job=stopped, state=stopped.state.value)
                return stopped
            job = await self._store.get(key)
            if job is None or job.state.is_final or job.state is JobState.DETACHED:
                return job
            if self._clock.monotonic() >= give_up_at:
                return job
            # It may also have moved between the two steps: then the next round meets it where it is.
            await asyncio.sleep(POLL_INTERVAL_S)
