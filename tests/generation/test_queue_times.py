"""Queue times are converted from the wall clock once, and monotonic from then on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.jobs import QueuedJob
from bot.generation.queue_times import MAX_RESTORED_WAIT_S, QueueTimes

NOW = datetime(2026, 2, 17, 15, 39, 34, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEADY = 1000.0


def asked(seconds_ago: float, *, again_in_s: float | None = None) -> QueuedJob:
    again_at = None if again_in_s is None else NOW + timedelta(seconds=again_in_s)
    return QueuedJob(
        key=1,
        guild_id=10,
        requester_id=30,
        created_at=NOW - timedelta(seconds=seconds_ago),
        submit_after=again_at,
    )


def test_a_new_job_has_its_age_by_the_wall_clock_and_is_ready() -> None:
    job, waits = asked(30), QueueTimes()
    waits.update([job], now=NOW, monotonic_s=STEADY)
    assert waits.age_s(job, now=NOW, monotonic_s=STEADY) == 30
    assert waits.ready_in_s(job, monotonic_s=STEADY) == 0


def test_a_step_of_the_wall_clock_changes_no_age() -> None:
    job, waits = asked(30), QueueTimes()
    waits.update([job], now=NOW, monotonic_s=STEADY)
    for now in (NOW - HOUR, NOW + HOUR):
        waits.update([job], now=now, monotonic_s=STEADY + 1)
        assert waits.age_s(job, now=now, monotonic_s=STEADY + 1) == 31


def test_a_requeued_jobs_wait_does_not_depend_on_the_wall_clock() -> None:
    job, waits = asked(30), QueueTimes()
    waits.update([job], now=NOW, monotonic_s=STEADY)
    job = replace(job, submit_after=NOW + timedelta(seconds=100))
    waits.update([job], now=NOW, monotonic_s=STEADY)
    for now in (NOW - HOUR, NOW, NOW + HOUR):
        waits.update([job], now=now, monotonic_s=STEADY + 40)
        assert waits.ready_in_s(job, monotonic_s=STEADY + 40) == 60
    assert waits.ready_in_s(job, monotonic_s=STEADY + 101) == 0
    assert waits.age_s(job, now=NOW, monotonic_s=STEADY + 40) == 70


def test_a_restored_wait_is_a_minute_at_most() -> None:
    far, near, waits = asked(30, again_in_s=3600), replace(asked(30, again_in_s=5), key=2), QueueTimes()
    waits.update([far, near], now=NOW, monotonic_s=STEADY)
    assert waits.ready_in_s(far, monotonic_s=STEADY) == MAX_RESTORED_WAIT_S
    assert waits.ready_in_s(near, monotonic_s=STEADY) == 5


def test_a_creation_time_in_the_future_counts_as_now() -> None:
    job, waits = asked(-3600), QueueTimes()
    waits.update([job], now=NOW, monotonic_s=STEADY)
    assert waits.age_s(job, now=NOW, monotonic_s=STEADY + 2) == 2


def test_a_forgotten_job_is_read_again() -> None:
    job, waits = asked(30), QueueTimes()
    waits.update([job], now=NOW, monotonic_s=STEADY)
    waits.retain([job.key])
    assert waits.age_s(job, now=NOW + HOUR, monotonic_s=STEADY) == 30
    waits.retain([])
    assert waits.age_s(job, now=NOW + HOUR, monotonic_s=STEADY) == 30 + 3600
