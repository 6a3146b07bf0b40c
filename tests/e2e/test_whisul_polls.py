"""What a look at a job may meet: passing faults, endless ones, lies, and jobs that come late or never."""

import asyncio

import pytest

from sandbox.discord.model import Message
from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Drip,
    Flood,
    NotFoundYet,
    Reset,
    Respond,
    SeenRequest,
    Silence,
    StatusWord,
    Truncate,
    failing,
    html_page,
    rate_limited,
    redirect,
)
from tests.e2e.rig import Rig, embed, fields, words
from tests.e2e.steps import assert_no_traceback
from tests.e2e.whisul_days import (
    completes,
    compose_all,
    elsewhere,
    log_lines,
    peak_memory_bytes,
    polls,
    post_of,
    row_of,
    start_and_compose,
    submits,
    until_logged,
)

FLOOD_BYTES = 100_000_000


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(failing(400), id="400"),
        pytest.param(failing(500), id="500"),
        pytest.param(html_page(502), id="502 with HTML"),
        pytest.param(failing(503), id="503"),
        pytest.param(failing(504), id="504"),
        pytest.param(html_page(200), id="200 with HTML"),
        pytest.param(Reset(when="before"), id="reset"),
        pytest.param(Reset(when="mid_body"), id="reset within the body"),
        pytest.param(Truncate(missing_bytes=20), id="cut off"),
    ],
)
async def test_a_passing_fault_while_polling_costs_nobody_the_song(rig: Rig, fault: Behaviour) -> None:
    _, job_id = await start_and_compose(rig)
    rule = rig.whisul.script("poll", fault, times=2)
    await rig.until_whisul(lambda: rule.is_over)
    assert rig.posts() == []
    await completes(rig, job_id)
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_a_200_without_a_verdict_is_none(rig: Rig) -> None:
    bodies = [b'{"status": "comp', b"null", b"[]", b"{}", b'{"status": null}', b"\x00\xff\xfe", b"NaN", b""]
    await rig.start()
    jobs = await compose_all(rig, map(repr, bodies))
    rules = [
        rig.whisul.script("poll", Respond(body=body), times=2, job_id=jobs[repr(body)]) for body in bodies
    ]
    await rig.until_whisul(lambda: all(rule.is_over for rule in rules))
    assert {row["state"] for row in rig.rows()} == {"running"}
    for job_id in jobs.values():
        await completes(rig, job_id)


async def test_unknown_status_words_mean_running_and_are_logged_once_each(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("poll", StatusWord("queued"), times=3)
    rule = rig.whisul.script("poll", StatusWord("mastering"), times=3)
    await rig.until_whisul(lambda: rule.is_over)
    assert rig.row()["state"] == "running"
    await completes(rig, job_id)
    assert [line["status"] for line in log_lines(rig, "status_unknown")] == ["queued", "mastering"]


async def test_a_job_that_is_not_found_yet_is_waited_for(rig: Rig) -> None:
    rig.whisul.script("poll", NotFoundYet(age_s=1.0), times=None)
    _, job_id = await start_and_compose(rig)
    await rig.until_whisul(lambda: len(polls(rig)) >= 5)
    assert rig.row()["state"] == "running"
    await completes(rig, job_id)


async def test_a_job_that_stays_unknown_has_expired(rig: Rig) -> None:
    asked, job_id = await start_and_compose(rig, JOB_NOT_FOUND_GRACE_S="0.5")
    rig.whisul.expire(job_id)
    post = await post_of(rig, job_id)
    assert "no such job" in words(post)
    assert post.pinged_user_ids == [asked.user.id]
    row = await rig.settled("expired")
    assert (row["reason"], row["rung"]) == ("vanished", "channel")
    looks = len(polls(rig))
    await asyncio.sleep(0.5)
    assert len(polls(rig)) == looks
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_a_404_that_comes_and_goes_never_adds_up(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, JOB_NOT_FOUND_GRACE_S="1.5")
    rounds = [(failing(404), 2), (Behaviour(), 1)] * 12
    rules = [rig.whisul.script("poll", behaviour, times=times) for behaviour, times in rounds]
    await rig.until_whisul(lambda: rules[-1].is_over)
    assert rig.row()["state"] == "running"
    await completes(rig, job_id)


async def test_a_rate_limit_pauses_every_look_for_as_long_as_it_asks(rig: Rig) -> None:
    await rig.start()
    jobs = await compose_all(rig, ["one", "two", "three"])
    await rig.until_whisul(lambda: len(polls(rig)) >= 6)
    rule = rig.whisul.script("poll", rate_limited(1))
    await rig.until_whisul(lambda: rule.is_over)
    limited_at = polls(rig)[-1].at
    count = len(polls(rig))
    await asyncio.sleep(1.5)
    waits = [request.at - limited_at for request in polls(rig)[count:]]
    assert (
        len([wait for wait in waits if wait < 0.8]) <= 2
    )  # those already on their way; unhindered it would be 20
    assert max(waits) >= 0.9
    for job_id in jobs.values():
        await completes(rig, job_id)


async def test_a_redirected_look_takes_the_key_nowhere_else(rig: Rig) -> None:
    async with elsewhere() as other:
        _, job_id = await start_and_compose(rig)
        url = f"{other.url}/api/jobs/{job_id}"
        rules = [rig.whisul.script("poll", redirect(url, status=status)) for status in (301, 302, 303, 307)]
        await rig.until_whisul(lambda: rules[-1].is_over)
        await completes(rig, job_id)
        assert other.requests == []


@pytest.mark.parametrize("stated", [True, False])
async def test_a_huge_body_costs_no_memory(rig: Rig, *, stated: bool) -> None:
    _, job_id = await start_and_compose(rig)
    await rig.until_whisul(lambda: len(polls(rig)) >= 2)
    before = peak_memory_bytes(rig)
    rule = rig.whisul.script("poll", Flood(FLOOD_BYTES, stated=stated), times=3)
    await rig.until_whisul(lambda: rule.is_over)
    await completes(rig, job_id)
    assert peak_memory_bytes(rig) - before < FLOOD_BYTES / 4


async def test_an_answer_that_drips_is_still_an_answer(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    rig.whisul.script("poll", Drip(chunk_bytes=16, pause_s=0.02), times=None)
    await completes(rig, job_id)


async def found_late(rig: Rig, short_id: str) -> Message:
    """Ask for a job until a look has found its song: Whisul is looked at once an interval, however often people ask."""
    for _ in range(200):
        answer = await rig.status(short_id)
        if "url" in embed(answer):
            return answer
    raise AssertionError("no later look has found the song")


async def test_a_job_past_its_deadline_is_given_up_and_found_again_later(rig: Rig) -> None:
    asked, job_id = await start_and_compose(rig, "a slow song", JOB_DEADLINE_S="1.5")
    post = await post_of(rig, job_id)
    assert "so I stopped waiting" in words(post)
    assert f"/job status {job_id[:8]}" in fields(post)["What now"]
    assert post.pinged_user_ids == [asked.user.id]
    assert (await rig.settled("timed_out"))["reason"] == "deadline"
    early = await rig.status(job_id[:8])
    assert "took too long" in words(early)
    rig.whisul.finish(job_id)
    late = await found_late(rig, job_id[:8])
    assert embed(late)["url"].endswith(f"/audio/{job_id[:8]}.mp3")
    assert late.ephemeral_for == asked.user.id
    row = rig.row()
    assert (row["state"], row["reason"], row["post_message_id"]) == ("completed", None, post.id)
    assert len(submits(rig)) == len(rig.posts()) == 1


async def test_an_api_that_is_away_past_the_deadline_costs_no_job(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, JOB_DEADLINE_S="1.5")
    rig.whisul.finish(job_id)
    rig.whisul.script("poll", failing(500), times=None)
    await asyncio.sleep(2)
    assert rig.row()["state"] == "running"
    rig.whisul.clear_script()
    await post_of(rig, job_id)
    assert (await rig.settled("completed"))["reason"] is None


@pytest.mark.parametrize(
    "away",
    [
        *(pytest.param(html_page(status), id=f"{status} of a proxy") for status in (401, 402, 403, 404, 407)),
        pytest.param(Respond(status=404, body="404 page not found"), id="404 in words"),
    ],
)
async def test_a_page_in_front_of_whisul_ends_no_job_and_is_no_refused_key(rig: Rig, away: Behaviour) -> None:
    settings = {"JOB_DEADLINE_S": "1", "JOB_NOT_FOUND_GRACE_S": "0.3"}
    _, job_id = await start_and_compose(rig, **settings)
    rig.whisul.finish(job_id)
    rig.whisul.script("poll", away, times=None)
    since = (await _next_poll(rig)).at
    await rig.until_whisul(lambda: polls(rig)[-1].at > since + 1.5)
    assert rig.row()["state"] == "running"
    rig.whisul.clear_script()
    await post_of(rig, job_id)
    assert log_lines(rig, "whisul_key_refused") == log_lines(rig, "whisul_no_credit") == []


async def _next_poll(rig: Rig) -> SeenRequest:
    seen = len(polls(rig))
    await rig.until_whisul(lambda: len(polls(rig)) > seen)
    return polls(rig)[-1]


@pytest.mark.parametrize(
    "no_job",
    [
        pytest.param(Respond(body={"data": {"status": "completed"}}), id="another shape"),
        pytest.param(html_page(200), id="200 with HTML"),
        pytest.param(failing(400), id="400"),
        pytest.param(failing(409), id="409"),
        pytest.param(Respond(status=404), id="404 without a body"),
        pytest.param(Respond(status=404, body={"detail": "Not Found"}), id="404 of another shape"),
        pytest.param(redirect("/login", status=302), id="redirect"),
    ],
)
async def test_answers_that_are_no_job_end_the_wait_at_the_deadline(rig: Rig, no_job: Behaviour) -> None:
    _, job_id = await start_and_compose(rig, JOB_DEADLINE_S="1", MAX_RUNNING_JOBS="1")
    rig.whisul.script("poll", no_job, times=None)
    post = await post_of(rig, job_id)
    assert "so I stopped waiting" in words(post)
    assert (await rig.settled("timed_out"))["reason"] == "deadline"
    await rig.compose("the place is free again", user="bela")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    rig.whisul.clear_script()
    rig.whisul.finish(job_id)
    assert embed(await rig.status(job_id[:8]))["url"].endswith(f"/audio/{job_id[:8]}.mp3")


async def _given_up(rig: Rig, **settings: str) -> str:
    """Have a job that took too long; returns its ID."""
    _, job_id = await start_and_compose(rig, JOB_DEADLINE_S="1", **settings)
    await rig.settled("timed_out")
    return job_id


async def test_look_ups_of_a_job_that_was_given_up_ask_whisul_once_an_interval(rig: Rig) -> None:
    job_id = await _given_up(rig, POLL_INTERVAL_S="0.9")
    await rig.bot.stop()
    await rig.start(POLL_INTERVAL_S="60")
    seen = len(polls(rig))
    for _ in range(8):
        assert "took too long" in words(await rig.status(job_id[:8]))
    assert len(polls(rig)) - seen == 1


async def test_a_late_look_that_meets_a_rate_limit_pauses_every_call(rig: Rig) -> None:
    job_id = await _given_up(rig)
    rig.whisul.script("poll", rate_limited("60"))
    assert "took too long" in words(await rig.status(job_id[:8]))
    asked = await rig.compose("a song after", user="bela")
    await rig.until(lambda: asked.answer and "Your request is kept" in words(asked.answer))
    assert len(submits(rig)) == 1


async def test_a_late_look_that_meets_a_refused_key_says_so(rig: Rig) -> None:
    job_id = await _given_up(rig)
    rig.whisul.api_key = "another"
    assert "took too long" in words(await rig.status(job_id[:8]))
    await until_logged(rig, "whisul_key_refused")


async def test_one_bad_job_does_not_stop_the_others(rig: Rig) -> None:
    await rig.start()
    bad: dict[str, Behaviour] = {
        "500": failing(500),
        "502": html_page(502),
        "html": html_page(200),
        "404": failing(404),
        "400": failing(400),
        "cut off": Truncate(missing_bytes=5),
        "reset": Reset(when="mid_body"),
        "silent": Silence(),
        "dripping": Drip(chunk_bytes=1, pause_s=0.2),
        "flood": Flood(20_000_000),
        "redirect": redirect("http://127.0.0.1:9/"),
        "word": StatusWord("\x1b[31mfroz\u202een"),
        "no status": Change(job={"status": ABSENT}),
        "number": Change(job={"status": 7}),
    }
    jobs = await compose_all(rig, [*bad, "good", "fine"])
    for prompt, behaviour in bad.items():
        rig.whisul.script("poll", behaviour, times=None, job_id=jobs[prompt])
    for prompt in ("good", "fine"):
        await completes(rig, jobs[prompt])
    assert len(rig.posts()) == 2
    assert {row["prompt"] for row in rig.rows() if row["state"] == "running"} == set(bad)
    rig.whisul.clear_script()
    mended = [jobs[prompt] for prompt in bad if prompt not in ("silent", "dripping")]
    for job_id in mended:  # those two would be waited for until their time-out
        rig.whisul.finish(job_id)
    for job_id in mended:
        await row_of(rig, job_id, "completed")
        await post_of(rig, job_id)
    assert len(rig.posts()) == len(mended) + 2
    assert len(submits(rig)) == len(jobs)


async def test_with_all_places_taken_the_next_request_waits_and_then_goes(rig: Rig) -> None:
    first, first_id = await start_and_compose(rig, "first", MAX_RUNNING_JOBS="1")
    second = await rig.compose("second", user="bela")
    await rig.until(lambda: second.answer and "All places are taken" in words(second.answer))
    assert second.answer is not None
    assert "Nothing has been spent yet." in words(second.answer)
    await rig.until(lambda: first.answer and first_id[:8] in words(first.answer))
    assert [row["state"] for row in rig.rows()] == ["running", "queued"]
    assert len(submits(rig)) == 1
    await completes(rig, first_id)
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 2)
    await rig.until(lambda: second.answer and "All places are taken" not in words(second.answer))
    second_id = rig.whisul.submits[1].job_id
    await completes(rig, second_id)
    assert (await post_of(rig, second_id)).pinged_user_ids == [second.user.id]
    await row_of(rig, second_id, "completed")


async def test_a_look_that_is_due_again_at_once_is_no_trouble(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="0.0001", WHISUL_REQUESTS_PER_SECOND="1000", WHISUL_REQUEST_BURST="1000")
    jobs = await compose_all(rig, [f"song {number}" for number in range(5)])
    seen = len(polls(rig))
    await rig.until_whisul(lambda: len(polls(rig)) > seen + 500)
    for job_id in jobs.values():
        await completes(rig, job_id)
    assert_no_traceback(rig)
