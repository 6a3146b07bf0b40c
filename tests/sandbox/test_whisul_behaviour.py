"""Each behaviour, as a client sees it over a real connection."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Delay,
    Drip,
    Flood,
    HandClock,
    JobPlan,
    Planned,
    Reset,
    Respond,
    Silence,
    StatusWord,
    Truncate,
    failing,
    html_page,
    rate_limited,
    redirect,
)
from tests.sandbox.whisul_caller import Caller, calling

_SOON = aiohttp.ClientTimeout(total=0.2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 425, 500, 503, 504])
async def test_error_statuses_before_handling_create_no_job(caller: Caller, status: int) -> None:
    caller.simulator.script("submit", failing(status, message="Not today"))
    answered = await caller.submit()
    assert (answered.status, answered.json["message"]) == (status, "Not today")
    assert caller.simulator.submits == []
    assert (await caller.submit()).status == 202


async def test_errors_after_handling_leave_the_job_created(caller: Caller) -> None:
    caller.simulator.script("submit", failing(500, when="after"))
    assert (await caller.submit()).status == 500
    assert len(caller.simulator.submits) == 1


@pytest.mark.parametrize("status", [200, 502])
async def test_html_pages_replace_json(caller: Caller, status: int) -> None:
    job_id = await caller.new_job()
    caller.simulator.script("poll", html_page(status))
    answered = await caller.poll(job_id)
    assert answered.status == status
    assert answered.headers["Content-Type"].startswith("text/html")
    assert answered.body.startswith(b"<html>")


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [
        (None, None),
        (7, "7"),
        (1.5, "1.5"),
        ("soon", "soon"),
        (datetime(2026, 2, 17, 12, 0, 30, tzinfo=UTC), "Tue, 17 Feb 2026 12:00:30 GMT"),
    ],
)
async def test_429_has_any_form_of_retry_after_or_none(
    caller: Caller, retry_after: Any, header: str | None
) -> None:
    caller.simulator.script("submit", rate_limited(retry_after))
    answered = await caller.submit()
    assert answered.status == 429
    assert answered.headers.get("Retry-After") == header


async def test_redirects_have_the_given_location(caller: Caller) -> None:
    caller.simulator.script("submit", redirect("https://elsewhere.example/", status=308))
    answered = await caller.submit()
    assert (answered.status, answered.headers["Location"]) == (308, "https://elsewhere.example/")


@pytest.mark.parametrize("behaviour", [Reset("before"), Reset("after"), Reset("mid_body"), Truncate(5)])
async def test_resets_and_truncation_are_client_errors(caller: Caller, behaviour: Behaviour) -> None:
    caller.simulator.script("submit", behaviour)
    with pytest.raises(aiohttp.ClientError):
        await caller.submit()
    created = 0 if behaviour == Reset("before") else 1
    assert len(caller.simulator.submits) == created
    assert (await caller.submit()).status == 202


@pytest.mark.parametrize("when", ["before", "after"])
async def test_reset_is_a_tcp_reset(caller: Caller, when: Any) -> None:
    caller.simulator.script("other", Reset(when))
    host, port = caller.simulator.media_host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_truncated_bodies_are_shorter_than_their_content_length(caller: Caller) -> None:
    job_id = await caller.new_job()
    caller.simulator.script("poll", Truncate(12))
    host, port = caller.simulator.media_host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = caller.simulator.api_key
    writer.write(
        f"GET /api/jobs/{job_id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    )
    head, body = (await reader.read()).split(b"\r\n\r\n", 1)
    writer.close()
    assert f"Content-Length: {len(body) + 12}".encode() in head


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
async def test_silence_lasts_until_the_caller_gives_up(caller: Caller, when: Any, created: int) -> None:
    caller.simulator.script("submit", Silence(when))
    with pytest.raises(TimeoutError):
        await caller.submit(timeout=_SOON)
    assert len(caller.simulator.submits) == created


async def test_stopping_ends_every_silence(caller: Caller) -> None:
    caller.simulator.script("poll", Silence())
    asked = asyncio.create_task(caller.poll("x"))
    await caller.simulator.wait_for(lambda: caller.simulator.requests)
    await caller.simulator.stop()
    with pytest.raises(aiohttp.ClientError):
        await asked


@pytest.mark.parametrize("when", ["before", "after"])
async def test_delayed_answers_are_complete(caller: Caller, when: Any) -> None:
    caller.simulator.script("submit", Delay(0.02, when))
    assert (await caller.submit()).status == 202


async def test_dripped_answers_are_complete(caller: Caller) -> None:
    job_id = await caller.new_job()
    caller.simulator.script("poll", Drip(chunk_bytes=40, pause_s=0.001))
    assert (await caller.poll(job_id)).json["status"] == "running"


@pytest.mark.parametrize("stated", [True, False])
async def test_floods_are_json_of_the_given_size(caller: Caller, stated: Any) -> None:
    caller.simulator.script("poll", Flood(total_bytes=300_001, stated=stated))
    answered = await caller.poll("x")
    assert len(answered.body) == 300_001
    assert ("Content-Length" in answered.headers) is stated
    assert json.loads(answered.body)["status"] == "running"


async def test_a_flood_ends_when_the_client_closes(caller: Caller) -> None:
    caller.simulator.script("poll", Flood(total_bytes=10_000_000_000))
    async with caller.session.get(f"{caller.simulator.url}/jobs/x") as response:
        assert await response.content.readexactly(1000)
    assert (await caller.submit()).status == 202


async def test_fields_of_job_and_result_can_be_changed_or_left_out(caller: Caller) -> None:
    job_id = await caller.new_job()
    caller.simulator.finish(job_id)
    change = Change(job={"prompt": 7, "started_at": ABSENT}, result={"song_url": "file:///etc/passwd"})
    caller.simulator.script("poll", change)
    job = (await caller.poll(job_id)).json
    assert job["prompt"] == 7
    assert "started_at" not in job
    assert job["result"]["song_url"] == "file:///etc/passwd"
    assert (await caller.poll(job_id)).json["prompt"] == "a trap song"


async def test_fields_of_the_submit_answer_can_be_changed(caller: Caller) -> None:
    caller.simulator.script(
        "submit", Change(job={"poll_url": "https://elsewhere.example/", "job_id": ABSENT})
    )
    accepted = await caller.submit()
    assert accepted.json.keys() == {"message", "poll_url"}


@pytest.mark.parametrize("body", [b"[1]", b"<html>"])
async def test_change_leaves_answers_that_are_no_objects(caller: Caller, body: bytes) -> None:
    caller.simulator.script("poll", Respond(body=body), Change(job={"status": "completed"}))
    assert (await caller.poll("x")).body == body


async def test_respond_sends_any_json_or_bytes(caller: Caller) -> None:
    for body in ([1, 2], None, {"status": ["completed"]}, b"\x00\xff"):
        caller.simulator.script("poll", Respond(body=body))
    bodies = [(await caller.poll("x")).body for _ in range(4)]
    assert bodies == [b"[1, 2]", b"null", b'{"status": ["completed"]}', b"\x00\xff"]


async def test_status_word_hides_the_outcome_for_some_polls(caller: Caller) -> None:
    job_id = await caller.new_job()
    caller.simulator.finish(job_id)
    caller.simulator.script("poll", StatusWord("pending"), times=2)
    seen = [(await caller.poll(job_id)).json for _ in range(3)]
    assert [job["status"] for job in seen] == ["pending", "pending", "completed"]
    assert seen[0]["result"] is None
    assert "finished_at" not in seen[0]


async def test_planned_jobs_fail_never_finish_or_are_lost() -> None:
    clock = HandClock()
    async with calling(clock=clock) as caller:
        for plan in (JobPlan(status="failed"), JobPlan(never_finishes=True), JobPlan(lost=True)):
            caller.simulator.script("submit", Planned(plan))
        jobs = [await caller.new_job() for _ in range(3)]
        clock.advance(1e6)
        failed, stuck, lost = [await caller.poll(job_id) for job_id in jobs]
        assert failed.json["status"] == "failed"
        assert stuck.json["status"] == "running"
        assert lost.status == 404


async def test_rules_apply_in_order_by_kind_job_and_count(caller: Caller) -> None:
    one, other = await caller.new_job(), await caller.new_job()
    caller.simulator.script("poll", failing(500), job_id=other, times=2)
    caller.simulator.script("poll", failing(503), after=1)
    statuses = [(await caller.poll(job_id)).status for job_id in (one, one, other, other, other, one)]
    assert statuses == [200, 503, 500, 500, 200, 200]
    assert (await caller.submit()).status == 202


async def test_clear_script_removes_all_rules(caller: Caller) -> None:
    caller.simulator.script("submit", failing(500), times=None)
    assert [(await caller.submit()).status for _ in range(3)] == [500, 500, 500]
    caller.simulator.clear_script()
    assert (await caller.submit()).status == 202


async def test_several_behaviours_apply_to_one_request(caller: Caller) -> None:
    caller.simulator.script("submit", failing(503), Truncate(5))
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.submit()
    caller.simulator.script("submit", Planned(JobPlan(status="failed", generation_s=0)), Delay(0.001))
    job_id = await caller.new_job()
    assert (await caller.poll(job_id)).json["status"] == "failed"


@pytest.mark.parametrize(("kind", "field"), [("audio", "song_url"), ("cover", "image_url")])
async def test_rules_apply_to_files_of_one_job(caller: Caller, kind: Any, field: str) -> None:
    job_id = await caller.new_job()
    result = caller.simulator.finish(job_id).result or {}
    caller.simulator.script(kind, failing(404), job_id=job_id)
    caller.simulator.script(kind, Truncate(5))
    assert (await caller.call("GET", str(result[field]))).status == 404
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.call("GET", str(result[field]))
    assert (await caller.call("GET", str(result[field]))).status == 200
