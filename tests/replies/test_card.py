from datetime import timedelta

import pytest

from bot.domain.jobs import DeliveryRoute, Job, JobState, Reason
from bot.replies import card
from bot.replies.card import WaitReason
from tests.job_shapes import ASKED_AT, JUMP_URL, NOW, REQUESTER_ID, USUAL, a_job, a_song_job
from tests.replies.reply_text import lines_of


def test_card_of_a_running_job_in_full() -> None:
    assert lines_of(card.open_job(a_job(), expectation=USUAL, now=NOW)) == [
        "# 🎵 Composing …",
        "> a trap song",
        "▰▱▱▱▱",
        "Usually takes 2-3 min, ready <t:1771342950:R> or sooner. The song will be posted here.",
        f"Requested by: <@{REQUESTER_ID}>",
        "Asked: <t:1771342770:R>",
        "Job ID: `81fa5ff7`",
        "~ /job status 81fa5ff7 shows how it stands",
    ]


def test_without_observations_the_card_quotes_whisuls_estimate() -> None:
    lines = lines_of(card.open_job(a_job(), expectation=None, now=NOW))
    assert "Whisul says that most songs take a few minutes. The song will be posted here." in lines


def test_late_song_has_no_countdown() -> None:
    lines = lines_of(card.open_job(a_job(), expectation=USUAL, now=ASKED_AT + timedelta(seconds=181)))
    assert (
        "Slower than 90 % of songs, which usually take 2-3 min; it is still being made. "
        "The song will be posted here."
    ) in lines
    assert "▰▰▰▰▱" in lines
    assert ":R>" not in "".join(line for line in lines if not line.startswith("Asked"))


def test_a_queued_job_says_how_many_go_before_it() -> None:
    places = {
        0: "Yours is next.",
        1: "There is 1 song before yours.",
        3: "There are 3 songs before yours.",
        4: "There are up to 10 songs before yours.",
        200: "There are up to 300 songs before yours.",
    }
    job = a_job(JobState.QUEUED)
    for ahead, place in places.items():
        lines = lines_of(card.open_job(job, expectation=USUAL, now=NOW, ahead=ahead))
        assert f"{place} Usually takes 2-3 min once it is sent. The song will be posted here." in lines
        full = card.open_job(job, expectation=USUAL, now=NOW, ahead=ahead, waiting=WaitReason.FULL)
        assert any(f"as one is free. {place} Nothing has been spent yet." in line for line in lines_of(full))


def test_place_in_the_queue_is_hidden_while_submits_are_paused() -> None:
    for waiting in (WaitReason.KEY_REFUSED, WaitReason.NO_CREDIT, WaitReason.SERVICE_BUSY):
        reply = card.open_job(a_job(JobState.QUEUED), expectation=USUAL, now=NOW, ahead=3, waiting=waiting)
        assert "before yours" not in "".join(lines_of(reply)), waiting


def test_job_without_an_id_is_named_by_its_row_number() -> None:
    lines = lines_of(card.open_job(a_job(JobState.QUEUED, job_id=None), expectation=None, now=NOW))
    assert lines[0] == "# Waiting to be sent"
    assert lines[-2:] == ["Job ID: `#12`", "~ /job status #12 shows how it stands"]


def test_waiting_job_says_why_and_what_it_cost() -> None:
    notes = {
        WaitReason.KEY_REFUSED: "Whisul does not accept this bot's key at the moment, and the bot's operator has to renew it. "
        "Your request is kept and goes on by itself.",
        WaitReason.NO_CREDIT: "This bot's account at Whisul has no credit left, and the bot's operator has to top it up. "
        "Your request is kept and goes on by itself.",
        WaitReason.SERVICE_BUSY: "Whisul is busy or out of reach just now. Your request is kept and goes on by itself.",
        WaitReason.FULL: "All places are taken at the moment. Your request goes out as soon as one is free.",
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
        (card.finished(a_song_job(), jump_url=JUMP_URL), f"✅ **Midnight Grid** is ready: {JUMP_URL}"),
        (
            card.finished(a_job(JobState.FAILED, reason=Reason.GENERATION_FAILED), jump_url=JUMP_URL),
            f"⚠️ **a trap song** did not work out: {JUMP_URL}",
        ),
        (
            card.finished(a_job(JobState.COMPLETED, route=DeliveryRoute.DIRECT_MESSAGE), jump_url=None),
            (f"✅ **a trap song** is ready. I sent it to <@{REQUESTER_ID}> in a direct message, "
            "because I could not post it there."),
        ),
        (
            card.finished(a_job(JobState.TIMED_OUT), jump_url=None),
            "⚠️ **a trap song** did not work out. `/job status 81fa5ff7` shows it.",
        ),
        (card.finished(a_song_job(title="a *b*"), jump_url=JUMP_URL), f"✅ **a \\*b\\*** is ready: {JUMP_URL}"),
        (card.finished(a_job(JobState.COMPLETED, prompt="\u200b"), jump_url=JUMP_URL), f"✅ Your song is ready: {JUMP_URL}"),
    ],
)  # fmt: skip
def test_line_of_a_finished_job(reply: card.Reply, line: str) -> None:
    assert lines_of(reply) == [line]
    assert reply.mentions == ()


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (
            a_job(JobState.CANCELLED),
            "🚫 **a trap song** was cancelled before it was sent. Nothing was spent.",
        ),
        (
            a_job(JobState.DETACHED),
            (
                "⏹️ Nobody waits for **a trap song** any more. Whisul has been asked already and may still finish it, "
                "so what it costs is spent. If it becomes a song, that is kept, not posted: `/job status 81fa5ff7`"
            ),
        ),
        (
            a_song_job(),
            (
                "⏹️ **Midnight Grid** is ready, though nobody waits for it any more. "
                "It is kept, not posted: `/job status 81fa5ff7`"
            ),
        ),
        (
            a_job(JobState.FAILED),
            (
                "⏹️ **a trap song** did not work out, and nobody waited for it any more. "
                "`/job status 81fa5ff7` says why."
            ),
        ),
    ],
)
def test_line_of_a_stopped_job(job: Job, line: str) -> None:
    assert job.is_stopped
    reply = card.stopped(job)
    assert lines_of(reply) == [line]
    assert reply.buttons == ()
