"""When the submitter submits a prompt, when again, and which answers end its job."""

import asyncio
from typing import Any

import pytest

from bot.domain.jobs import DeliveryState, Job, JobState, Reason
from bot.generation.api_gate import ApiGate
from bot.generation.submitter import MAX_CONCURRENT_SUBMITS, SUBMIT_PATH_KEY
from bot.store import Store
from bot.whisul.errors import (
    WhisulDeclined,
    WhisulError,
    WhisulMisdirected,
    WhisulNoCredit,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)
from tests.factories import NOW, OURS, a_job, alone, expected, keys, seconds
from tests.generation.submitting import Answer, StillClock, asked, submitting

DEADLINE_S = 600.0
KEY_REFUSED = WhisulUnauthorised("no", status=401)
NO_CREDIT = WhisulNoCredit("no")


def rate_limited(retry_after_s: float | None) -> WhisulRateLimited:
    return WhisulRateLimited("slow down", retry_after_s=retry_after_s)


def unavailable(
    retry_after_s: float | None = None, *, status: int = 503, created_nothing: bool = True
) -> WhisulUnavailable:
    return WhisulUnavailable(
        "away", status=status, retry_after_s=retry_after_s, created_nothing=created_nothing
    )


def gate_of(clock: StillClock, **options: Any) -> ApiGate:
    return ApiGate(clock=clock, membership=alone(clock), first_probe_wait_s=5, **options)


async def test_nothing_is_submitted_while_the_gate_is_closed(store: Store) -> None:
    job, clock = await asked(store, "a song", at=NOW), StillClock()
    for error in (rate_limited(60), rate_limited(None), unavailable(60), KEY_REFUSED, NO_CREDIT):
        gate = gate_of(clock)
        gate.record(error)
        async with submitting(store, clock=clock, gate=gate) as submits:
            await submits.until_decided(job)
            assert submits.sent == [], error
    assert expected(await store.get(job.key)).state is JobState.QUEUED


@pytest.mark.parametrize("refusal", [KEY_REFUSED, NO_CREDIT], ids=["key", "credit"])
async def test_a_single_submit_probes_whether_whisul_still_refuses(
    store: Store, refusal: WhisulError
) -> None:
    jobs = [await asked(store, prompt, at=NOW) for prompt in ("one", "two")]
    clock, answered = StillClock(), asyncio.Event()
    gate = gate_of(clock)
    gate.record(refusal)
    clock.pass_s(5)
    async with submitting(store, {"one": answered}, clock=clock, gate=gate) as submits:
        await submits.until_decided(*jobs)
        assert submits.sent == ["one"]
        answered.set()
        await submits.until_running(*jobs)  # what was accepted opens the gate for the other


async def test_no_more_is_submitted_than_the_budget_of_calls_gives(store: Store) -> None:
    clock = StillClock()
    jobs = [await asked(store, f"song {number}", at=NOW) for number in range(3)]
    async with submitting(store, clock=clock, gate=gate_of(clock, calls_per_s=1, burst=2)) as submits:
        await submits.until_decided(*jobs)
        assert submits.sent == ["song 0", "song 1"]


RETRY_WAITS_S: dict[str, tuple[WhisulError, float]] = {
    "429": (rate_limited(None), 10),
    "429, 30 s": (rate_limited(30), 30),
    "429, 0 s": (rate_limited(0), 2),  # does not switch the back-off off
    "503": (unavailable(), 2),
    "503, 30 s": (unavailable(30), 30),
    "declined": (WhisulDeclined("no"), 2),
    "unreachable": (WhisulUnreachable("no connection", created_nothing=True), 2),
    "key": (KEY_REFUSED, 0),  # the gate decides
    "credit": (NO_CREDIT, 0),
    "429, an hour": (rate_limited(3600), DEADLINE_S - 100),  # the deadline of a job that is 100 s old
    "503, an hour": (unavailable(3600), DEADLINE_S - 100),
}


async def test_a_submit_that_created_nothing_is_repeated_after_its_wait(store: Store) -> None:
    for name, (error, wait_s) in RETRY_WAITS_S.items():
        job = await asked(store, name, at=NOW - seconds(100))
        queued = await requeued(store, job, error)
        assert (queued.state, queued.submit_after) == (JobState.QUEUED, NOW + seconds(wait_s)), name
        assert (queued.owner, queued.submit_attempts, queued.delivery) == (None, 1, DeliveryState.NONE)
        await store.cancel(job.key, now=NOW)


async def test_a_wait_that_whisul_asks_for_is_cut_to_the_deadline(store: Store) -> None:
    for error in (rate_limited(3600), unavailable(3600)):
        job = await asked(store, "a song", at=NOW - seconds(DEADLINE_S))
        assert (await requeued(store, job, error)).submit_after == NOW, error
        await store.cancel(job.key, now=NOW)


async def requeued(store: Store, job: Job, error: WhisulError) -> Job:
    """The job after one submit that met the error, at `NOW`."""
    async with submitting(store, {job.prompt: error}, clock=StillClock(), deadline_s=DEADLINE_S) as submits:
        return await submits.until(lambda each: each.key == job.key)


async def test_the_waits_between_submits_grow_to_a_minute(store: Store) -> None:
    for tries_before, wait_s in {1: 4, 4: 32, 5: 60, 30: 60}.items():
        job = await asked(store, "a song", at=NOW)
        for _ in range(tries_before):
            await store.begin_submit(job.key, owner=OURS, now=NOW)
            await store.requeue(job.key, submit_after=NOW, now=NOW)
        queued = await requeued(store, job, unavailable())
        assert queued.submit_after == NOW + seconds(wait_s), tries_before
        await store.cancel(job.key, now=NOW)


FINAL_ANSWERS: dict[str, tuple[WhisulError, JobState, Reason, str | None]] = {
    "refused": (WhisulRefused("x", status=400, reason="No."), JobState.FAILED, Reason.REFUSED, "No."),
    "misdirected": (WhisulMisdirected("x"), JobState.FAILED, Reason.MISDIRECTED, None),
    "500": (unavailable(status=500, created_nothing=False), JobState.UNKNOWN, Reason.NO_ANSWER, None),
    "no answer": (WhisulUnreachable("x", created_nothing=False), JobState.UNKNOWN, Reason.NO_ANSWER, None),
    "unreadable": (WhisulUnreadable("x", created_nothing=False), JobState.UNKNOWN, Reason.NO_ANSWER, None),
}


async def test_a_final_answer_ends_a_job_without_another_submit(store: Store) -> None:
    for name, (error, state, reason, message) in FINAL_ANSWERS.items():
        job = await asked(store, name, at=NOW)
        async with submitting(store, {name: error}, clock=StillClock()) as submits:
            ended = await submits.until(lambda each, key=job.key: each.key == key)
            other = await asked(store, f"after {name}", at=NOW)
            submits.submitter.wakeup.wake()
            await submits.until_running(other)
        assert submits.sent == [name, f"after {name}"]
        assert (ended.state, ended.reason, ended.error) == (state, reason, message), name
        assert (ended.settled_at, ended.delivery) == (NOW, DeliveryState.DUE)


@pytest.mark.parametrize(("age_s", "is_over"), [(DEADLINE_S, False), (DEADLINE_S + 1, True)])
async def test_the_deadline_ends_a_queued_job_even_while_the_gate_is_closed(
    store: Store, age_s: float, is_over: bool
) -> None:
    clock = StillClock()
    gate = gate_of(clock)
    gate.record(KEY_REFUSED)
    job = await asked(store, "a song", at=NOW - seconds(age_s))
    async with submitting(store, clock=clock, gate=gate, deadline_s=DEADLINE_S) as submits:
        await submits.until_decided(job)
    ended = expected(await store.get(job.key))
    wanted = (JobState.FAILED, Reason.NEVER_SENT) if is_over else (JobState.QUEUED, None)
    assert (ended.state, ended.reason) == wanted
    assert submits.sent == []


@pytest.mark.parametrize(("most", "sent"), [(4, 3), (100, MAX_CONCURRENT_SUBMITS)])
async def test_concurrent_submits_are_limited_by_free_slots(store: Store, most: int, sent: int) -> None:
    await a_job(store, JobState.RUNNING)
    prompts = [f"song {number}" for number in range(MAX_CONCURRENT_SUBMITS + 2)]
    jobs = [await asked(store, prompt, at=NOW) for prompt in prompts]
    never, clock = asyncio.Event(), StillClock()
    gate = gate_of(clock, burst=100)
    async with submitting(store, dict.fromkeys(prompts, never), clock=clock, gate=gate, most=most) as submits:
        await submits.until_decided(*jobs)
        late = await asked(store, "late", at=NOW)
        submits.submitter.wakeup.wake()
        await submits.until_decided(late)
        assert (submits.sent, submits.seen) == (prompts[:sent], [])


async def test_a_finished_submit_frees_its_slot(store: Store) -> None:
    jobs = [await asked(store, f"song {number}", at=NOW) for number in range(MAX_CONCURRENT_SUBMITS + 2)]
    clock = StillClock()
    async with submitting(store, clock=clock, gate=gate_of(clock, burst=100)) as submits:
        await submits.until_running(*jobs)


async def test_a_requeued_job_keeps_its_requesters_turn(store: Store) -> None:
    first, clock = await asked(store, "first", at=NOW), StillClock()
    other = await asked(store, "of another member", at=NOW, requester_id=31)
    # Ready at the same moment as the requeued job, whatever the loop is doing then.
    await store.begin_submit(other.key, owner=OURS, now=NOW)
    await store.requeue(other.key, submit_after=NOW + seconds(30), now=NOW)
    answers: dict[str, Answer] = {"first": unavailable(30)}
    async with submitting(store, answers, clock=clock) as submits:
        await submits.until(lambda job: (job.key, job.state) == (first.key, JobState.QUEUED))
        # The requeued job still stores the submit path, and is no candidate before its task has ended.
        await asyncio.gather(*submits.submitter.in_flight())
        answers.clear()
        clock.pass_s(31)
        submits.submitter.wakeup.wake()
        await submits.until_running(first, other)
    assert submits.sent == ["first", "first", "of another member"]


async def test_cards_of_waiting_jobs_are_redrawn_at_a_new_position(store: Store) -> None:
    await a_job(store, JobState.RUNNING)
    jobs = [await asked(store, f"song {number}", at=NOW) for number in range(3)]
    async with submitting(store, clock=StillClock(), most=1) as submits:
        await submits.until_decided(*jobs)
        assert submits.waiting == keys(jobs)
        await store.cancel(jobs[0].key, now=NOW)
        submits.submitter.wakeup.wake()
        await submits.until_so(lambda: len(submits.waiting) == 5)
        assert submits.waiting[3:] == keys(jobs[1:])


async def test_an_accepted_job_is_passed_to_the_poller(store: Store) -> None:
    job, followed = await asked(store, "a song", at=NOW), list[Job]()
    async with submitting(store, clock=StillClock(), on_follow=followed.append) as submits:
        running = await submits.until(lambda each: each.key == job.key)
    assert followed == [running]
    assert (running.state, running.job_id) == (JobState.RUNNING, "job of a song")
    assert (running.submitted_at, running.accepted_at, running.submit_attempts) == (NOW, NOW, 1)
    assert running.owner is None


async def test_the_submit_path_is_stored_for_the_next_start(store: Store) -> None:
    job = await asked(store, "a song", at=NOW)
    async with submitting(store, clock=StillClock()) as submits:
        await submits.until_running(job)
    assert await store.key_values.get(SUBMIT_PATH_KEY) == "/generate"


async def test_a_job_id_that_another_job_has_leaves_the_outcome_unknown(store: Store) -> None:
    first = await asked(store, "one", at=NOW)
    answers = {"one": "the-same-id", "two": "the-same-id"}
    async with submitting(store, answers, clock=StillClock()) as submits:
        await submits.until_running(first)
        second = await asked(store, "two", at=NOW)
        submits.submitter.wakeup.wake()
        ended = await submits.until(lambda each: each.key == second.key)
    assert (ended.state, ended.reason, ended.job_id) == (JobState.UNKNOWN, Reason.NO_ANSWER, None)
    assert expected(await store.get(first.key)).job_id == "the-same-id"
