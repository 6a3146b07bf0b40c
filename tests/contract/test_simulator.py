"""The simulator gives documented answers only, except those that its faults are made for."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import aiohttp
import pytest
from openapi_core.exceptions import OpenAPIError

from sandbox.whisul import PROMPT_WORDS, HandClock, failing, rate_limited
from tests.contract.contract import BASE_PATH, check_answer, document
from tests.sandbox.whisul_caller import Caller, Got, calling

UNDOCUMENTED_WORDS = {"[no-audio]", "[no-cover]", "[odd]", "[evil]", "[queued]", "[flaky]"}
"""Those whose purpose is an answer outside of the documentation."""
ENDLESS_WORDS = {"[silence]"}
"""Those that give no answer, and keep the connection open."""

JOB_EXAMPLES = document["paths"]["/jobs/{job_id}"]["get"]["responses"]["200"]["content"]["application/json"][
    "examples"
]


def check(method: str, path: str, got: Got) -> None:
    """The answer to a request is documented."""
    check_answer(method=method, path=BASE_PATH + path, status=got.status, headers=got.headers, body=got.body)


async def poll_documented(caller: Caller, job_id: str) -> Got:
    got = await caller.poll(job_id)
    check("GET", f"/jobs/{job_id}", got)
    return got


@pytest.mark.parametrize("path", ["/compose", "/generate"])
async def test_every_answer_in_the_life_of_a_job_is_documented(path: str) -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        for status in ("completed", "failed"):
            accepted = await caller.submit(path=path)
            check("POST", path, accepted)
            job_id = str(accepted.json["job_id"])
            assert (await poll_documented(caller, job_id)).json["status"] == "running"
            caller.simulator.finish(job_id, status=status)
            assert (await poll_documented(caller, job_id)).json["status"] == status
        caller.simulator.expire(job_id)
        assert (await poll_documented(caller, job_id)).status == 404


async def test_every_refusal_is_documented() -> None:
    async with calling() as caller:
        refusals = {
            400: await caller.submit(""),
            401: await caller.submit(key="wrong"),
        }
        for wait in (None, 5, datetime.now(UTC)):
            caller.simulator.script("submit", rate_limited(wait))
            refusals[429] = await caller.submit()
            check("POST", "/compose", refusals[429])
        for status, refusal in refusals.items():
            assert refusal.status == status
            check("POST", "/compose", refusal)
        job_id = await caller.new_job()
        for behaviour, status in ((rate_limited(), 429), (failing(500), 500)):
            caller.simulator.script("poll", behaviour)
            assert (await poll_documented(caller, job_id)).status == status


async def test_the_documented_example_is_played_byte_for_byte_but_for_its_host() -> None:
    clock = HandClock()
    async with calling(reference=True, clock=clock) as caller:
        job_id = await caller.new_job("a trap song")
        shown = {"running": (await caller.poll(job_id)).json}
        clock.advance(144)
        completed = (await caller.poll(job_id)).body.decode()
        host = f"http://{caller.simulator.media_host}"
        assert JOB_EXAMPLES["running"]["value"] == shown["running"]
        assert JOB_EXAMPLES["completed"]["value"] == json.loads(
            completed.replace(host, "https://cdn.whisul.com")
        )


async def undocumented(caller: Caller, clock: HandClock, word: str) -> AsyncGenerator[str]:
    """What is not documented about the answers to a prompt with this word, and to four polls of its job."""
    try:
        accepted = await caller.submit(f"a song {word}")
    except aiohttp.ClientError:
        return
    check("POST", "/compose", accepted)
    if accepted.status != 202:
        return
    job_id = str(accepted.json["job_id"])
    for _ in range(4):
        try:
            await poll_documented(caller, job_id)
        except (OpenAPIError, aiohttp.ClientError) as error:
            yield repr(error)
        clock.advance(600)


@pytest.mark.parametrize("word", sorted({each.word for each in PROMPT_WORDS} - ENDLESS_WORDS))
async def test_a_word_in_the_prompt_gives_documented_answers_or_is_known(word: str) -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        found = [problem async for problem in undocumented(caller, clock, word)]
    assert bool(found) == (word in UNDOCUMENTED_WORDS), found
