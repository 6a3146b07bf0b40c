"""Polling a job: parsing, retries, and that every answer gives a result or a typed error."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.domain.jobs import JobReport, ReportedStatus, Song
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulMisdirected,
    WhisulRateLimited,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)
from tests.whisul.conftest import JOB_ID, KEY, MakeClient
from tests.whisul_server import (
    Reply,
    answer,
    bare_deflate,
    brotli_bomb,
    drip,
    endless,
    far_side,
    gzip_twice,
    hang_up,
    json_answer,
    raw_then_close,
    reset,
    silence,
    timeouts_for,
    truncated,
)

RUNNING = json_answer({"status": "running"})
REFERENCE = {
    "status": "completed",
    "prompt": "a trap song",
    "result": {
        "title": "Midnight Grid",
        "bpm": 140,
        "duration": "2:47",
        "song_url": "https://cdn.whisul.com/audio/81fa5ff7.mp3",
        "image_url": "https://cdn.whisul.com/covers/81fa5ff7.jpg",
        "tags": "trap, dark, 808s, synth, bass",
    },
    "error": None,
    "started_at": "2026-02-17 15:39:34",
    "finished_at": "2026-02-17 15:41:58",
}


async def test_the_reference_example_is_read_whole(make_client: MakeClient) -> None:
    async with far_side(json_answer(REFERENCE)) as whisul:
        report = await make_client(f"{whisul.url}/api").job(JOB_ID)
    assert report == JobReport(
        status=ReportedStatus.COMPLETED,
        raw_status="completed",
        song=Song(
            song_url="https://cdn.whisul.com/audio/81fa5ff7.mp3",
            title="Midnight Grid",
            bpm=140,
            duration_s=167,
            tags=("trap", "dark", "808s", "synth", "bass"),
            image_url="https://cdn.whisul.com/covers/81fa5ff7.jpg",
        ),
        started_at=datetime(2026, 2, 17, 15, 39, 34, tzinfo=UTC),
        finished_at=datetime(2026, 2, 17, 15, 41, 58, tzinfo=UTC),
    )
    [request] = whisul.seen
    assert (request.method, request.path, request.body) == ("GET", f"/api/jobs/{JOB_ID}", b"")
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("job_id", "path"),
    [
        ("a/../b?c#d", "/jobs/a%2F%2E%2E%2Fb%3Fc%23d"),
        ("..", "/jobs/%2E%2E"),
        ("http://evil.example/", "/jobs/http%3A%2F%2Fevil%2Eexample%2F"),
        ("é\r\nX: y", "/jobs/%C3%A9%0D%0AX%3A%20y"),
        ("\ud800", "/jobs/%3F"),
        ("%2e", "/jobs/%252e"),
    ],
)
async def test_no_job_id_changes_which_path_is_asked(make_client: MakeClient, job_id: str, path: str) -> None:
    async with far_side(RUNNING) as whisul:
        await make_client(whisul.url).job(job_id)
    assert whisul.paths == [path]


@pytest.mark.parametrize(
    "fault",
    [
        answer(500),
        answer(502, "<html>"),
        answer(503),
        answer(504),
        answer(408),
        answer(425),
        answer(503, retry_after="0"),
        silence,
        drip(),
    ],
)
async def test_a_transient_error_is_raised_and_the_next_poll_succeeds(
    make_client: MakeClient, fault: Reply
) -> None:
    async with far_side(fault, RUNNING) as whisul:
        client = make_client(whisul.url, timeouts=timeouts_for(fault))
        with pytest.raises((WhisulUnavailable, WhisulUnreachable)):
            await client.job(JOB_ID)
        assert len(whisul.seen) == 1
        assert (await client.job(JOB_ID)).status is ReportedStatus.RUNNING


@pytest.mark.parametrize("fault", [hang_up, reset, raw_then_close(b"HTTP/1.1 200 OK\r\nContent-")])
async def test_a_poll_is_repeated_once_after_a_lost_connection(make_client: MakeClient, fault: Reply) -> None:
    async with far_side(fault, fault, RUNNING) as whisul:
        client = make_client(whisul.url)
        with pytest.raises(WhisulUnreachable):
            await client.job(JOB_ID)
        assert len(whisul.seen) == 2
        assert (await client.job(JOB_ID)).status is ReportedStatus.RUNNING


async def test_a_retry_after_is_left_to_the_caller(make_client: MakeClient) -> None:
    async with far_side(answer(503, retry_after="120")) as whisul:
        with pytest.raises(WhisulUnavailable) as caught:
            await make_client(whisul.url).job(JOB_ID)
    assert caught.value.retry_after_s == 120.0
    assert len(whisul.seen) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(429, retry_after="0"), WhisulRateLimited),
        (answer(301, location="https://evil.example/"), WhisulMisdirected),
        (answer(302, location="https://evil.example/"), WhisulMisdirected),
        (answer(303, location="https://evil.example/"), WhisulMisdirected),
        (answer(304), WhisulUnreadable),
        (answer(204), WhisulUnreadable),
        (answer(200), WhisulUnreadable),
        (answer(200, "<html>Welcome</html>"), WhisulUnreadable),
        (answer(200, "null"), WhisulUnreadable),
        (answer(200, '[{"status": "running"}]'), WhisulUnreadable),
        (answer(200, '{"status": null}'), WhisulUnreadable),
        (answer(200, '{"status": 7}'), WhisulUnreadable),
        (answer(200, '{"status": " \\u0000 "}'), WhisulUnreadable),
        (answer(200, '{"a": ' * 100_000), WhisulUnreadable),
        (truncated(), WhisulUnreadable),
        (endless(), WhisulUnreadable),
        (raw_then_close(b"220 smtp.example ESMTP\r\n\r\n"), WhisulUnreadable),
    ],
)
async def test_each_lasting_error_of_a_poll_has_its_type(
    make_client: MakeClient, reply: Reply, kind: type[WhisulError]
) -> None:
    async with far_side(reply) as whisul:
        with pytest.raises(WhisulError) as caught:
            await make_client(whisul.url).job(JOB_ID)
    assert type(caught.value) is kind
    assert len(whisul.seen) == 1


async def test_an_unknown_status_is_running_and_is_logged_once_per_word(make_client: MakeClient) -> None:
    words = ["queued", "queued", "pending", "running", "Running", "queued"]
    async with far_side(*(json_answer({"status": word}) for word in words)) as whisul:
        client = make_client(whisul.url)
        with capture_logs() as logs:
            reports = [await client.job(JOB_ID) for _ in words]
    assert {report.status for report in reports} == {ReportedStatus.RUNNING}
    assert [report.raw_status for report in reports] == words
    assert [line["status"] for line in logs] == ["queued", "pending"]


async def test_ever_new_statuses_are_logged_up_to_a_limit(make_client: MakeClient) -> None:
    async with far_side(*(json_answer({"status": f"word {n}"}) for n in range(60))) as whisul:
        client = make_client(whisul.url)
        with capture_logs() as logs:
            for _ in range(60):
                await client.job(JOB_ID)
    assert len(logs) == 32


async def test_no_error_quotes_the_key(make_client: MakeClient) -> None:
    async with far_side(answer(500, KEY)) as whisul:
        with pytest.raises(WhisulUnavailable) as caught:
            await make_client(whisul.url).job(JOB_ID)
    assert KEY not in repr(caught.value)


def _shapes() -> st.SearchStrategy[Any]:
    """Any JSON, and JSON that looks like a job and goes wrong further down."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.just(10**400)
        | st.just("\ud800")
    )
    anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
    fields = ("song_url", "title", "bpm", "duration", "tags", "image_url")
    result = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, anything)) | anything
    job = st.fixed_dictionaries(
        {"status": st.sampled_from(["running", "completed", "failed", "queued"]) | anything},
        optional={"result": result, "error": anything, "started_at": anything, "finished_at": anything},
    )
    return job | anything


@pytest.mark.parametrize(
    ("label", "packed"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("gzip, gzip", gzip_twice),
        ("br", brotli_bomb),
        ("identity", gzip.compress),
    ],
    ids=["gzip", "deflate", "bare deflate", "gzip twice", "br", "not labelled"],
)
async def test_a_bomb_is_an_answer_that_cannot_be_read(label: str, packed: Callable[[bytes], bytes]) -> None:
    bomb = packed(b" " * 20_000_000)
    for status, kind in {200: WhisulUnreadable, 400: WhisulUnreachable}.items():
        tracemalloc.start()
        try:
            seen = await _look(answer(status, bomb, content_encoding=label))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert isinstance(seen, kind), status
        assert peak_bytes < 10_000_000, status


async def _look(reply: Reply) -> JobReport | WhisulError:
    async with far_side(reply) as whisul, aiohttp.ClientSession() as session:
        client = WhisulClient(session, base_url=whisul.url, api_key=SecretStr(KEY))
        try:
            return await client.job(JOB_ID)
        except WhisulError as error:
            return error


@given(value=_shapes(), status=st.sampled_from([200, 202, 400, 404, 429, 500]))
async def test_no_json_of_any_shape_raises_anything_but_our_own_errors(value: Any, status: int) -> None:
    seen = await _look(answer(status, json.dumps(value)))
    assert isinstance(seen, JobReport | WhisulError if status < 300 else WhisulError)


@given(data=st.binary())
async def test_no_body_of_any_bytes_raises_anything_but_our_own_errors(data: bytes) -> None:
    assert isinstance(await _look(answer(200, data)), JobReport | WhisulError)


@given(
    data=st.binary(),
    head=st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]),
)
async def test_no_bytes_instead_of_http_raise_anything_but_our_own_errors(data: bytes, head: bytes) -> None:
    assert isinstance(await _look(raw_then_close(head + data)), JobReport | WhisulError)
