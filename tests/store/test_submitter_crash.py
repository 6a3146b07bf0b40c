"""A fault of the program itself in the middle of a submit: told at once, never sent again, and no other job waits for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.alarm import Alarm
from bot.clock import Clock
from bot.gate import Gate
from bot.models import DeliveryState, Job, JobState, Reason
from bot.ops.metrics import Metrics
from bot.store import Store
from bot.submitter import Submitter
from bot.turns import Turns
from bot.whisul import WhisulClient
from tests.store.shapes import a_request

FAULTY = "a prompt that nobody foresaw"


class FaultyClient(WhisulClient):
    """Fails on one prompt in a way that no error of ours describes, and takes every other one."""

    async def submit(self, prompt: str) -> str:
        if prompt == FAULTY:
            raise LookupError("a fault in the program")
        return f"job of {prompt}"


class Outcomes:
    """What the submitter has told of each job, the newest last."""

    def __init__(self) -> None:
        self.seen: list[Job] = []
        self._news = asyncio.Event()

    def note(self, job: Job) -> None:
        self.seen.append(job)
        self._news.set()

    async def until(self, predicate: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(20):
            while not (found := [job for job in self.seen if predicate(job)]):
                self._news.clear()
                await self._news.wait()
        return found[-1]


@asynccontextmanager
async def submitting(
    store: Store, *, most: int = 100, on_running: Callable[[Job], None] = lambda _: None
) -> AsyncGenerator[Outcomes]:
    """The real submitter at work on this store."""
    clock, outcomes = Clock(), Outcomes()
    async with aiohttp.ClientSession() as session:
        submitter = Submitter(
            store=store,
            turns=Turns(store=store, most=100, most_per_server=100),
            whisul=FaultyClient(session, base_url="http://whisul.invalid", api_key=SecretStr("a-key")),
            gate=Gate(clock=clock, first_probe_wait_s=5),
            clock=clock,
            metrics=Metrics(clock=clock),
            owner=store.owner,
            job_deadline_s=3600,
            alarm=Alarm(),
            on_change=outcomes.note,
            on_waiting=lambda _: None,
            max_running_jobs=most,
            on_running=on_running,
        )
        running = asyncio.create_task(submitter.run())
        yield outcomes
        submitter.close()
        await running


async def asked(store: Store, prompt: str) -> Job:
    return await store.record(a_request(prompt), now=Clock().now())


async def test_a_submit_that_crashes_is_settled_as_unknown_at_once(store: Store) -> None:
    faulty, good = await asked(store, FAULTY), await asked(store, "a song")
    async with submitting(store) as outcomes:
        settled = await outcomes.until(lambda job: job.key == faulty.key)
        await outcomes.until(lambda job: (job.key, job.state) == (good.key, JobState.RUNNING))
    assert (settled.state, settled.reason) == (JobState.UNKNOWN, Reason.NO_ANSWER)
    assert (settled.delivery, settled.submit_attempts) == (DeliveryState.DUE, 1)


async def test_a_crash_after_the_receipt_keeps_the_job_running(store: Store) -> None:
    job = await asked(store, "a song")
    followed: list[int] = []

    def follow(running: Job) -> None:
        followed.append(running.key)
        if len(followed) == 1:
            raise LookupError("a fault in the program")

    async with submitting(store, on_running=follow) as outcomes:
        running = await outcomes.until(lambda each: each.key == job.key)
    assert (running.state, running.job_id) == (JobState.RUNNING, "job of a song")
    assert followed == [job.key, job.key]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_job_that_cannot_be_started_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    first, second = await asked(store, "one"), await asked(store, "two")
    begin_submit = store.begin_submit

    async def begin(key: int, **options: Any) -> Job | None:
        if key == first.key and when == "before":
            raise LookupError("a fault in the program")
        begun = await begin_submit(key, **options)
        if key == first.key:
            raise LookupError("a fault in the program")
        return begun

    monkeypatch.setattr(store, "begin_submit", begin)
    async with submitting(store, most=1) as outcomes:
        await outcomes.until(lambda job: (job.key, job.state) == (second.key, JobState.RUNNING))
    kept = await store.get(first.key)
    assert kept is not None
    assert (kept.state, kept.owner) == (JobState.QUEUED, None)


async def test_a_job_that_cannot_be_given_up_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue = await store.record(a_request("one"), now=Clock().now().replace(year=2020))
    fresh = await asked(store, "two")
    settle = store.settle

    async def fails_for_one(key: int, **options: Any) -> Job | None:
        if key == overdue.key:
            raise LookupError("a fault in the program")
        return await settle(key, **options)

    monkeypatch.setattr(store, "settle", fails_for_one)
    async with submitting(store) as outcomes:
        await outcomes.until(lambda job: (job.key, job.state) == (fresh.key, JobState.RUNNING))
