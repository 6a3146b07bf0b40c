from dataclasses import replace

import pytest

from bot.domain.jobs import JobState, Reason
from bot.replies import failure
from tests.job_shapes import ASKED_AT, CHANNEL_ID, JOB_ID, MIDNIGHT_GRID, NOW, REQUESTER_ID, a_job
from tests.replies.reply_text import lines_of

FAILED = a_job(JobState.FAILED, reason=Reason.GENERATION_FAILED)


def test_failure_post_in_full() -> None:
    reply = failure.post(replace(FAILED, error="Out of *credits*\n@everyone"), now=NOW)
    assert lines_of(reply) == [
        f"<@{REQUESTER_ID}> your song did not work out.",
        "# Whisul could not make this song",
        "Whisul started on the song and reports that it failed.",
        "Whisul says:",
        r"> Out of \*credits\*",
        "> @\u200beveryone",
        "Cost: Whisul may have charged for this try; it does not tell me. It does not count against your limits here.",
        "What now: Try again with `/compose`, perhaps in other words.",
        "Prompt: > a trap song",
        f"Requested by: <@{REQUESTER_ID}>",
        "Job ID: `81fa5ff7`",
        f"~ Job {JOB_ID}",
    ]
    assert reply.mentions == (REQUESTER_ID,)


def test_missing_error_text_of_whisul_is_stated() -> None:
    for error in (None, "", " \u200b"):
        assert failure.describe(replace(FAILED, error=error), now=NOW).what == (
            "Whisul started on the song and reports that it failed.\nIt gave no reason."
        )


def test_in_a_direct_message_it_says_where_it_comes_from() -> None:
    reply = failure.direct(FAILED, now=NOW)
    assert lines_of(reply)[0] == (
        f"Your song did not work out. You asked for it in <#{CHANNEL_ID}>; "
        "this comes here because I could not post it there."
    )
    assert reply.mentions == ()
    assert lines_of(reply)[1:] == lines_of(failure.post(FAILED, now=NOW))[1:]


@pytest.mark.parametrize(
    ("reason", "title", "what", "next_step"),
    [
        (
            Reason.REFUSED,
            "Whisul did not take this prompt",
            "Whisul refused the request before starting on it.\nIt gave no reason.",
            "Change the prompt and try again with `/compose`.",
        ),
        (
            Reason.MISDIRECTED,
            "The music service could not be found",
            "At the address that this bot has for Whisul, nothing takes requests.",
            "The bot's operator has to correct the address. `/compose` works again after that.",
        ),
        (
            Reason.NEVER_SENT,
            "This request was never sent",
            "It waited for 2 min 24 s and could not be sent to Whisul in that time.",
            "Try again with `/compose` in a few minutes.",
        ),
        (
            Reason.NO_ANSWER,
            "No answer from Whisul",
            (
                "The request went out, but no usable answer came back. Whisul may or may not have made the song. "
                "The request is not sent again by itself, so that it is not paid for twice."
            ),
            "Try again with `/compose` whenever you like; that makes a new song.",
        ),
        (
            Reason.NO_AUDIO,
            "The song came without its audio",
            "Whisul reports the song as finished, but gave no address at which it can be heard.",
            "Try again with `/compose`.",
        ),
        (
            Reason.VANISHED,
            "Whisul no longer knows this job",
            "Whisul had taken the request, and now answers that there is no such job.",
            "Try again with `/compose`.",
        ),
        (
            Reason.DEADLINE,
            "This song took too long",
            "Whisul had not reported the song as finished after 2 min 24 s, so I stopped waiting.",
            "`/job status 81fa5ff7` can look again later. `/compose` starts a new song.",
        ),
    ],
)
def test_every_reason_has_its_text(reason: Reason, title: str, what: str, next_step: str) -> None:
    words = failure.describe(replace(FAILED, reason=reason), now=NOW)
    assert (words.title, words.what, words.next_step) == (title, what, next_step)


def test_nothing_spent_is_said_only_where_certain() -> None:
    charged = "Whisul may have charged for this try; it does not tell me. It does not count against your limits here."
    for reason in Reason:
        text = failure.describe(replace(FAILED, reason=reason), now=NOW)
        assert text.cost == ("Nothing was spent." if reason.spent_nothing else charged), reason


def test_without_a_reason_the_state_decides_the_title() -> None:
    titles = {
        JobState.FAILED: "Whisul could not make this song",
        JobState.EXPIRED: "Whisul no longer knows this job",
        JobState.TIMED_OUT: "This song took too long",
        JobState.UNKNOWN: "No answer from Whisul",
        JobState.CANCELLED: "Cancelled",
        JobState.COMPLETED: "No song came of this",
    }
    assert {state: failure.describe(a_job(state), now=NOW).title for state in titles} == titles


def test_cancelled_job_has_spent_nothing() -> None:
    assert failure.describe(a_job(JobState.CANCELLED), now=NOW).cost == "Nothing was spent."


def test_without_an_end_time_the_wait_lasts_until_now() -> None:
    waiting = a_job(JobState.TIMED_OUT, settled_at=None)
    assert "after 1 min," in failure.describe(waiting, now=NOW).what
    assert "after under 1 s," in failure.describe(waiting, now=ASKED_AT.replace(year=2025)).what


def test_song_without_audio_shows_its_other_data() -> None:
    lines = lines_of(failure.post(replace(FAILED, reason=Reason.NO_AUDIO, song=MIDNIGHT_GRID), now=NOW))
    start = lines.index("Title: Midnight Grid")
    assert lines[start + 1 : start + 4] == [
        "BPM: 140",
        "Duration: 2:47",
        "Tags: `trap` `dark` `808s` `synth` `bass`",
    ]
