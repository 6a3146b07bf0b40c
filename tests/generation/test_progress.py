"""Progress of a job: coarse steps, and the times at which they change."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.jobs import Job, JobState
from bot.generation.poll_schedule import Expectation
from bot.generation.progress import BAR_STEPS, Progress, progress, rounded_position
from bot.replies import card
from tests.job_shapes import ASKED_AT, USUAL, a_job
from tests.replies.reply_text import lines_of

ACCEPTED_AT = ASKED_AT + timedelta(seconds=40)


def running() -> Job:
    return a_job(accepted_at=ACCEPTED_AT)


def after(seconds: float) -> datetime:
    return ACCEPTED_AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age_s", "known"),
    [
        (0, Progress(steps=0, ready_at=after(180), changes_at=after(36))),
        (35.9, Progress(steps=0, ready_at=after(180), changes_at=after(36))),
        (36, Progress(steps=1, ready_at=after(180), changes_at=after(72))),
        (143, Progress(steps=3, ready_at=after(180), changes_at=after(144))),
        (179.9, Progress(steps=4, ready_at=after(180), changes_at=after(180))),
        (180, Progress(steps=4, is_slow=True)),
        (1800, Progress(steps=4, is_slow=True)),
    ],
)
def test_a_job_moves_on_in_five_steps_and_is_never_full(age_s: float, known: Progress) -> None:
    assert progress(running(), USUAL, after(age_s)) == known


def test_without_an_expectation_there_is_no_progress() -> None:
    assert progress(running(), None, after(99)) == Progress()


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.SUBMITTING, JobState.COMPLETED, JobState.FAILED])
def test_a_job_that_whisul_does_not_work_on_has_no_progress(state: JobState) -> None:
    assert progress(a_job(state), USUAL, after(99)) == Progress()


def test_quick_songs_have_no_bar() -> None:
    quick = Expectation(median_s=5, p90_s=24.9, samples=9)
    assert progress(running(), quick, after(1)) == Progress(ready_at=after(25), changes_at=after(24.9))
    assert progress(running(), quick, after(24.9)) == Progress(is_slow=True)


def test_the_wait_in_the_queue_does_not_count() -> None:
    assert not progress(running(), USUAL, ASKED_AT + timedelta(seconds=200)).is_slow


@settings(deadline=None)
@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(-10, 3e5))
def test_ready_at_is_ahead_and_progress_differs_at_changes_at(
    median_s: float, more_s: float, age_s: float
) -> None:
    expected = Expectation(median_s, median_s + more_s, 3)
    known = progress(running(), expected, after(age_s))
    assert known.steps is None or 0 <= known.steps < BAR_STEPS
    assert known.is_slow == (known.changes_at is None) == (known.ready_at is None)
    if known.changes_at is not None and known.ready_at is not None:
        assert after(age_s) < known.changes_at <= known.ready_at
        assert progress(running(), expected, known.changes_at) != known


@settings(deadline=None)
@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_card_is_edited_once_per_step_at_most(median_s: float, more_s: float) -> None:
    expected = Expectation(median_s, median_s + more_s, 3)
    moment: datetime | None = ACCEPTED_AT
    drawn: list[tuple[datetime, list[str]]] = []
    while moment is not None:
        drawn.append((moment, lines_of(card.open_job(running(), expectation=expected, now=moment))))
        moment = progress(running(), expected, moment).changes_at
    assert len(drawn) <= BAR_STEPS + 1
    assert all(earlier[1] != later[1] for earlier, later in pairwise(drawn))
    gaps_s = [(later[0] - earlier[0]).total_seconds() for earlier, later in pairwise(drawn)]
    assert len(gaps_s) <= 1 or min(gaps_s) >= 4.99


@pytest.mark.parametrize(
    ("ahead", "told"), [(0, 0), (1, 1), (3, 3), (4, 10), (10, 10), (11, 30), (200, 300), (10**6, 10**6)]
)
def test_a_queue_position_is_exact_while_it_is_small(ahead: int, told: int) -> None:
    assert rounded_position(ahead) == told


def test_the_last_of_two_hundred_jobs_shows_eight_positions() -> None:
    assert [told for told in dict.fromkeys(map(rounded_position, range(200, -1, -1)))] == [  # noqa: C416 - reads as a list
        *(300, 100, 30, 10, 3, 2, 1, 0)
    ]
