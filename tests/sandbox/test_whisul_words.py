"""Words in a prompt affect that prompt's job alone."""

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.whisul import PROMPT_WORDS, HandClock
from sandbox.whisul.prompt_words import without_words
from tests.sandbox.whisul_caller import Caller, calling


async def _finished(caller: Caller, clock: HandClock, prompt: str) -> Any:
    job_id = await caller.new_job(prompt)
    clock.advance(600)
    return (await caller.poll(job_id)).json


def test_every_word_is_bracketed_unique_and_explained() -> None:
    words = [each.word for each in PROMPT_WORDS]
    assert len(set(words)) == len(words)
    assert all(each.word[0] + each.word[-1] == "[]" and each.meaning for each in PROMPT_WORDS)
    assert all(each.submit or each.polls or each.files for each in PROMPT_WORDS)


def test_known_words_are_stripped_and_other_brackets_stay() -> None:
    assert without_words("  a [fail] trap\n song [Slow][intro] ") == "a trap song [intro]"


async def test_words_appear_in_no_title(caller: Caller) -> None:
    for each in PROMPT_WORDS:
        if each.word in {"[refuse]", "[busy]", "[no-answer]", "[silence]"}:
            continue
        job_id = await caller.new_job(f"{each.word} {each.word.upper()} song")
        title = caller.simulator.jobs[job_id].song.title.lower()
        assert not set(each.word.strip("[]").split("-")) & set(title.split())


async def test_failures_with_and_without_a_message() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        told, silent = [await _finished(caller, clock, f"{word} x") for word in ("[fail]", "[fail-silent]")]
        assert told["status"] == silent["status"] == "failed"
        assert told["error"]
        assert silent["error"] is None
        assert told["prompt"] == "[fail] x"


async def test_a_refused_prompt_creates_nothing(caller: Caller) -> None:
    refused = await caller.submit("[refuse] please")
    assert refused.status == 400
    assert refused.json["error"] == "Invalid input"
    assert caller.simulator.jobs == {}


async def test_slow_stuck_and_lost_jobs() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        slow, stuck, lost = [await caller.new_job(word) for word in ("[slow]", "[stuck]", "[lost]")]
        clock.advance(320)
        assert (await caller.poll(slow)).json["status"] == "running"
        clock.advance(5000)
        assert (await caller.poll(slow)).json["status"] == "completed"
        assert (await caller.poll(stuck)).json["status"] == "running"
        assert (await caller.poll(lost)).status == 404


async def test_results_with_missing_odd_and_evil_fields() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        words = ("[no-audio]", "[no-cover]", "[odd]", "[evil]")
        no_audio, no_cover, odd, evil = [(await _finished(caller, clock, word))["result"] for word in words]
        assert no_audio["song_url"] is None
        assert no_audio["image_url"]
        assert no_cover["image_url"] is None
        assert no_cover["song_url"]
        assert isinstance(odd["bpm"], str)
        assert "image_url" not in odd
        assert evil["song_url"].startswith("javascript:")


async def test_dead_links_are_gone_for_good() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        result = (await _finished(caller, clock, "[dead-links]"))["result"]
        for url in (result["song_url"], result["image_url"], result["song_url"]):
            assert (await caller.call("GET", url)).status == 404


async def test_lagging_and_queued_jobs_come_round_after_two_looks(caller: Caller) -> None:
    lagging, queued = await caller.new_job("[lag]"), await caller.new_job("[queued]")
    assert [(await caller.poll(lagging)).status for _ in range(3)] == [404, 404, 200]
    seen = [(await caller.poll(queued)).json["status"] for _ in range(3)]
    assert seen == ["queued", "queued", "running"]


async def test_a_flaky_job_is_well_in_the_end(caller: Caller) -> None:
    job_id = await caller.new_job("[flaky]")
    assert (await caller.poll(job_id)).status == 502
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.poll(job_id)
    with pytest.raises(aiohttp.ClientOSError):
        await caller.poll(job_id)  # aiohttp repeats a GET once after a reset: this look meets two
    assert (await caller.poll(job_id)).status == 200


async def test_a_busy_api_takes_the_same_prompt_at_the_third_time(caller: Caller) -> None:
    answers = [await caller.submit("[busy] x") for _ in range(3)]
    assert [each.status for each in answers] == [429, 429, 202]
    assert answers[0].headers["Retry-After"] == "2"
    assert (await caller.submit("[busy] y")).status == 429


async def test_lost_answers_leave_a_job_behind(caller: Caller) -> None:
    with pytest.raises(aiohttp.ClientError):
        await caller.submit("[no-answer]")
    waiting = asyncio.create_task(caller.submit("[silence]"))
    await caller.simulator.wait_for(lambda: len(caller.simulator.jobs) == 2)
    assert not waiting.done()
    waiting.cancel()


async def test_words_combine_and_leave_other_prompts_alone() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        both = await caller.new_job("[slow] [FAIL]")
        clock.advance(300)
        assert (await caller.poll(both)).json["status"] == "running"
        clock.advance(10_000)
        assert (await caller.poll(both)).json["status"] == "failed"
        assert (await _finished(caller, clock, "fail slow"))["status"] == "completed"
