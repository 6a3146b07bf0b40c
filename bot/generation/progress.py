"""Pure: progress of a job in a few coarse steps, because each step is an edit of its card."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.jobs import Job, JobState
from bot.generation.poll_schedule import Expectation

BAR_STEPS = 5
MIN_STEP_S = 5.0
"""Where nine of ten songs take less than `BAR_STEPS` of these there is no bar: it would be edited every second or two."""

EXACT_POSITIONS = 3
_ROUND_POSITIONS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""What a queue position is rounded up to, each about a third of the next."""

_IN_PROGRESS = frozenset({JobState.RUNNING, JobState.DETACHED})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is at one moment, estimated from the songs that this bot has seen.

    Attributes:
        steps: how many of `BAR_STEPS` are done, never all; None where there is no bar.
        ready_at: when nine of ten songs are ready, a whole second in the future; None once that is past.
        is_slow: nine of ten songs were faster.
        changes_at: when this must be computed anew; None: not before the job changes.
    """

    steps: int | None = None
    ready_at: datetime | None = None
    is_slow: bool = False
    changes_at: datetime | None = None


def progress(job: Job, expectation: Expectation | None, now: datetime) -> Progress:
    """The progress of a job that Whisul works on; empty for other jobs, and without an expectation."""
    if expectation is None or job.state not in _IN_PROGRESS:
        return Progress()
    begun_at = job.accepted_at or job.created_at
    steps = BAR_STEPS if expectation.p90_s >= BAR_STEPS * MIN_STEP_S else 1
    marks = [begun_at + timedelta(seconds=expectation.p90_s * step / steps) for step in range(1, steps + 1)]
    passed = bisect_right(marks, now)
    bar = min(passed, steps - 1) if steps > 1 else None
    if passed == steps:
        return Progress(steps=bar, is_slow=True)
    return Progress(steps=bar, ready_at=_whole_second(marks[-1]), changes_at=marks[passed])


def rounded_position(ahead: int) -> int:
    """The queue position that a card shows: exact while it is small, else the next round number above it.

    Each change is an edit, and an exact position would cost 200 of them whenever a queue of 200 moves.
    """
    if ahead <= EXACT_POSITIONS:
        return ahead
    at = bisect_left(_ROUND_POSITIONS, ahead)
    return _ROUND_POSITIONS[at] if at < len(_ROUND_POSITIONS) else ahead


def _whole_second(moment: datetime) -> datetime:
    """Rounded up: Discord counts down to whole seconds, and must not reach 0 before the card is edited."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)
