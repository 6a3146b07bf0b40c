"""What tests observe of the simulator, and the hooks that they have."""

import asyncio

import aiohttp
import pytest

from sandbox.whisul import Kind, Phase, Reset, WhisulSimulator, failing
from tests.sandbox.whisul_caller import Caller


async def test_requests_are_kept_with_headers_body_and_time(caller: Caller) -> None:
    job_id = await caller.new_job("rain", headers={"X-Trace": "T"})
    await caller.poll(job_id)
    submit, poll = caller.simulator.requests
    assert (submit.kind, submit.method, submit.path) == ("submit", "POST", "/api/compose")
    assert submit.headers["x-trace"] == "T"
    assert submit.headers["authorization"] == f"Bearer {caller.simulator.api_key}"
    assert submit.json == {"prompt": "rain"}
    assert (poll.kind, poll.path, poll.body) == ("poll", f"/api/jobs/{job_id}", b"")
    assert submit.at <= poll.at


async def test_accepted_prompts_are_kept_in_order_with_their_jobs(caller: Caller) -> None:
    first, second = await caller.new_job("one"), await caller.new_job("two")
    assert [(each.prompt, each.job_id) for each in caller.simulator.submits] == [
        ("one", first),
        ("two", second),
    ]
    assert list(caller.simulator.jobs) == [first, second]


async def test_hook_is_called_before_and_after_handling_and_answering(caller: Caller) -> None:
    told: list[tuple[Kind, Phase, int]] = []

    async def hook(kind: Kind, phase: Phase) -> None:
        told.append((kind, phase, len(caller.simulator.submits)))

    caller.simulator.on_request = hook
    await caller.submit()
    await caller.simulator.wait_for(lambda: len(told) == 3)
    assert told == [("submit", "before", 0), ("submit", "handled", 1), ("submit", "answered", 1)]


async def test_hook_skips_the_handled_phase_of_unhandled_requests(caller: Caller) -> None:
    told: list[Phase] = []

    async def hook(kind: Kind, phase: Phase) -> None:
        del kind
        told.append(phase)

    caller.simulator.on_request = hook
    caller.simulator.script("submit", failing(503))
    await caller.submit()
    await caller.simulator.wait_for(lambda: len(told) == 2)
    assert told == ["before", "answered"]


async def test_the_answer_waits_for_the_hook(caller: Caller) -> None:
    go_on = asyncio.Event()

    async def hook(kind: Kind, phase: Phase) -> None:
        del kind
        if phase == "handled":
            await go_on.wait()

    caller.simulator.on_request = hook
    asked = asyncio.create_task(caller.submit())
    await caller.simulator.wait_for(lambda: caller.simulator.submits)
    assert not asked.done()
    go_on.set()
    assert (await asked).status == 202


async def test_wait_for_times_out(caller: Caller) -> None:
    with pytest.raises(TimeoutError):
        await caller.simulator.wait_for(lambda: caller.simulator.submits, timeout_s=0.01)


async def test_wait_for_notices_finish(caller: Caller) -> None:
    job_id = await caller.new_job()
    job = caller.simulator.jobs[job_id]
    asyncio.get_running_loop().call_soon(lambda: caller.simulator.finish(job_id))
    await caller.simulator.wait_for(lambda: job.status == "completed")


async def test_restart_on_the_same_port_keeps_jobs(caller: Caller) -> None:
    job_id = await caller.new_job()
    port = int(caller.simulator.media_host.rpartition(":")[2])
    await caller.simulator.stop()
    await caller.simulator.start(port=port)
    assert (await caller.poll(job_id)).status == 200


async def test_a_taken_port_is_an_error_and_leaves_nothing_open() -> None:
    async with WhisulSimulator() as first:
        second = WhisulSimulator()
        with pytest.raises(OSError, match="address already in use"):
            await second.start(port=int(first.media_host.rpartition(":")[2]))
        await second.stop()


async def test_concurrent_submits_get_jobs_of_their_own(caller: Caller) -> None:
    caller.simulator.script("submit", Reset("before"), after=20)
    jobs = await asyncio.gather(*(caller.new_job(f"song {number}") for number in range(20)))
    assert len(set(jobs)) == 20


async def test_requests_are_kept_with_answer_status_job_and_job_status(caller: Caller) -> None:
    job_id = await caller.new_job()
    await caller.poll(job_id)
    caller.simulator.finish(job_id)
    await caller.poll(job_id)
    caller.simulator.script("poll", failing(503))
    await caller.poll(job_id)
    caller.simulator.script("poll", Reset("before"), times=None)
    with pytest.raises(aiohttp.ClientError):
        await caller.poll(job_id)
    seen = [(each.kind, each.status, each.job_id, each.word) for each in caller.simulator.requests[:5]]
    assert seen == [
        ("submit", 202, job_id, None),
        ("poll", 200, job_id, "running"),
        ("poll", 200, job_id, "completed"),
        ("poll", 503, job_id, None),
        ("poll", None, None, None),
    ]


async def test_unscript_removes_one_rule_and_may_be_repeated(caller: Caller) -> None:
    rule = caller.simulator.script("submit", failing(503), times=None)
    assert [(await caller.submit()).status for _ in range(2)] == [503, 503]
    caller.simulator.unscript(rule)
    caller.simulator.unscript(rule)
    assert (await caller.submit()).status == 202
