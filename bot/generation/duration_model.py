"""Pure: distribution of generation times, estimated from finished generations.

The estimate is a smoothed histogram of the logarithms of durations, in which recent ones weigh more, mixed with a small share
of a wide prior. *Urgency* is the integral over the age of the square root of the hazard rate (the probability per second to
finish now, given that the job has not yet). For a given number of polls, polling each time the urgency has grown by the same
amount gives the smallest mean delay.
"""

from bisect import bisect_right
from collections import deque
from itertools import accumulate, pairwise
from math import dist, erf, exp, log, sqrt
from typing import NamedTuple

MIN_DURATION_S = 0.05
MAX_DURATION_S = 28_800.0
# Bins of equal width in the logarithm, 4 % each: the same relative precision for songs of 2 seconds and of 2 hours.
BINS = 320
STEP = log(MAX_DURATION_S / MIN_DURATION_S) / BINS
EDGES_S = tuple(MIN_DURATION_S * exp(STEP * number) for number in range(BINS + 1))
WIDTHS_S = tuple(right - left for left, right in pairwise(EDGES_S))

MIN_SAMPLES = 10
"""With fewer durations than this there is no estimate."""

MAX_SAMPLES = 400
HALF_LIFE = 150
"""The weight of a duration halves with each so many newer ones."""

CHANGE_WINDOW = 16
KEPT_AFTER_CHANGE = 16
"""After a detected change, only so many of the newest durations are kept."""

CHANGE_THRESHOLD = 4.5
"""Distance of the old and new mean, in standard errors, from which on it counts as a change."""

PRIOR_SIGMA = 1.2
PRIOR_SHARE = 0.015
"""Weight of the prior. It keeps the hazard above 0 at ages where no generation has finished yet, so that polls go on."""


class Spread(NamedTuple):
    """Mean and standard deviation of the logarithm of durations in seconds."""

    mean: float
    deviation: float


class DurationModel:
    """The learned distribution. Durations are seconds, from acceptance to the finish."""

    def __init__(self) -> None:
        self._logs: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._urgency_table: list[float] | None = None
        self._is_stale = False

    @property
    def samples(self) -> int:
        """How many durations the estimate is based on."""
        return len(self._logs)

    @property
    def has_estimate(self) -> bool:
        """Whether there is an estimate at all."""
        return self.samples >= MIN_SAMPLES

    def add(self, duration_s: float) -> None:
        """Add a finished generation. If the newest ones differ significantly from the rest, the rest is dropped."""
        # Within the bins: a clock that was set can make any duration.
        self._logs.append(log(min(max(duration_s, MIN_DURATION_S), MAX_DURATION_S * 0.99)))
        # Refitted later: a table takes about a millisecond, and many songs may finish at once.
        self._is_stale = True
        if self._has_changed():
            for _ in range(len(self._logs) - KEPT_AFTER_CHANGE):
                self._logs.popleft()
            # At once, not at the next refit: the old table is misleading.
            self._urgency_table = None

    def refit(self) -> None:
        """Compute the estimate anew from all durations if any was added: this takes about a millisecond."""
        if self._is_stale:
            self._urgency_table, self._is_stale = None, False

    def urgency(self, age_s: float) -> float:
        """The urgency of a generation at an age."""
        table = self._table()
        if age_s <= MIN_DURATION_S:
            return 0.0
        if age_s >= MAX_DURATION_S:
            return table[-1]
        number = min(BINS - 1, int(log(age_s / MIN_DURATION_S) / STEP))
        share = (age_s - EDGES_S[number]) / WIDTHS_S[number]
        return table[number] + (table[number + 1] - table[number]) * min(1.0, max(0.0, share))

    def age_at(self, urgency: float) -> float:
        """The age in seconds at which the urgency is reached; `MAX_DURATION_S` if it never is. Inverse of `urgency`."""
        table = self._table()
        if urgency >= table[-1]:
            return MAX_DURATION_S
        number = bisect_right(table, urgency) - 1
        # Never 0: the prior gives each bin a share.
        gain = table[number + 1] - table[number]
        return EDGES_S[number] + WIDTHS_S[number] * (urgency - table[number]) / gain

    def urgency_per_s(self, age_s: float) -> float:
        """Growth of the urgency per second at an age: the square root of the hazard rate."""
        if not MIN_DURATION_S <= age_s < MAX_DURATION_S:
            return 0.0
        table = self._table()
        number = min(BINS - 1, int(log(age_s / MIN_DURATION_S) / STEP))
        return (table[number + 1] - table[number]) / WIDTHS_S[number]

    def delay_per_step(self) -> float:
        """The mean delay in seconds that one unit of urgency between polls causes: half the integral of √(f·S)."""
        total, survival = 0.0, 1.0
        for share, width_s in zip(self._shares(), WIDTHS_S, strict=True):
            total += sqrt(share / width_s * max(0.0, survival - share / 2)) * width_s
            survival -= share
        return total / 2

    # --- the estimate ------------------------------------------------------------------------------------------

    def _table(self) -> list[float]:
        """Urgency at each edge of a bin, computed on first use."""
        if self._urgency_table is None:
            steps: list[float] = []
            survival = 1.0
            for share, width_s in zip(self._shares(), WIDTHS_S, strict=True):
                # Those that finish in this bin live through half of it on average; never 0, which would divide by 0.
                alive = max(survival - share / 2, 1e-9)
                steps.append(sqrt(share / alive / width_s) * width_s)
                survival -= share
            self._urgency_table = list(accumulate(steps, initial=0.0))
        return self._urgency_table

    def _shares(self) -> list[float]:
        """For each bin the probability to finish in it."""
        spread, weights = self._spread()
        total = sum(weights)
        smoothed = _smoothed(_histogram(self._logs, weights), self._bandwidth(spread, weights))
        wide = _lognormal(spread.mean, PRIOR_SIGMA)
        return [
            (1 - PRIOR_SHARE) * seen / total + PRIOR_SHARE * anything
            for seen, anything in zip(smoothed, wide, strict=True)
        ]

    def _spread(self) -> tuple[Spread, list[float]]:
        newest = len(self._logs) - 1
        weights = [0.5 ** ((newest - number) / HALF_LIFE) for number in range(len(self._logs))]
        total = sum(weights)
        mean = sum(weight * value for weight, value in zip(weights, self._logs, strict=True)) / total
        variance = (
            sum(weight * (value - mean) ** 2 for weight, value in zip(weights, self._logs, strict=True))
            / total
        )
        return Spread(mean, sqrt(variance)), weights

    def _bandwidth(self, spread: Spread, weights: list[float]) -> float:
        """Kernel bandwidth by Silverman's rule, on the narrower of two measures of spread."""
        effective = sum(weights) ** 2 / sum(weight * weight for weight in weights)
        values = sorted(self._logs)
        quartiles = values[3 * (len(values) - 1) // 4] - values[(len(values) - 1) // 4]
        # A normal distribution has 1.34 deviations between its quartiles. The quartiles resist outliers, and are 0 when
        # most durations are equal.
        narrow = min(spread.deviation, quartiles / 1.34) or spread.deviation
        return max(STEP, 0.75 * narrow * effective**-0.2)

    def _has_changed(self) -> bool:
        """Whether the mean of the newest durations differs significantly from the mean of the older ones."""
        if len(self._logs) < CHANGE_WINDOW + 2 * MIN_SAMPLES:
            return False
        values = list(self._logs)
        before, after = _spread_of(values[:-CHANGE_WINDOW]), _spread_of(values[-CHANGE_WINDOW:])
        # Whisul's times are whole seconds, and equal durations have no deviation at all.
        scale = max(before.deviation, 0.02)
        moved = abs(after.mean - before.mean) / (scale * sqrt(1 / CHANGE_WINDOW))
        return moved > CHANGE_THRESHOLD


def _spread_of(values: list[float]) -> Spread:
    mean = sum(values) / len(values)
    return Spread(mean, dist(values, [mean] * len(values)) / sqrt(len(values)))


def _histogram(values: deque[float], weights: list[float]) -> list[float]:
    counts = [0.0] * BINS
    lowest = log(MIN_DURATION_S)
    for value, weight in zip(values, weights, strict=True):
        counts[min(BINS - 1, int((value - lowest) / STEP))] += weight
    return counts


def _smoothed(counts: list[float], bandwidth: float) -> list[float]:
    """The counts convolved with a normal kernel."""
    reach = int(4 * bandwidth / STEP) + 1
    kernel = [exp(-0.5 * (offset * STEP / bandwidth) ** 2) for offset in range(-reach, reach + 1)]
    total = sum(kernel)
    smoothed = [0.0] * BINS
    for number, count in enumerate(counts):
        if count:
            for offset, height in enumerate(kernel, start=number - reach):
                if 0 <= offset < BINS:
                    smoothed[offset] += count * height / total
    return smoothed


def _lognormal(mean: float, sigma: float) -> list[float]:
    below = [(1 + erf((log(edge) - mean) / (sigma * sqrt(2)))) / 2 for edge in EDGES_S]
    return [right - left for left, right in pairwise(below)]
