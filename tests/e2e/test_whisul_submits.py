"""What a submit may meet: refusals, faults that created nothing, and answers that leave the outcome open."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Flood,
    Reset,
    Respond,
    Silence,
    Truncate,
    failing,
    html_page,
    rate_limited,
    redirect,
)
from tests.e2e.rig import Rig, fields, words
from tests.e2e.steps import ordered
from tests.e2e.whisul_days import (
    completes,
    elsewhere,
    log_lines,
    peak_memory_bytes,
    polls,
    start_and_compose,
    submits,
)

PROMPT = "a song about rain"
FLOOD_BYTES = 100_000_000


async def test_a_refused_prompt_is_told_to_the_requester_alone(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", failing(400, message="No *real* artists, @everyone"))
    asked = await rig.compose(PROMPT)
    row = await rig.settled("failed")
    (answer,) = asked.followups
    assert answer.ephemeral_for == asked.user.id
    assert r"No \*real\* artists" in words(answer)
    assert "@everyone" not in words(answer)
    assert PROMPT in words(answer)
    assert "Nothing was spent." in words(answer)
    assert asked.response is not None
    assert asked.response.deleted
    assert rig.posts() == []
    assert rig.direct_messages() == []
    assert (row["reason"], row["rung"], row["job_id"]) == ("refused", "interaction", None)
    assert len(submits(rig)) == 1


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        pytest.param(Respond(status=400, body={"error": {"code": 7}}), "It gave no reason.", id="code"),
        pytest.param(Respond(status=422, body={"error": "Invalid input"}), "Invalid input", id="short"),
        pytest.param(Respond(status=413, body={"error": "Too long"}), "Too long", id="413"),
        pytest.param(Respond(status=400, body={"error": {"message": "Too loud"}}), "Too loud", id="nested"),
    ],
)
async def test_a_refusal_with_an_odd_body_is_still_a_refusal(
    rig: Rig, refusal: Behaviour, reason: str
) -> None:
    await rig.start()
    rig.whisul.script("submit", refusal)
    asked = await rig.compose(PROMPT)
    row = await rig.settled("failed")
    (answer,) = asked.followups
    assert answer.ephemeral_for == asked.user.id
    assert reason in words(answer)
    assert (row["reason"], rig.posts(), len(submits(rig))) == ("refused", [], 1)


@pytest.mark.parametrize("status", [404, 405])
async def test_an_address_where_no_path_takes_submits_is_told_and_logged(rig: Rig, status: int) -> None:
    await rig.start()
    rig.whisul.script("submit", failing(status), times=None)
    await rig.compose(PROMPT)
    post = await rig.post()
    row = await rig.settled("failed")
    assert "nothing takes requests" in words(post)
    assert fields(post)["Cost"] == "Nothing was spent."
    assert row["reason"] == "misdirected"
    assert [request.path for request in submits(rig)] == ["/api/compose", "/api/generate"]
    assert [line["level"] for line in log_lines(rig, "whisul_misdirected")] == ["error"]


@pytest.mark.parametrize(
    "page",
    [
        *(
            pytest.param(html_page(status), id=str(status))
            for status in (400, 401, 402, 403, 404, 405, 407, 413)
        ),
        pytest.param(Respond(status=403, body={"message": "Forbidden"}), id="403 of a gateway"),
        pytest.param(Respond(status=400), id="400 without a body"),
        pytest.param(failing(409), id="409 of the API itself"),
    ],
)
async def test_an_answer_that_is_no_word_of_whisul_is_waited_out(rig: Rig, page: Behaviour) -> None:
    _, first_id = await start_and_compose(rig, "a song before")
    await rig.until_whisul(lambda: polls(rig))
    rig.whisul.script("submit", page, times=2)
    asked = await rig.compose(PROMPT)
    await rig.until(lambda: asked.answer and "out of reach" in words(asked.answer))
    assert asked.answer is not None
    assert "Nothing has been spent yet." in words(asked.answer)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    for job_id in (first_id, rig.whisul.submits[1].job_id):
        await completes(rig, job_id)
    assert log_lines(rig, "whisul_key_refused") == log_lines(rig, "whisul_misdirected") == []


async def test_pages_on_every_path_of_an_address_that_never_answered_are_told(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", html_page(404), times=None)
    await rig.compose(PROMPT)
    assert "nothing takes requests" in words(await rig.post())
    assert (await rig.settled("failed"))["reason"] == "misdirected"


def _in_two_seconds() -> Behaviour:
    return rate_limited(datetime.now(UTC) + timedelta(seconds=2))


def _busy_for_no_time() -> Behaviour:
    return Respond(status=503, headers={"Retry-After": "0"})


@pytest.mark.parametrize(
    ("fault", "at_least_s"),
    [
        pytest.param(lambda: failing(408), 1.0, id="408"),
        pytest.param(lambda: failing(425), 1.0, id="425"),
        pytest.param(lambda: rate_limited(1), 1.0, id="429 with seconds"),
        pytest.param(_in_two_seconds, 1.0, id="429 with a date"),
        pytest.param(rate_limited, 5.0, id="429 alone"),
        pytest.param(lambda: rate_limited(0), 1.0, id="429 with no seconds at all"),
        pytest.param(lambda: failing(503), 1.0, id="503"),
        pytest.param(_busy_for_no_time, 1.0, id="503 with no seconds at all"),
    ],
)
async def test_a_fault_that_created_nothing_is_waited_out(
    rig: Rig, fault: Callable[[], Behaviour], at_least_s: float
) -> None:
    await rig.start()
    rig.whisul.script("submit", fault())
    asked = await rig.compose(PROMPT)
    await rig.until(lambda: asked.answer and "Your request is kept" in words(asked.answer))
    await rig.until_whisul(lambda: rig.whisul.submits)
    first, second = submits(rig)
    assert second.at - first.at >= at_least_s
    assert (await completes(rig, rig.whisul.submits[0].job_id))["submit_attempts"] == 2
    assert len(rig.posts()) == len(rig.whisul.submits) == 1
    assert len(submits(rig)) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(failing(500), id="500"),
        pytest.param(html_page(502), id="502 with HTML"),
        pytest.param(failing(504), id="504"),
        pytest.param(failing(500, when="after"), id="500 after the job was made"),
        pytest.param(Reset(when="before"), id="reset before the job was made"),
        pytest.param(Reset(when="after"), id="reset after the job was made"),
        pytest.param(Reset(when="mid_body"), id="reset within the answer"),
        pytest.param(html_page(200, when="after"), id="200 with HTML"),
        pytest.param(html_page(202, when="after"), id="202 with HTML"),
        pytest.param(Truncate(missing_bytes=30), id="202 cut off"),
        pytest.param(
            Respond(status=202, body=b'{"job_id": "81fa', when="after"), id="202 with half the JSON"
        ),
        pytest.param(Change(job={"job_id": ABSENT}), id="202 without a job ID"),
        pytest.param(Change(job={"job_id": " "}), id="202 with a blank job ID"),
        pytest.param(Change(job={"job_id": "x" * 513}), id="202 with a job ID without end"),
        pytest.param(redirect("/api/jobs/elsewhere", status=303), id="303"),
    ],
)
async def test_an_open_outcome_is_told_and_never_sent_again(rig: Rig, fault: Behaviour) -> None:
    await rig.start()
    rig.whisul.script("submit", fault)
    asked = await rig.compose(PROMPT)
    post = await rig.post()
    row = await rig.settled("unknown")
    assert "Whisul may or may not have made the song." in words(post)
    assert fields(post)["Cost"].startswith("Whisul may have charged for this try; it does not tell me.")
    assert post.pinged_user_ids == [asked.user.id]
    assert (row["reason"], row["rung"], row["submit_attempts"]) == ("no_answer", "channel", 1)
    assert len(rig.posts()) == len(submits(rig)) == 1


async def test_a_huge_answer_to_a_submit_costs_no_memory(rig: Rig) -> None:
    await rig.start()
    await completes(rig, (await ordered(rig, "a song before")).job_id)
    before = peak_memory_bytes(rig)
    rig.whisul.script("submit", Flood(FLOOD_BYTES))
    await rig.compose(PROMPT)
    await rig.until_stored(lambda row: row["state"] == "unknown" and row["delivery"] == "delivered")
    assert "No answer" in words(rig.posts()[1])
    assert peak_memory_bytes(rig) - before < FLOOD_BYTES / 4
    assert len(submits(rig)) == 2


async def test_a_connection_that_ends_without_an_answer_leaves_the_outcome_open(rig: Rig) -> None:
    await rig.start()
    rig.whisul.script("submit", Silence(when="after"))
    await rig.compose(PROMPT)
    await rig.until_whisul(lambda: rig.whisul.submits)
    assert rig.row()["state"] == "submitting"
    port = int(rig.whisul.media_host.rpartition(":")[2])
    await rig.whisul.stop()
    await rig.whisul.start(port=port)
    assert "No answer" in words(await rig.post())
    assert (await rig.settled("unknown"))["reason"] == "no_answer"
    assert len(submits(rig)) == 1


async def test_an_api_that_is_away_gets_the_prompt_once_it_is_back(rig: Rig) -> None:
    await rig.start()
    port = int(rig.whisul.media_host.rpartition(":")[2])
    await rig.whisul.stop()
    asked = await rig.compose(PROMPT)
    await rig.until(lambda: asked.answer and "out of reach" in words(asked.answer))
    assert asked.answer is not None
    assert "Nothing has been spent yet." in words(asked.answer)
    assert rig.row()["state"] == "queued"
    await rig.whisul.start(port=port)
    await rig.until_whisul(lambda: rig.whisul.submits)
    await completes(rig, rig.whisul.submits[0].job_id)
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_a_request_that_waits_past_the_deadline_is_never_sent(rig: Rig) -> None:
    await rig.start(JOB_DEADLINE_S="1")
    rig.whisul.script("submit", failing(503), times=None)
    asked = await rig.compose(PROMPT)
    post = await rig.post()
    assert "could not be sent to Whisul" in words(post)
    assert fields(post)["Cost"] == "Nothing was spent."
    assert post.pinged_user_ids == [asked.user.id]
    assert (await rig.settled("failed"))["reason"] == "never_sent"
    rig.whisul.clear_script()
    assert rig.whisul.submits == []
    assert len(rig.posts()) == 1


@pytest.mark.parametrize("status", [302, 307])
async def test_a_redirected_submit_goes_nowhere_else(rig: Rig, status: int) -> None:
    async with elsewhere() as other:
        await rig.start()
        rig.whisul.script("submit", redirect(f"{other.url}/api/compose", status=status))
        await rig.compose(PROMPT)
        assert "nothing takes requests" in words(await rig.post())
        assert (await rig.settled("failed"))["reason"] == "misdirected"
        assert len(submits(rig)) == 1
        assert other.requests == []


async def test_a_foreign_poll_url_is_not_followed(rig: Rig) -> None:
    async with elsewhere() as other:
        rig.whisul.script("submit", Change(job={"poll_url": f"{other.url}/jobs/1"}))
        _, job_id = await start_and_compose(rig)
        await completes(rig, job_id)
        assert other.requests == []
