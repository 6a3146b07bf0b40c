"""Answers to a submit: refusals, errors that created nothing, and unknown outcomes."""

from itertools import repeat

from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Reset,
    Respond,
    Silence,
    Truncate,
    failing,
    html_page,
    rate_limited,
    redirect,
)
from tests.e2e.actions import until_card
from tests.e2e.rig import Rig, fields, words
from tests.e2e.whisul_actions import (
    ByPrompt,
    completes,
    compose_all,
    elsewhere,
    log_lines,
    no_credit,
    polls,
    start_and_compose,
    submits,
    until_logged,
)

PROMPT = "a song about rain"


async def test_a_refused_prompt_is_reported_to_the_requester_alone(ready: Rig) -> None:
    refusals = {
        r"No \*real\* artists": failing(400, message="No *real* artists, @everyone"),
        "It didn't give a reason.": Respond(status=400, body={"error": {"code": 7}}),
        "Too long": Respond(status=413, body={"error": "Too long"}),
    }
    for refusal in refusals.values():
        ready.whisul.script("submit", refusal)
    for number, reason in enumerate(refusals, start=1):
        asked = await ready.compose(PROMPT)
        await ready.until_all(lambda row: row["delivery"] == "delivered", number=number)
        (answer,) = asked.followups
        assert answer.ephemeral_for == asked.user.id, reason
        assert reason in words(answer)
        assert "@everyone" not in words(answer)
        assert PROMPT in words(answer), reason
        assert "Nothing was spent." in words(answer), reason
        assert asked.response is not None
        assert asked.response.deleted, reason
    assert ready.posts() == ready.direct_messages() == []
    outcomes = {(row["state"], row["reason"], row["rung"], row["job_id"]) for row in ready.rows()}
    assert outcomes == {("failed", "refused", "interaction", None)}
    assert len(submits(ready)) == len(refusals)


async def test_an_address_without_a_submit_path_is_reported_and_logged(ready: Rig) -> None:
    # The page comes first: from an address that has answered before, it is a passing fault.
    for number, answer in enumerate((html_page(404), failing(404), failing(405)), start=1):
        rule = ready.whisul.script("submit", answer, times=None)
        await ready.compose(PROMPT)
        post = await ready.post(number=number)
        assert "Nothing accepts requests" in words(post), answer
        assert fields(post)["Cost"] == "Nothing was spent.", answer
        await ready.until_all(lambda row: row["delivery"] == "delivered", number=number)
        ready.whisul.unscript(rule)
    assert [(row["state"], row["reason"]) for row in ready.rows()] == [("failed", "misdirected")] * 3
    assert [request.path for request in submits(ready)] == ["/api/compose", "/api/generate"] * 3
    assert [line["level"] for line in log_lines(ready, "whisul_misdirected")] == ["error"] * 3


async def test_an_answer_not_in_the_apis_own_words_is_waited_out(rig: Rig) -> None:
    faults = {
        "no word on the key": [html_page(401)],
        "no word on the credit": [html_page(402)],
        "no word on the paths": [html_page(404), html_page(404)],
        "no word on the prompt": [Respond(status=400)],
        "of a gateway": [Respond(status=403, body={"message": "Forbidden"})],
        "of the API itself": [failing(409)],
    }
    _, first_id = await start_and_compose(rig, "a song before")
    await rig.until_whisul(lambda: polls(rig))
    rig.whisul.script("submit", ByPrompt(faults), times=None)
    for prompt in faults:
        asked = await rig.compose(prompt)
        assert "Nothing has been spent yet." in await until_card(rig, asked, "unreachable")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == 1 + len(faults))
    for submit in rig.whisul.submits:
        await completes(rig, submit.job_id)
    assert first_id == rig.whisul.submits[0].job_id
    assert [row["submit_attempts"] for row in rig.rows()] == [1] + [2] * len(faults)
    assert log_lines(rig, "whisul_key_refused") == log_lines(rig, "whisul_misdirected") == []
    assert log_lines(rig, "whisul_no_credit") == []


async def test_a_fault_that_created_nothing_is_waited_out(rig: Rig) -> None:
    faults = {
        "408": [failing(408)],
        "503": [failing(503)],
        "503 with no seconds at all": [Respond(status=503, headers={"Retry-After": "0"})],
        "429 with seconds": [rate_limited(1)],
    }
    await rig.start()
    rig.whisul.script("submit", ByPrompt(faults), times=None)
    asked = [await rig.compose(prompt) for prompt in faults]
    for each in asked:
        await until_card(rig, each, "I kept your request")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == len(faults))
    for submit in rig.whisul.submits:
        first, second = [each.at for each in submits(rig) if each.json["prompt"] == submit.prompt]
        assert second - first >= 1.0, submit.prompt
        assert (await completes(rig, submit.job_id))["submit_attempts"] == 2, submit.prompt
    assert len(rig.posts()) == len(faults)


async def test_an_unknown_outcome_is_reported_and_never_submitted_again(ready: Rig) -> None:
    faults: dict[str, Behaviour] = {
        "500": failing(500),
        "502 with HTML": html_page(502),
        "500 after the job was made": failing(500, when="after"),
        "reset before the job was made": Reset(when="before"),
        "reset after the job was made": Reset(when="after"),
        "reset within the answer": Reset(when="mid_body"),
        "200 with HTML": html_page(200, when="after"),
        "202 cut off": Truncate(missing_bytes=30),
        "202 without a job ID": Change(job={"job_id": ABSENT}),
        "303": redirect("/api/jobs/elsewhere", status=303),
    }
    for number, (case, fault) in enumerate(faults.items(), start=1):
        ready.whisul.script("submit", fault)
        asked = await ready.compose(PROMPT)
        post = await ready.post(number=number)
        assert "I don't know whether Whisul made the song." in words(post), case
        cost = fields(post)["Cost"]
        assert cost.startswith("Whisul may have charged for this attempt; it doesn't tell me."), case
        assert post.pinged_user_ids == [asked.user.id], case
    await ready.until_all(lambda row: row["delivery"] == "delivered", number=len(faults))
    parts = ("state", "reason", "rung", "submit_attempts")
    outcomes = {case: [row[part] for part in parts] for case, row in zip(faults, ready.rows(), strict=True)}
    assert outcomes == {case: ["unknown", "no_answer", "channel", 1] for case in faults}
    assert len(ready.posts()) == len(submits(ready)) == len(faults)


async def test_an_api_outage_loses_no_song_and_no_request(ready: Rig) -> None:
    running = (await compose_all(ready, ["running"]))["running"]
    ready.whisul.script("submit", Silence(when="after"))
    await ready.compose("being sent")
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 2)
    assert ready.rows()[1]["state"] == "submitting"
    port = int(ready.whisul.media_host.rpartition(":")[2])
    await ready.whisul.stop()
    # A connection that ended without an answer leaves the outcome open; one that never stood made nothing.
    assert "No answer" in words(await ready.post())
    asked = await ready.compose("asked for meanwhile")
    assert "Nothing has been spent yet." in await until_card(ready, asked, "unreachable")
    await until_logged(ready, "poll_failed")
    assert [row["state"] for row in ready.rows()] == ["running", "unknown", "queued"]
    assert ready.rows()[1]["reason"] == "no_answer"
    await ready.whisul.start(port=port)
    await ready.until_whisul(lambda: len(ready.whisul.submits) == 3)
    for job_id in (running, ready.whisul.submits[2].job_id):
        await completes(ready, job_id)
    assert len(submits(ready)) == len(ready.posts()) == 3


async def test_a_request_that_waits_past_the_deadline_is_never_sent(rig: Rig) -> None:
    faults = {"busy": repeat(failing(503)), "poor": repeat(no_credit())}
    await rig.start(JOB_DEADLINE_S="2")
    rig.whisul.script("submit", ByPrompt(faults), times=None)
    asked = [await rig.compose(prompt) for prompt in faults]
    await rig.until_all(lambda row: row["delivery"] == "delivered", number=len(asked))
    assert len(rig.posts()) == len(asked)
    for post in rig.posts():
        assert "couldn't send it to Whisul" in words(post)
        assert fields(post)["Cost"] == "Nothing was spent."
        assert post.pinged_user_ids == [asked[0].user.id]
    assert [(row["state"], row["reason"]) for row in rig.rows()] == [("failed", "never_sent")] * 2
    assert {request.json["prompt"] for request in submits(rig)} == set(faults)
    assert rig.whisul.submits == []


async def test_no_address_that_an_answer_names_is_followed(ready: Rig) -> None:
    async with elsewhere() as other:
        for number, status in enumerate((302, 307), start=1):
            ready.whisul.script("submit", redirect(f"{other.url}/api/compose", status=status))
            await ready.compose(PROMPT)
            assert "Nothing accepts requests" in words(await ready.post(number=number)), status
        ready.whisul.script("submit", Change(job={"poll_url": f"{other.url}/jobs/1"}))
        await ready.compose(PROMPT)
        await ready.until_whisul(lambda: ready.whisul.submits)
        job_id = ready.whisul.submits[0].job_id
        url = f"{other.url}/api/jobs/{job_id}"
        rules = [ready.whisul.script("poll", redirect(url, status=status)) for status in (301, 302, 303, 307)]
        await ready.until_whisul(lambda: rules[-1].is_over)
        await completes(ready, job_id)
        assert [row["reason"] for row in ready.rows()] == ["misdirected", "misdirected", None]
        assert len(submits(ready)) == 3
        assert other.requests == []
