"""The simulator answers as the API's documentation says, row by row."""

import uuid
from typing import Any

import pytest

from sandbox.whisul import HandClock
from tests.sandbox.whisul_caller import Caller, calling


@pytest.mark.parametrize("path", ["/compose", "/generate"])
async def test_a_submit_is_answered_by_202_with_a_job_id_and_relative_poll_url(
    caller: Caller, path: str
) -> None:
    accepted = await caller.submit(path=path)
    job_id = accepted.json["job_id"]
    assert accepted.status == 202
    assert accepted.json.keys() == {"message", "job_id", "poll_url"}
    assert isinstance(accepted.json["message"], str)
    assert str(uuid.UUID(job_id)) == job_id
    assert accepted.json["poll_url"] == f"/jobs/{job_id}"


@pytest.mark.parametrize("status", [404, 405])
async def test_only_the_chosen_submit_path_exists_and_it_may_change_any_time(status: Any) -> None:
    async with calling(submit_path="/generate", missing_path_status=status) as caller:
        assert (await caller.submit(path="/compose")).status == status
        assert (await caller.submit(path="/generate")).status == 202
        caller.simulator.submit_path = "/compose"
        assert (await caller.submit(path="/compose")).status == 202
        assert (await caller.submit(path="/generate")).status == status
        assert len(caller.simulator.submits) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b"7",
        b'{"prompt": ""}',
        b'{"prompt": 3}',
        b'{"prompt": null}',
        b'{"prompt": "a song", "style": "trap"}',
        b'{"text": "a song"}',
        b"\xff\xfe",
    ],
)
async def test_a_body_that_is_not_one_non_empty_prompt_is_invalid_input(caller: Caller, body: bytes) -> None:
    refused = await caller.call("POST", f"{caller.simulator.url}/compose", data=body)
    assert refused.status == 400
    assert refused.json["error"] == "Invalid input"
    assert isinstance(refused.json["message"], str)
    assert caller.simulator.jobs == {}


async def test_every_call_needs_the_key_and_files_need_none(caller: Caller) -> None:
    job_id = await caller.new_job()
    result = caller.simulator.finish(job_id).result or {}
    assert (await caller.submit(key="wrong")).status == 401
    assert (await caller.poll(job_id, key="wrong")).status == 401
    assert (await caller.poll(job_id, headers={"Authorization": ""})).status == 401
    assert (await caller.call("GET", str(result["song_url"]), headers={"Authorization": ""})).status == 200
    caller.simulator.api_key = "rotated"
    assert (await caller.poll(job_id, key="rotated")).status == 200


async def test_a_running_job_has_no_result_no_error_and_no_finished_at_key() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        clock.advance(1.5)
        looked = await caller.poll(await caller.new_job("rain"))
        assert looked.status == 200
        assert looked.json == {
            "status": "running",
            "prompt": "rain",
            "result": None,
            "error": None,
            "started_at": "2026-02-17 12:00:01",
        }


async def test_a_completed_job_has_its_song_and_when_it_was_finished() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        job_id = await caller.new_job("dark trap, 141 bpm")
        clock.advance(10_000)
        job = (await caller.poll(job_id)).json
        assert job.keys() == {"status", "prompt", "result", "error", "started_at", "finished_at"}
        assert (job["status"], job["error"]) == ("completed", None)
        assert "2026-02-17 12:00:30" < job["finished_at"] < "2026-02-17 12:15:00"
        result = job["result"]
        assert result.keys() == {"title", "bpm", "duration", "song_url", "image_url", "tags"}
        assert result["bpm"] == 141
        assert result["song_url"] == f"http://{caller.simulator.media_host}/audio/{job_id[:8]}.mp3"
        assert result["image_url"] == f"http://{caller.simulator.media_host}/covers/{job_id[:8]}.jpg"
        minutes, seconds = result["duration"].split(":")
        assert int(minutes) in (2, 3)
        assert len(seconds) == 2
        assert result["tags"].split(", ")[0] == "trap"


@pytest.mark.parametrize("message", ["The model lost the beat", None])
async def test_a_failed_job_is_answered_by_200_with_or_without_a_message(
    caller: Caller, message: str | None
) -> None:
    job_id = await caller.new_job()
    caller.simulator.finish(job_id, status="failed", error=message)
    looked = await caller.poll(job_id)
    assert looked.status == 200
    assert looked.json["status"] == "failed"
    assert looked.json["error"] == message
    assert looked.json["result"] is None
    assert "finished_at" in looked.json


async def test_an_unknown_and_an_expired_job_are_404(caller: Caller) -> None:
    job_id = await caller.new_job()
    assert (await caller.poll(str(uuid.UUID(int=0)))).status == 404
    caller.simulator.expire(job_id)
    assert (await caller.poll(job_id)).status == 404


async def test_other_addresses_are_404_other_methods_405_and_kept_as_seen(caller: Caller) -> None:
    assert (await caller.call("GET", f"{caller.simulator.url}/jobs")).status == 404
    for method, path, allowed in (("GET", "/compose", "POST"), ("DELETE", "/jobs/1", "GET")):
        wrong = await caller.call(method, caller.simulator.url + path)
        assert (wrong.status, wrong.headers["Allow"]) == (405, allowed)
    assert [seen.kind for seen in caller.simulator.requests] == ["other"] * 3


async def test_the_documented_example_can_be_played_as_documented() -> None:
    clock = HandClock()
    async with calling(reference=True, clock=clock) as caller:
        job_id = await caller.new_job("a trap song")
        assert job_id == "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"
        assert (await caller.poll(job_id)).json["started_at"] == "2026-02-17 15:39:34"
        clock.advance(143)
        assert (await caller.poll(job_id)).json["status"] == "running"
        clock.advance(1)
        job = (await caller.poll(job_id)).json
        media = f"http://{caller.simulator.media_host}"
        assert job == {
            "status": "completed",
            "prompt": "a trap song",
            "result": {
                "title": "Midnight Grid",
                "bpm": 140,
                "duration": "2:47",
                "song_url": f"{media}/audio/81fa5ff7.mp3",
                "image_url": f"{media}/covers/81fa5ff7.jpg",
                "tags": "trap, dark, 808s, synth, bass",
            },
            "error": None,
            "started_at": "2026-02-17 15:39:34",
            "finished_at": "2026-02-17 15:41:58",
        }
        assert await caller.new_job("a trap song") != job_id
