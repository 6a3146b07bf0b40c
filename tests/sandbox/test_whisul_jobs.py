"""Jobs: random but reproducible times and songs, plans, speed and hold."""

import math
import statistics
from datetime import UTC, datetime

from sandbox.whisul import ABSENT, HandClock, JobPlan, Planned
from sandbox.whisul.jobs import GENERATION_SIGMA, MEDIAN_GENERATION_S, JobRegistry
from tests.sandbox.whisul_caller import Caller, calling


def _book(clock: HandClock, *, seed: int = 0, speed: float = 1.0) -> JobRegistry:
    return JobRegistry(clock=clock, seed=seed, speed=speed, song_seconds=None, reference=False)


def _facts(seed: int) -> list[object]:
    book = _book(HandClock(), seed=seed)
    jobs = [book.create(prompt, song_prompt=prompt, plan=JobPlan()) for prompt in ("lofi", "lofi", "rock")]
    return [(job.job_id, job.due_s, job.song) for job in jobs]


def test_ids_times_and_songs_depend_on_the_seed_alone() -> None:
    assert _facts(1) == _facts(1)
    assert all(one != other for one, other in zip(_facts(1), _facts(2), strict=True))


def test_repeated_prompts_give_different_songs() -> None:
    book = _book(HandClock())
    songs = {book.create("lofi", song_prompt="lofi", plan=JobPlan()).song.title for _ in range(20)}
    assert len(songs) > 5


def test_generation_times_have_the_stated_median_and_spread() -> None:
    book = _book(HandClock())
    drawn = [book.create("x", song_prompt="x", plan=JobPlan()).due_s or 0 for _ in range(2000)]
    assert abs(statistics.median(drawn) - MEDIAN_GENERATION_S) < 6
    assert abs(statistics.stdev(map(math.log, drawn)) - GENERATION_SIGMA) < 0.02


def test_speed_divides_random_generation_times() -> None:
    slow, fast = (
        _book(HandClock(), speed=speed).create("x", song_prompt="x", plan=JobPlan()).due_s or 0
        for speed in (1, 60)
    )
    assert math.isclose(slow, fast * 60)


def test_finished_at_is_the_due_time_however_late_the_poll() -> None:
    clock = HandClock()
    book = _book(clock)
    job = book.create("x", song_prompt="x", plan=JobPlan(generation_s=30))
    clock.advance(29.9)
    book.settled(job.job_id)
    assert job.status == "running"
    clock.advance(1000)
    book.settled(job.job_id)
    assert job.body()["finished_at"] == "2026-02-17 12:00:30"


async def test_held_jobs_end_by_finish_or_when_hold_is_cleared() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        caller.simulator.hold = True
        first, second = await caller.new_job(), await caller.new_job()
        clock.advance(100_000)
        assert (await caller.poll(first)).json["status"] == "running"
        caller.simulator.finish(first, result={"title": "By hand"})
        assert (await caller.poll(first)).json["result"] == {"title": "By hand"}
        caller.simulator.hold = False
        assert not caller.simulator.hold
        assert (await caller.poll(second)).json["status"] == "completed"


async def test_finish_without_a_result_gives_the_job_its_own_song(caller: Caller) -> None:
    job_id = await caller.new_job("jazz, 120 bpm")
    caller.simulator.finish(job_id)
    assert (await caller.poll(job_id)).json["result"]["bpm"] == 120


async def test_a_plan_sets_id_times_and_result_fields_of_the_next_job() -> None:
    plan = JobPlan(
        job_id="11111111-2222-4333-8444-555555555555",
        started_at=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
        finished_at=datetime(2026, 3, 1, 10, 2, tzinfo=UTC),
        generation_s=0,
        result={"bpm": None, "image_url": ABSENT, "extra": 1},
    )
    async with calling() as caller:
        caller.simulator.script("submit", Planned(plan))
        job_id = await caller.new_job()
        job = (await caller.poll(job_id)).json
        assert job_id == plan.job_id
        assert (job["started_at"], job["finished_at"]) == ("2026-03-01 10:00:00", "2026-03-01 10:02:00")
        assert job["result"].keys() == {"title", "bpm", "duration", "song_url", "tags", "extra"}
        assert job["result"]["bpm"] is None
        assert await caller.new_job() != job_id


def test_overlaid_plans_keep_fields_that_the_other_leaves_unset() -> None:
    one = JobPlan(slowness=8, error="one", result={"song_url": None})
    both = one.overlaid(JobPlan(status="failed", error="two", result={"image_url": None}))
    result = {"song_url": None, "image_url": None}
    assert both == JobPlan(slowness=8, status="failed", error="two", result=result)


def test_changing_the_speed_scales_remaining_times() -> None:
    clock = HandClock()
    book = _book(clock)
    job = book.create("x", song_prompt="x", plan=JobPlan(generation_s=100))
    stuck = book.create("x", song_prompt="x", plan=JobPlan(never_finishes=True))
    clock.advance(40)
    book.speed = 10
    assert (job.due_s, stuck.due_s) == (46, None)
    clock.advance(6)
    assert [(book.settled(each.job_id) or each).status for each in (job, stuck)] == ["completed", "running"]
    book.speed = 1
    assert job.due_s == 46, "what is over stays as it was"


def test_hurry_makes_all_jobs_due_except_those_that_never_finish() -> None:
    clock = HandClock()
    book = _book(clock)
    job, stuck = (
        book.create("x", song_prompt="x", plan=plan)
        for plan in (JobPlan(generation_s=100), JobPlan(never_finishes=True))
    )
    clock.advance(7)
    book.hurry()
    assert (job.due_s, stuck.due_s) == (7, None)
    assert (book.settled(job.job_id) or stuck).status == "completed"
