"""Pure: when to poll a job next, and what its requester can expect from the durations of earlier songs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bot.generation.duration_model import DurationModel

MIN_SAMPLES = 3
"""Fewer waits than this give no expectation."""

TARGET_DELAY_INTERVALS = 0.6
"""The mean delay to aim for while requests are plenty, in poll intervals: 3 s with Whisul's 5 s."""

LONGEST_WAIT_INTERVALS = 24
"""Longest wait between two polls, in poll intervals: 2 minutes with 5 s."""

MAX_FAILURE_WAIT_S = 60.0
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Expectation:
    """How long songs took from acceptance to outcome; `samples` is how many waits this is based on.

    Half of them were faster than the median, nine in ten faster than the 90th percentile.
    """

    median_s: float
    p90_s: float
    samples: int


def expectation(waits_s: Sequence[float]) -> Expectation | None:
    """The expectation from the waits of completed jobs (finite, in any order); None while they are too few."""
    if len(waits_s) < MIN_SAMPLES:
        return None
    middle_s = median(waits_s)
    ninth_decile_s = quantiles(waits_s, n=10, method="inclusive")[-1]
    # Interpolation may round to just below the median when all waits are equal.
    return Expectation(median_s=middle_s, p90_s=max(middle_s, ninth_decile_s), samples=len(waits_s))


class PollSchedule:
    """Spaces polls by how likely a job is to finish, learned from the durations of earlier songs.

    A job is due when its urgency (see `bot.generation.duration_model`) has grown by one *step* since the last poll, but never
    sooner than `interval_s` seconds. Without enough durations the interval alone decides. `random_share` returns random
    numbers in [0, 1), which keep jobs from being polled in the same moment.
    """

    def __init__(self, *, interval_s: float, random_share: Callable[[], float]) -> None:
        self.interval_s = interval_s
        self._random_share = random_share
        self._model = DurationModel()
        self._step = 0.0

    @property
    def step(self) -> float:
        """The urgency between two polls of a job."""
        return self._step

    def add_duration(self, duration_s: float) -> None:
        """Learn from a finished generation; it counts from the next `update_step` on."""
        self._model.add(duration_s)

    def update_step(self, ages_s: Iterable[float], *, polls_per_s: float) -> None:
        """Refit the durations and choose the step for followed jobs of these ages.

        The step is chosen so that all of them together need no more than `polls_per_s`.
        """
        if not self._model.has_estimate:
            return
        self._model.refit()
        ample = TARGET_DELAY_INTERVALS * self.interval_s / self._model.delay_per_step()
        gathered_per_s = sum(map(self._model.urgency_per_s, ages_s))
        # With step s, jobs that gather g urgency per second need g / s polls per second.
        self._step = max(ample, gathered_per_s / polls_per_s)

    def first_wait_s(self, age_s: float) -> float:
        """Seconds until the first poll of a job.

        Jobs taken over after a restart may have finished meanwhile, and are polled within one interval.
        """
        if age_s >= self.interval_s:
            return self.interval_s * self._random_share()
        return self.next_wait_s(age_s, failures=0)

    def next_wait_s(self, age_s: float, *, failures: int) -> float:
        """Seconds to the next poll of a job of this age, never less than the interval.

        After `failures` polls in a row without an answer it is one interval, then two, then four, and so on.
        """
        interval_s = self.interval_s
        wait_s = min(max(interval_s, self._urgent_in_s(age_s)), LONGEST_WAIT_INTERVALS * interval_s)
        if failures:
            # The exponent has a limit too: after a long outage the power would overflow a float.
            wait_s = max(interval_s, min(interval_s * 2.0 ** min(failures - 1, 10), MAX_FAILURE_WAIT_S))
        # Only ever longer: Whisul asks for polls that are no closer than the interval.
        return wait_s * (1 + JITTER * self._random_share())

    def _urgent_in_s(self, age_s: float) -> float:
        if not self._model.has_estimate:
            return 0.0
        return self._model.age_at(self._model.urgency(age_s) + self._step) - age_s
