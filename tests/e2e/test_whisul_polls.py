"""Answers to polls: transient errors, permanent ones, wrong ones, and jobs that finish late or never."""

from sandbox.discord.world.model import Message
from sandbox.whisul import (
    ABSENT,
    Behaviour,
    Change,
    Drip,
    Flood,
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
from tests.e2e.actions import assert_no_traceback, until_card
from tests.e2e.rig import Rig, fields, listen_url, words
from tests.e2e.whisul_actions import (
    completes,
    compose_all,
    log_lines,
    peak_memory_bytes,
    polls,
    post_of,
    posts_of,
    row_of,
    start_and_compose,
    submits,
    until_logged,
)

FLOOD_BYTES = 100_000_000


def looks_at(rig: Rig, job_id: str) -> list[SeenRequest]:
    return [request for request in polls(rig) if request.path.endswith(job_id)]


async def test_one_bad_job_does_not_stop_the_others(rig: Rig) -> None:
    bad: dict[str, Behaviour] = {
        "500": failing(500),
        "502": html_page(502),
        "503": failing(503),
        "408": failing(408),
        "html": html_page(200),
        "404": failing(404),
        "400": failing(400),
        "cut off": Truncate(missing_bytes=5),
        "reset": Reset(when="before"),
        "reset within the body": Reset(when="mid_body"),
        "silent": Silence(),
        "dripping": Drip(chunk_bytes=1, pause_s=0.2),
        "flood": Flood(20_000_000),
        "redirect": redirect("http://127.0.0.1:9/"),
        "word": StatusWord("\x1b[31mfroz\u202een"),
        "another word": StatusWord("queued"),
        "no status": Change(job={"status": ABSENT}),
        "number": Change(job={"status": 7}),
        "half": Respond(body=b'{"status": "comp'),
        "null": Respond(body=b"null"),
        "list": Respond(body=b"[]"),
        "no text": Respond(body=b"\x00\xff\xfe"),
        "nothing": Respond(body=b""),
    }
    endless = ("silent", "dripping")  # would be waited for until their time-out
    await rig.start()
    jobs = await compose_all(rig, [*bad, "good", "fine"])
    rules = {
        prompt: rig.whisul.script("poll", behaviour, times=None, job_id=jobs[prompt])
        for prompt, behaviour in bad.items()
    }
    for prompt in ("good", "fine"):
        await completes(rig, jobs[prompt])
    await rig.until_whisul(
        lambda: all(rule.used >= 1 + (prompt not in endless) for prompt, rule in rules.items())
    )
    assert len(rig.posts()) == 2
    assert {row["prompt"] for row in rig.rows() if row["state"] == "running"} == set(bad)
    rig.whisul.clear_script()
    mended = [jobs[prompt] for prompt in bad if prompt not in endless]
    for job_id in mended:
        rig.whisul.finish(job_id)
    for job_id in mended:
        await completes(rig, job_id)
    assert len(rig.posts()) == len(mended) + 2
    assert len(submits(rig)) == len(jobs)
    assert sorted(line["status"] for line in log_lines(rig, "status_unknown")) == ["[31mfrozen", "queued"]


async def test_a_404_ends_a_job_once_it_has_lasted_for_the_grace(rig: Rig) -> None:
    await rig.start(JOB_NOT_FOUND_GRACE_S="0.5")
    jobs = await compose_all(rig, ["gone", "there now and then"])
    gone, wavering = jobs.values()
    # A second 404 in a row would come after the grace on a machine that stands still.
    rounds = [(failing(404), wavering), (Behaviour(), wavering)] * 8
    rules = [rig.whisul.script("poll", behaviour, job_id=job_id) for behaviour, job_id in rounds]
    await rig.until_whisul(lambda: len(looks_at(rig, gone)) >= 3)
    found_at = looks_at(rig, gone)[-1].at
    rig.whisul.expire(gone)
    post = await post_of(rig, gone)
    assert "no longer knows it" in words(post)
    assert fields(post)["Cost"]
    assert post.pinged_user_ids == [rig.discord.world.user("ada").id]
    row = await row_of(rig, gone, "expired")
    assert (row["reason"], row["rung"]) == ("vanished", "channel")
    looks = looks_at(rig, gone)
    assert looks[-1].at - found_at >= 0.5
    await rig.until_whisul(lambda: rules[-1].is_over)
    await completes(rig, wavering)
    assert looks_at(rig, gone) == looks
    assert len(submits(rig)) == len(rig.posts()) == 2


async def test_a_rate_limit_pauses_every_poll_for_as_long_as_it_asks(ready: Rig) -> None:
    jobs = await compose_all(ready, ["one", "two", "three"])
    await ready.until_whisul(lambda: len(polls(ready)) >= 6)
    rule = ready.whisul.script("poll", rate_limited(1))
    await ready.until_whisul(lambda: rule.is_over)
    limited_at = polls(ready)[-1].at
    count = len(polls(ready))
    await ready.until_whisul(lambda: polls(ready)[-1].at - limited_at >= 0.9)
    waits = [request.at - limited_at for request in polls(ready)[count:]]
    # Those that were on their way already; unhindered it would be 20.
    assert len([wait for wait in waits if wait < 0.8]) <= 2
    for job_id in jobs.values():
        await completes(ready, job_id)


async def test_a_huge_body_costs_no_memory(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig)
    await rig.until_whisul(lambda: len(polls(rig)) >= 2)
    before = peak_memory_bytes(rig)
    rules = [
        rig.whisul.script("poll", Flood(FLOOD_BYTES, stated=stated), times=2) for stated in (True, False)
    ]
    await rig.until_whisul(lambda: rules[-1].is_over)
    await completes(rig, job_id)
    rig.whisul.script("submit", Flood(FLOOD_BYTES))
    await rig.compose("a song with a huge receipt")
    await rig.until_stored(lambda row: row["state"] == "unknown" and row["delivery"] == "delivered")
    assert "No answer" in words(rig.posts()[1])
    assert peak_memory_bytes(rig) - before < FLOOD_BYTES / 4
    assert len(submits(rig)) == 2


async def test_a_slow_answer_is_read_to_its_end(rig: Rig) -> None:
    drip = Drip(chunk_bytes=16, pause_s=0.02)
    rig.whisul.script("submit", drip)
    rig.whisul.script("poll", drip, times=None)
    _, job_id = await start_and_compose(rig)
    await completes(rig, job_id)
    assert len(submits(rig)) == 1


async def found_late(rig: Rig, short_id: str) -> Message:
    """Use /job status until a poll has found the song: Whisul is polled once per interval however often it is used."""
    for _ in range(200):
        answer = await rig.status(short_id)
        if "Listen" in words(answer):
            return answer
    raise AssertionError("no later look has found the song")


async def test_the_deadline_ends_no_job_while_whisul_is_away(rig: Rig) -> None:
    away = {
        "500": failing(500),
        "401 of a proxy": html_page(401),
        "402 of a proxy": html_page(402),
        "404 of a proxy": html_page(404),
        "404 in words": Respond(status=404, body="404 page not found"),
    }
    there = {
        "as documented": Behaviour(),
        "another shape": Respond(body={"data": {"status": "completed"}}),
        "200 with HTML": html_page(200),
        "400": failing(400),
        "404 without a body": Respond(status=404),
        "404 of another shape": Respond(status=404, body={"detail": "Not Found"}),
        "redirect": redirect("/login", status=302),
    }
    faults = {**away, **there}
    places = str(len(faults))
    await rig.start(JOB_DEADLINE_S="2", JOB_NOT_FOUND_GRACE_S="0.3", MAX_RUNNING_JOBS=places)
    # Until each job has its fault, however long that takes, no look finds anything.
    until_then = rig.whisul.script("poll", failing(500), times=None)
    jobs = await compose_all(rig, faults)
    for prompt, fault in faults.items():
        rig.whisul.script("poll", fault, times=None, job_id=jobs[prompt])
    rig.whisul.unscript(until_then)
    deadlines = {prompt: rig.whisul.jobs[job_id].accepted_s + 2 for prompt, job_id in jobs.items()}
    for prompt in there:
        post = await post_of(rig, jobs[prompt])
        assert "so I stopped waiting" in words(post), prompt
        assert f"/job status {jobs[prompt][:8]}" in fields(post)["What to do"], prompt
        assert post.pinged_user_ids == [rig.discord.world.user("ada").id], prompt
        assert (await row_of(rig, jobs[prompt], "timed_out"))["reason"] == "deadline", prompt
    await rig.until_whisul(
        lambda: all(looks_at(rig, jobs[prompt])[-1].at > deadlines[prompt] + 0.5 for prompt in away)
    )
    assert {row["prompt"] for row in rig.rows() if row["state"] == "running"} == set(away)
    assert log_lines(rig, "whisul_key_refused") == log_lines(rig, "whisul_no_credit") == []
    assert "took too long" in words(await rig.status(jobs["as documented"][:8]))
    await rig.compose("a place is free again", user="bela")
    await rig.until_whisul(lambda: len(rig.whisul.submits) == len(faults) + 1)
    for job_id in jobs.values():
        rig.whisul.finish(job_id)
    rig.whisul.clear_script()
    for prompt in away:
        await completes(rig, jobs[prompt])
    for prompt in there:
        late = await found_late(rig, jobs[prompt][:8])
        assert listen_url(late).endswith(f"/audio/{jobs[prompt][:8]}.mp3"), prompt
        assert late.ephemeral_for == rig.discord.world.user("ada").id, prompt
        (post,) = posts_of(rig, jobs[prompt])
        (row,) = [row for row in rig.rows() if row["prompt"] == prompt]
        assert (row["state"], row["reason"], row["post_message_id"]) == ("completed", None, post.id), prompt
    assert len(submits(rig)) == len(faults) + 1


async def test_look_ups_of_a_job_that_was_given_up_ask_whisul_once_an_interval(rig: Rig) -> None:
    await rig.start(JOB_DEADLINE_S="1", POLL_INTERVAL_S="0.9")
    jobs = await compose_all(rig, ["one", "two"])
    await rig.until_all(lambda row: (row["state"], row["delivery"]) == ("timed_out", "delivered"), number=2)
    await rig.bot.stop()
    await rig.start(POLL_INTERVAL_S="60")
    seen = len(polls(rig))
    for _ in range(8):
        assert "took too long" in words(await rig.status(jobs["one"][:8]))
    assert len(polls(rig)) - seen == 1
    # What such a look meets counts as at any other call.
    rig.whisul.script("poll", rate_limited("60"))
    assert "took too long" in words(await rig.status(jobs["two"][:8]))
    asked = await rig.compose("a song after", user="bela")
    await until_card(rig, asked, "I kept your request")
    assert len(submits(rig)) == 2


async def test_a_late_poll_detects_a_refused_key(rig: Rig) -> None:
    _, job_id = await start_and_compose(rig, JOB_DEADLINE_S="1")
    await rig.settled("timed_out")
    rig.whisul.api_key = "another"
    assert "took too long" in words(await rig.status(job_id[:8]))
    await until_logged(rig, "whisul_key_refused")


async def test_a_poll_interval_near_zero_crashes_no_poll(rig: Rig) -> None:
    await rig.start(POLL_INTERVAL_S="0.0001", WHISUL_REQUESTS_PER_SECOND="1000", WHISUL_REQUEST_BURST="1000")
    jobs = await compose_all(rig, [f"song {number}" for number in range(5)])
    seen = len(polls(rig))
    await rig.until_whisul(lambda: len(polls(rig)) > seen + 250)
    for job_id in jobs.values():
        await completes(rig, job_id)
    assert_no_traceback(rig)
