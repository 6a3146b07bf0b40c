"""Pure: how far a job is, in steps so coarse that its card changes a handful of times and never more."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.jobs import Job, JobState
from bot.generation.poll_schedule import Expectation

BAR_STEPS = 5
MIN_STEP_S = 5.0
"""Songs that are mostly done within `BAR_STEPS` of these get no bar: it would be an edit every second or two."""

EXACT_POSITIONS = 3
_ROUND_POSITIONS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""What a place in the queue is rounded up to, each about a third of the next."""

_IN_PROGRESS = frozenset({JobState.RUNNING, JobState.DETACHED})


@dataclass(frozen=True, slots=True)
class Progress:
    """What this bot's own completions tell of a job at one moment.

    `steps` of `BAR_STEPS` lie behind it, never all of them; None where there is no bar. `ready_at`, a whole second
    that is not past, is when nine of ten songs are ready. `is_slow`: nine of ten songs were faster. `changes_at` is
    when time alone makes any of this untrue, None: never.
    """

    steps: int | None = None
    ready_at: datetime | None = None
    is_slow: bool = False
    changes_at: datetime | None = None


def progress(job: Job, expectation: Expectation | None, now: datetime) -> Progress:
    """How far a job is that Whisul works on; of any other, and while too little was seen, nothing is known."""
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
    """A place in the queue as it is told: exact while it is small, else the next round number above it.

    So that a queue of 200 does not mean 200 edits whenever it moves.
    """
    if ahead <= EXACT_POSITIONS:
        return ahead
    at = bisect_left(_ROUND_POSITIONS, ahead)
    return _ROUND_POSITIONS[at] if at < len(_ROUND_POSITIONS) else ahead


def _whole_second(moment: datetime) -> datetime:
    """Rounded up: Discord counts down to whole seconds, and must not be through before the text changes."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)
