"""Pure: how long generations take, learned from those that were seen.

The estimate is a smoothed histogram of the logarithm of durations, in which recent ones weigh more, with a small share
of what was believed before anything was seen. From it comes *urgency*: the integral of the square root of the hazard
(the chance to finish now, given that it has not yet). Looking whenever the same amount of urgency has gathered is the
way to the smallest mean delay for a given number of looks.
"""

from bisect import bisect_right
from collections import deque
from itertools import accumulate, pairwise
from math import erf, exp, log, sqrt
from typing import NamedTuple

MIN_DURATION_S = 0.05
MAX_DURATION_S = 28_800.0
BINS = 320
STEP = log(MAX_DURATION_S / MIN_DURATION_S) / BINS
EDGES_S = tuple(MIN_DURATION_S * exp(STEP * number) for number in range(BINS + 1))
WIDTHS_S = tuple(right - left for left, right in pairwise(EDGES_S))

MIN_SAMPLES = 10
"""Fewer durations than this say nothing: until then there is no estimate."""

MAX_SAMPLES = 400
HALF_LIFE = 150
"""A duration counts half when so many newer ones have been seen."""

CHANGE_WINDOW = 16
KEPT_AFTER_CHANGE = 16
"""After a change of pace, only so many of the newest durations are believed."""

CHANGE_THRESHOLD = 4.5
"""Standard errors between old and new mean that are taken for a change."""

PRIOR_SIGMA = 1.2
PRIOR_SHARE = 0.015
"""The share of a distribution wide enough for everything: it keeps looks coming at ages where nothing was seen yet."""


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
        """How many durations the estimate stands on."""
        return len(self._logs)

    @property
    def has_estimate(self) -> bool:
        """Whether there is an estimate at all."""
        return self.samples >= MIN_SAMPLES

    def add(self, duration_s: float) -> None:
        """Remember a finished generation; when the newest ones contradict the rest, the rest is forgotten at once."""
        self._logs.append(log(min(max(duration_s, MIN_DURATION_S), MAX_DURATION_S * 0.99)))
        self._is_stale = True
        if self._has_changed():
            for _ in range(len(self._logs) - KEPT_AFTER_CHANGE):
                self._logs.popleft()
            self._urgency_table = None

    def refit(self) -> None:
        """Have the estimate made anew from all that was learned: that takes a millisecond, one song changes little."""
        if self._is_stale:
            self._urgency_table, self._is_stale = None, False

    def urgency(self, age_s: float) -> float:
        """How much urgency a generation has gathered at an age."""
        table = self._table()
        if age_s <= MIN_DURATION_S:
            return 0.0
        if age_s >= MAX_DURATION_S:
            return table[-1]
        number = min(BINS - 1, int(log(age_s / MIN_DURATION_S) / STEP))
        share = (age_s - EDGES_S[number]) / WIDTHS_S[number]
        return table[number] + (table[number + 1] - table[number]) * min(1.0, max(0.0, share))

    def age_at(self, urgency: float) -> float:
        """The age in seconds at which so much urgency has gathered; the longest age there is where it never does."""
        table = self._table()
        if urgency >= table[-1]:
            return MAX_DURATION_S
        number = bisect_right(table, urgency) - 1
        gain = table[number + 1] - table[number]
        return EDGES_S[number] + WIDTHS_S[number] * (urgency - table[number]) / gain

    def urgency_per_s(self, age_s: float) -> float:
        """Urgency gathered per second at an age: the square root of the hazard."""
        if not MIN_DURATION_S <= age_s < MAX_DURATION_S:
            return 0.0
        table = self._table()
        number = min(BINS - 1, int(log(age_s / MIN_DURATION_S) / STEP))
        return (table[number + 1] - table[number]) / WIDTHS_S[number]

    def delay_per_step(self) -> float:
        """The mean delay in seconds that one unit of urgency between looks costs: half the integral of √(f·S)."""
        total, survival = 0.0, 1.0
        for share, width_s in zip(self._shares(), WIDTHS_S, strict=True):
            total += sqrt(share / width_s * max(0.0, survival - share / 2)) * width_s
            survival -= share
        return total / 2

    # --- the estimate ------------------------------------------------------------------------------------------

    def _table(self) -> list[float]:
        """Urgency at each edge."""
        if self._urgency_table is None:
            steps: list[float] = []
            survival = 1.0
            for share, width_s in zip(self._shares(), WIDTHS_S, strict=True):
                alive = max(survival - share / 2, 1e-9)
                steps.append(sqrt(share / alive / width_s) * width_s)
                survival -= share
            self._urgency_table = list(accumulate(steps, initial=0.0))
        return self._urgency_table

    def _shares(self) -> list[float]:
        """For each bin the chance to finish in it."""
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
        """How far each duration is smeared: Silverman's rule, on the narrower of two measures of spread."""
        effective = sum(weights) ** 2 / sum(weight * weight for weight in weights)
        values = sorted(self._logs)
        quartiles = values[3 * (len(values) - 1) // 4] - values[(len(values) - 1) // 4]
        narrow = min(spread.deviation, quartiles / 1.34) or spread.deviation
        return max(STEP, 0.75 * narrow * effective**-0.2)

    def _has_changed(self) -> bool:
        """Whether the newest durations lie elsewhere than the ones before, beyond what chance explains."""
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
    return Spread(mean, sqrt(sum((value - mean) ** 2 for value in values) / len(values)))


def _histogram(values: deque[float], weights: list[float]) -> list[float]:
    counts = [0.0] * BINS
    lowest = log(MIN_DURATION_S)
    for value, weight in zip(values, weights, strict=True):
        counts[min(BINS - 1, int((value - lowest) / STEP))] += weight
    return counts


def _smoothed(counts: list[float], bandwidth: float) -> list[float]:
    """Each count smeared over its neighbours by a normal curve."""
    reach = int(4 * bandwidth / STEP) + 1
    curve = [exp(-0.5 * (offset * STEP / bandwidth) ** 2) for offset in range(-reach, reach + 1)]
    total = sum(curve)
    smeared = [0.0] * BINS
    for number, count in enumerate(counts):
        if count:
            for offset, height in enumerate(curve, start=number - reach):
                if 0 <= offset < BINS:
                    smeared[offset] += count * height / total
    return smeared


def _lognormal(mean: float, sigma: float) -> list[float]:
    below = [(1 + erf((log(edge) - mean) / (sigma * sqrt(2)))) / 2 for edge in EDGES_S]
    return [right - left for left, right in pairwise(below)]
