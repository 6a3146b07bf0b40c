"""Pure: ages and remaining waits of queued jobs in monotonic seconds.

Wall times are stored, because they must mean something after a restart. They are converted when a job is first seen; from
then on a step of the wall clock changes neither its age nor its wait.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_RESTORED_WAIT_S = 60.0
"""Upper bound for a wait that an earlier process stored: the wall clock may have been stepped since."""


class HasQueueTimes(Protocol):
    """A queued job with its wall times."""

    @property
    def key(self) -> int: ...  # noqa: D102 - named by the class
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def submit_after(self) -> datetime | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Times:
    submit_after: datetime | None
    created_s: float
    ready_s: float


class QueueTimes:
    """Times of the queue. `monotonic_s` and `now` are the monotonic and the wall time of the same moment."""

    def __init__(self) -> None:
        self._known: dict[int, _Times] = {}

    def update(self, jobs: Iterable[HasQueueTimes], *, now: datetime, monotonic_s: float) -> None:
        """Convert the times of queued jobs; of known ones only a changed `submit_after` is read."""
        for job in jobs:
            known = self._known.get(job.key)
            if known is not None and known.submit_after == job.submit_after:
                continue
            wait_s = max(0.0, (job.submit_after - now).total_seconds()) if job.submit_after else 0.0
            if known is None:
                # First seen: the wall clock is all there is, and it may have been stepped since the wait was stored.
                born, wait_s = monotonic_s - _age_s(job, now), min(wait_s, MAX_RESTORED_WAIT_S)
            else:
                born = known.created_s
            self._known[job.key] = _Times(job.submit_after, born, monotonic_s + wait_s)

    def retain(self, keys: Iterable[int]) -> None:
        """Forget all jobs but these, which are queued or may be requeued."""
        self._known = {key: self._known[key] for key in keys if key in self._known}

    def age_s(self, job: HasQueueTimes, *, now: datetime, monotonic_s: float) -> float:
        """Seconds since the request."""
        known = self._known.get(job.key)
        return _age_s(job, now) if known is None else monotonic_s - known.created_s

    def ready_in_s(self, job: HasQueueTimes, *, monotonic_s: float) -> float:
        """Seconds until the job may be submitted, 0 when it may be submitted now."""
        known = self._known.get(job.key)
        return 0.0 if known is None else max(0.0, known.ready_s - monotonic_s)


def _age_s(job: HasQueueTimes, now: datetime) -> float:
    return max(0.0, (now - job.created_at).total_seconds())
