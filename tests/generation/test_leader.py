"""What a new leader finds of the one before."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.clock import Clock
from bot.domain.jobs import Job, JobState
from bot.generation import leader as module
from bot.generation.leader import Leader
from bot.ops.metrics import Metrics
from bot.store import Store
from tests.generation.submitting import Submits, asked

BEFORE = "the leader before"


class Polled:
    """A poller that notes what it is to follow."""

    def __init__(self) -> None:
        self.followed = asyncio.Queue[int]()
        self.wakeup = SimpleNamespace(wake=lambda: None)

    async def load_durations(self) -> None: ...

    def follow(self, jobs: list[Job]) -> None:
        for job in jobs:
            self.followed.put_nowait(job.key)

    def clear(self) -> None: ...


async def test_a_job_whose_acceptance_comes_after_the_take_over_is_polled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECHECK_S", 0.0)
    clock, polled = Clock(), Polled()
    early, late, lost = [await asked(store, prompt) for prompt in ("early", "late", "lost")]
    for job in (early, late, lost):
        await store.begin_submit(job.key, owner=BEFORE, now=clock.now())
    await store.accept(early.key, job_id="early", now=clock.now())
    membership = SimpleNamespace(is_alone=False, leads=True, leaders_api_status=None)
    membership.until_leading = lambda: asyncio.sleep(0)
    wakeup = SimpleNamespace(wake=lambda: None)
    nothing: Any = SimpleNamespace(restore=list[Any]().append, wakeup=wakeup)
    parts: dict[str, Any] = {"membership": membership, "poller": polled}
    leader = Leader(
        store=store,
        gate=nothing,
        submitter=nothing,
        clock=clock,
        metrics=Metrics(clock=clock),
        listener=Submits(),
        **parts,
    )
    leading = asyncio.create_task(leader.run())
    async with asyncio.timeout(60):
        assert await polled.followed.get() == early.key
        await store.accept(late.key, job_id="late", now=clock.now())
        assert await polled.followed.get() == late.key
    leading.cancel()
    assert polled.followed.empty()
    stored = await store.get(lost.key)
    assert stored is not None
    assert stored.state is JobState.SUBMITTING, "the leader before may still get its answer"
