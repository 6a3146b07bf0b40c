from datetime import timedelta

import pytest

from bot.domain.jobs import DeliveryRoute, Job, JobState, Reason
from bot.replies import card
from bot.replies.card import WaitReason
from tests.job_shapes import ASKED_AT, JUMP_URL, NOW, REQUESTER_ID, USUAL, a_job, a_song_job
from tests.parameter_ids import short
from tests.replies.reply_text import lines_of


def test_card_of_a_running_job_in_full() -> None:
    assert lines_of(card.open_job(a_job(), expectation=USUAL, now=NOW)) == [
        "# 🎵 Composing …",
        "> a trap song",
        "▰▱▱▱▱",
        "Should be ready <t:1771342950:R>. I'll post the song here.",
        f"Requested by: <@{REQUESTER_ID}>",
        "Requested: <t:1771342770:R>",
        "~ Check progress with /job status 81fa5ff7",
    ]


def test_without_observations_the_card_quotes_whisuls_estimate() -> None:
    lines = lines_of(card.open_job(a_job(), expectation=None, now=NOW))
    assert "Most songs take a few minutes. I'll post the song here." in lines


def test_late_song_has_no_countdown() -> None:
    lines = lines_of(card.open_job(a_job(), expectation=USUAL, now=ASKED_AT + timedelta(seconds=181)))
    assert (
        "This song is taking longer than most, which take 2-3 min. Whisul is still working on it. "
        "I'll post the song here."
    ) in lines
    assert "▰▰▰▰▱" in lines
    assert ":R>" not in "".join(line for line in lines if not line.startswith("Requested: "))


def test_a_queued_job_says_how_many_go_before_it() -> None:
    places = {
        0: "You're next.",
        1: "1 song is ahead of yours.",
        3: "3 songs are ahead of yours.",
        4: "Up to 10 songs are ahead of yours.",
        200: "Up to 300 songs are ahead of yours.",
    }
    job = a_job(JobState.QUEUED)
    for ahead, place in places.items():
        lines = lines_of(card.open_job(job, expectation=USUAL, now=NOW, ahead=ahead))
        assert f"{place} Songs usually take 2-3 min once I've sent them. I'll post the song here." in lines
        full = card.open_job(job, expectation=USUAL, now=NOW, ahead=ahead, waiting=WaitReason.FULL)
        assert any(f"as one is free. {place} Nothing has been spent yet." in line for line in lines_of(full))


def test_place_in_the_queue_is_hidden_while_submits_are_paused() -> None:
    for waiting in (WaitReason.KEY_REFUSED, WaitReason.NO_CREDIT, WaitReason.SERVICE_BUSY):
        reply = card.open_job(a_job(JobState.QUEUED), expectation=USUAL, now=NOW, ahead=3, waiting=waiting)
        assert "ahead of yours" not in "".join(lines_of(reply)), waiting


def test_job_without_an_id_is_named_by_its_row_number() -> None:
    lines = lines_of(card.open_job(a_job(JobState.QUEUED, job_id=None), expectation=None, now=NOW))
    assert lines[0] == "# In the queue"
    assert lines[-1:] == ["~ Check progress with /job status #12"]


def test_waiting_job_says_why_and_what_it_cost() -> None:
    notes = {
        WaitReason.KEY_REFUSED: "Whisul rejects my API key, and the operator has to renew it. "
        "I kept your request and will carry on once that's done.",
        WaitReason.NO_CREDIT: "My Whisul account is out of credit, and the operator has to top it up. "
        "I kept your request and will carry on once that's done.",
        WaitReason.SERVICE_BUSY: "Whisul is busy or unreachable right now. I kept your request and will keep trying.",
        WaitReason.FULL: "All slots are busy right now. I'll send your request as soon as one is free.",
    }
    for waiting, note in notes.items():
        queued = card.open_job(a_job(JobState.QUEUED), expectation=USUAL, now=NOW, waiting=waiting)
        assert f"{note} Nothing has been spent yet." in lines_of(queued)
        running = card.open_job(a_job(JobState.RUNNING), expectation=USUAL, now=NOW, waiting=waiting)
        assert note in lines_of(running)
    assert set(notes) == set(WaitReason)


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (card.finished(a_song_job(), jump_url=JUMP_URL), f"✅ **Midnight Grid** is ready. See {JUMP_URL}"),
        (
            card.finished(a_job(JobState.FAILED, reason=Reason.GENERATION_FAILED), jump_url=JUMP_URL),
            f"⚠️ **a trap song** couldn't be made. See {JUMP_URL}",
        ),
        (
            card.finished(a_job(JobState.COMPLETED, route=DeliveryRoute.DIRECT_MESSAGE), jump_url=None),
            (f"✅ **a trap song** is ready. I sent it to <@{REQUESTER_ID}> as a direct message "
            "because I couldn't post it there."),
        ),
        (
            card.finished(a_job(JobState.TIMED_OUT), jump_url=None),
            "⚠️ **a trap song** couldn't be made. See `/job status 81fa5ff7`.",
        ),
        (card.finished(a_song_job(title="a *b*"), jump_url=JUMP_URL), f"✅ **a \\*b\\*** is ready. See {JUMP_URL}"),
        (card.finished(a_job(JobState.COMPLETED, prompt="\u200b"), jump_url=JUMP_URL), f"✅ Your song is ready. See {JUMP_URL}"),
    ],
    ids=short)  # fmt: skip
def test_line_of_a_finished_job(reply: card.Reply, line: str) -> None:
    assert lines_of(reply) == [line]
    assert reply.mentions == ()


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (
            a_job(JobState.CANCELLED),
            "🚫 Canceled: **a trap song**. Nothing was spent.",
        ),
        (
            a_job(JobState.DETACHED),
            (
                "⏹️ Stopped: **a trap song**. Whisul had already started, so this song may still be charged. "
                "If Whisul finishes it, I'll keep the song without posting it. See `/job status 81fa5ff7`."
            ),
        ),
        (
            a_song_job(),
            (
                "⏹️ Stopped: **Midnight Grid**. Whisul finished it anyway, so I kept the song without posting it. "
                "See `/job status 81fa5ff7`."
            ),
        ),
        (
            a_job(JobState.FAILED),
            ("⏹️ Stopped: **a trap song**. It couldn't be made. To find out why, see `/job status 81fa5ff7`."),
        ),
    ],
    ids=short,
)
def test_line_of_a_stopped_job(job: Job, line: str) -> None:
    assert job.is_stopped
    reply = card.stopped(job)
    assert lines_of(reply) == [line]
    assert reply.buttons == ()
