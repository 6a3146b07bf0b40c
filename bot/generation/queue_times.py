"""Pure: how old waiting jobs are and how long they still wait, whatever the wall clock does meanwhile.

What is stored is wall time, because it must mean something after a restart. It is turned into steady seconds at the first
look; from then on a step of the wall clock neither ages a job nor keeps it waiting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_RESTORED_WAIT_S = 60.0
"""So long at most a job waits on the word of an earlier process: the clock may have been stepped since."""


class HasQueueTimes(Protocol):
    """A job with its wall times."""

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
    """The queue's times. `steady` is the monotonic time in seconds, `now` the wall time of the same moment."""

    def __init__(self) -> None:
        self._known: dict[int, _Times] = {}

    def update(self, jobs: Iterable[HasQueueTimes], *, now: datetime, monotonic_s: float) -> None:
        """Take note of queued jobs; of those already known only a new wait is read."""
        for job in jobs:
            known = self._known.get(job.key)
            if known is not None and known.submit_after == job.submit_after:
                continue
            wait_s = max(0.0, (job.submit_after - now).total_seconds()) if job.submit_after else 0.0
            if known is None:
                born, wait_s = monotonic_s - _age_s(job, now), min(wait_s, MAX_RESTORED_WAIT_S)
            else:
                born = known.created_s
            self._known[job.key] = _Times(job.submit_after, born, monotonic_s + wait_s)

    def retain(self, keys: Iterable[int]) -> None:
        """Only these are still waiting, or may come to wait again."""
        self._known = {key: self._known[key] for key in keys if key in self._known}

    def age_s(self, job: HasQueueTimes, *, now: datetime, monotonic_s: float) -> float:
        """Seconds since the job was asked for."""
        known = self._known.get(job.key)
        return _age_s(job, now) if known is None else monotonic_s - known.created_s

    def ready_in_s(self, job: HasQueueTimes, *, monotonic_s: float) -> float:
        """Seconds until the job may be submitted, 0 when it may be now."""
        known = self._known.get(job.key)
        return 0.0 if known is None else max(0.0, known.ready_s - monotonic_s)


def _age_s(job: HasQueueTimes, now: datetime) -> float:
    return max(0.0, (now - job.created_at).total_seconds())
