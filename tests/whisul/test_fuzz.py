"""Any answer of Whisul leads to a typed error, or to messages that Discord accepts: 10,000 cases, or a part of them."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.delivery.attachments import file_stem
from bot.delivery.media.errors import MediaForbidden
from bot.delivery.media.url_policy import UrlPolicy
from bot.domain.jobs import Job, JobReport, JobState, ReportedStatus
from bot.replies import card, failure, post, refusals, status
from bot.whisul import WhisulClient
from bot.whisul.errors import WhisulError, WhisulRefused, WhisulUnreachable
from tests.fuzzing import cases
from tests.job_shapes import JOB_ID, JUMP_URL, NOW, USUAL, a_job
from tests.replies.test_every_shape import assert_valid_for_job
from tests.whisul import whisul_bodies
from tests.whisul_server import FarSide, Reply, far_side

KEY = "sk-secret-0123456789"

pytestmark = pytest.mark.timeout(1800)  # thousands of cases, perhaps on a slow machine that counts coverage

STATUSES = st.sampled_from([200] * 6 + [201, 204, 299, 301, 400, 401, 404, 410, 422, 429, 500, 503, 599])
REFUSING = st.sampled_from([400, 413, 422])
SUBMITTING = st.sampled_from([202] * 6 + [200, 204, 303, 401, 404, 429, 500])


@dataclass(frozen=True)
class Line:
    """The real client and a scripted server, on a separate event loop."""

    runner: asyncio.Runner
    whisul: FarSide
    client: WhisulClient

    def look(self, reply: Reply) -> JobReport | WhisulError:
        self.whisul.script[:] = [reply]
        try:
            return self.runner.run(self.client.job(JOB_ID))
        except WhisulError as error:
            return error

    def submit(self, reply: Reply) -> str | WhisulError:
        self.whisul.script[:] = [reply]
        try:
            return self.runner.run(self.client.submit("a trap song"))
        except WhisulError as error:
            return error


@pytest.fixture(scope="module")
def line() -> Generator[Line]:
    @asynccontextmanager
    async def opened() -> AsyncGenerator[tuple[FarSide, WhisulClient]]:
        async with far_side() as whisul, aiohttp.ClientSession() as session:
            key = SecretStr(KEY)
            yield whisul, WhisulClient(session, base_url=whisul.url, api_key=key)

    with asyncio.Runner() as runner:
        context = opened()
        whisul, client = runner.run(context.__aenter__())
        yield Line(runner, whisul, client)
        runner.run(context.__aexit__(None, None, None))


def assert_silent_on_secrets(error: WhisulError) -> None:
    assert KEY not in f"{error!r} {error.__cause__!r}"


def check_every_reply(job: Job, url: str | None = None) -> None:
    """All that is ever said of this job can be said."""
    assert_valid_for_job(job, status.job_status(job, now=NOW, expectation=USUAL, jump_url=JUMP_URL), url)
    assert_valid_for_job(job, card.finished(job, jump_url=JUMP_URL), JUMP_URL)
    match job.state:
        case JobState.COMPLETED:
            assert_valid_for_job(
                job, post.song(job, cover_name="cover.jpg", audio_name=None, audio_note=None)
            )
            assert_valid_for_job(
                job, post.song_direct(job, cover_name=None, audio_name="a.mp3", audio_note=None)
            )
        case JobState.FAILED:
            assert_valid_for_job(job, failure.post(job, now=NOW))
            assert_valid_for_job(job, failure.direct(job, now=NOW))
            assert_valid_for_job(job, refusals.whisul_refused(job))
        case _:
            assert_valid_for_job(job, card.open_job(job, expectation=None, now=NOW, waiting=None))


def job_of(report: JobReport) -> Job:
    state = {
        ReportedStatus.RUNNING: JobState.RUNNING,
        ReportedStatus.COMPLETED: JobState.COMPLETED,
        ReportedStatus.FAILED: JobState.FAILED,
    }[report.status]
    times = {"started_at": report.started_at, "finished_at": report.finished_at}
    return a_job(state, song=report.song, error=report.error, **times)


def check_files(job: Job) -> None:
    """What is attached has a harmless name, and what is fetched for it is on the open internet."""
    assert job.song is not None
    assert len(post.cover_description(job.song)) <= 1024
    assert file_stem(job).isascii()
    assert not set(file_stem(job)) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    for address in filter(None, (job.song.song_url, job.song.image_url)):
        try:
            url = UrlPolicy(frozenset()).check(address)
        except MediaForbidden:
            continue
        assert (url.scheme, url.port) in {("http", 80), ("https", 443)}
        assert url.user is None


@settings(max_examples=cases(6000, share=20))
@given(whisul_bodies.answers(whisul_bodies.bodies(whisul_bodies.jobs), STATUSES))
def test_any_answer_to_a_poll_gives_messages_that_discord_accepts(line: Line, reply: Reply) -> None:
    report = line.look(reply)
    if isinstance(report, WhisulError):
        assert_silent_on_secrets(report)
        return
    job = job_of(report)
    check_every_reply(job)
    if job.state is JobState.COMPLETED:
        check_files(job)


@settings(max_examples=cases(2000, share=20))
@given(whisul_bodies.answers(whisul_bodies.bodies(whisul_bodies.acceptances), SUBMITTING))
def test_any_answer_to_a_submit_gives_a_job_or_a_typed_error(line: Line, reply: Reply) -> None:
    job_id = line.submit(reply)
    if isinstance(job_id, WhisulError):
        assert_silent_on_secrets(job_id)
        return
    check_every_reply(a_job(job_id=job_id))


@settings(max_examples=cases(2000, share=20))
@given(whisul_bodies.answers(whisul_bodies.bodies(whisul_bodies.refusals), REFUSING))
def test_any_refusal_reason_gives_a_message_that_discord_accepts(line: Line, reply: Reply) -> None:
    refused = line.submit(reply)
    assert isinstance(
        refused, WhisulRefused | WhisulUnreachable
    )  # the second for what is not the API's own form
    assert_silent_on_secrets(refused)
    reason = refused.reason if isinstance(refused, WhisulRefused) else None
    check_every_reply(a_job(JobState.FAILED, job_id=None, error=reason))
