"""The bot's client sends documented requests only, and reads every documented answer."""

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, TypeVar
from uuid import UUID

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain.jobs import JobReport, ReportedStatus, Song
from bot.whisul import WhisulClient
from bot.whisul.errors import (
    WhisulError,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
)
from tests.contract.contract import BASE_PATH, check_answer, check_request, documented_errors
from tests.whisul_server import FarSide, Seen, accepted, far_side, json_answer

SubmitPath = Literal["auto", "/compose", "/generate"]
T = TypeVar("T")

JOB_ID = UUID("81fa5ff7-6197-4c24-8062-c0ff8b62d58d")
ERRORS: dict[int, type[WhisulError]] = {
    400: WhisulRefused,
    401: WhisulUnauthorised,
    404: WhisulNotFound,
    429: WhisulRateLimited,
    500: WhisulUnavailable,
}


@dataclass(frozen=True)
class Line:
    """The real client, and a far side that gives documented answers only, on a loop of their own."""

    runner: asyncio.Runner
    session: aiohttp.ClientSession
    whisul: FarSide

    def submit(
        self, answer: object, *, status: int = 202, prompt: str = "a song", path: SubmitPath = "/compose"
    ) -> str:
        self._answer_by("POST", path, status, answer)
        return self._run(self._client(path).submit(prompt))

    def poll(self, answer: object, *, status: int = 200, job_id: UUID = JOB_ID) -> JobReport:
        self._answer_by("GET", f"/jobs/{job_id}", status, answer)
        return self._run(self._client().job(str(job_id)))

    def _answer_by(self, method: str, path: str, status: int, answer: object) -> None:
        headers = {"Content-Type": "application/json"}
        body = json.dumps(answer).encode()
        check_answer(method=method, path=BASE_PATH + path, status=status, headers=headers, body=body)
        self.whisul.script[:] = [json_answer(answer, status)]

    def _client(self, path: SubmitPath = "auto") -> WhisulClient:
        key = SecretStr("sk-0123456789")
        return WhisulClient(self.session, base_url=self.whisul.url + BASE_PATH, api_key=key, submit_path=path)

    def _run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)


@pytest.fixture(scope="module")
def line() -> Generator[Line]:
    @asynccontextmanager
    async def opened() -> AsyncGenerator[tuple[aiohttp.ClientSession, FarSide]]:
        async with far_side(accepted()) as whisul, aiohttp.ClientSession() as session:
            yield session, whisul

    with asyncio.Runner() as runner:
        context = opened()
        yield Line(runner, *runner.run(context.__aenter__()))
        runner.run(context.__aexit__(None, None, None))


def acceptance(job_id: UUID) -> dict[str, str]:
    return {"message": "Started", "job_id": str(job_id), "poll_url": f"/jobs/{job_id}"}


def check_sent(seen: Seen) -> None:
    check_request(method=seen.method, path=seen.path, headers=dict(seen.headers), body=seen.body or None)


@given(
    prompt=st.text(min_size=1), path=st.sampled_from(["/compose", "/generate"]), job_id=st.uuids(version=4)
)
def test_every_request_is_documented(line: Line, prompt: str, path: SubmitPath, job_id: UUID) -> None:
    line.whisul.seen.clear()
    assert line.submit(acceptance(job_id), prompt=prompt, path=path) == str(job_id)
    line.poll(job("running", prompt=prompt), job_id=job_id)
    assert [(seen.method, seen.path) for seen in line.whisul.seen] == [
        ("POST", BASE_PATH + path),
        ("GET", f"{BASE_PATH}/jobs/{job_id}"),
    ]
    for seen in line.whisul.seen:
        check_sent(seen)


def job(status: str, *, prompt: str = "a song", **fields: object) -> dict[str, object]:
    started = {"status": status, "prompt": prompt, "result": None, "error": None, "started_at": written(NOON)}
    return started | fields


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


NOON = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001 - UTC is added
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1)
urls = st.builds("https://cdn.whisul.com/{}.mp3".format, st.uuids())


@given(started_at=moments)
def test_every_running_job_is_read(line: Line, started_at: datetime) -> None:
    report = line.poll(job("running", started_at=written(started_at)))
    assert report == JobReport(
        status=ReportedStatus.RUNNING, raw_status="running", song=None, error=None, started_at=started_at,
        finished_at=None,
    )  # fmt: skip


@given(error=st.none() | words, finished_at=moments)
def test_every_failed_job_is_read(line: Line, error: str | None, finished_at: datetime) -> None:
    report = line.poll(job("failed", error=error, finished_at=written(finished_at)))
    assert (report.status, report.error, report.finished_at) == (ReportedStatus.FAILED, error, finished_at)


@given(
    title=words,
    bpm=st.integers(1, 400) | st.floats(1, 400),
    seconds=st.integers(1, 59_999),
    is_clock=st.booleans(),
    tags=st.lists(words, unique=True, max_size=9),
    addresses=st.tuples(urls, urls),
)
def test_every_completed_job_is_read_whole(
    line: Line, title: str, bpm: float, seconds: int, is_clock: bool, tags: list[str], addresses: tuple[str, str]
) -> None:  # fmt: skip
    duration = f"{seconds // 60}:{seconds % 60:02d}" if is_clock else seconds
    song_url, image_url = addresses
    result = {"title": title, "bpm": bpm, "duration": duration, "tags": ", ".join(tags)}
    result |= {"song_url": song_url, "image_url": image_url}
    report = line.poll(job("completed", result=result, finished_at=written(NOON)))
    assert report.song == Song(
        title=title, bpm=bpm, duration_s=float(seconds), tags=tuple(tags), song_url=song_url, image_url=image_url
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "status"),
    [(operation, status) for operation, errors in documented_errors().items() for status in sorted(errors)],
)
def test_every_documented_error_has_its_own_class(line: Line, operation: str, status: int) -> None:
    said = {"error": "Invalid input", "message": "Out of tune"}
    send = {
        "compose": partial(line.submit, path="/compose"),
        "generate": partial(line.submit, path="/generate"),
        "getJob": line.poll,
    }[operation]
    with pytest.raises(ERRORS[status]) as raised:
        send(said, status=status)
    if isinstance(raised.value, WhisulRefused):
        assert raised.value.reason == "Out of tune"
