from dataclasses import replace

import pytest

from bot.domain.jobs import JobState, Reason
from bot.replies import failure
from tests.job_shapes import ASKED_AT, CHANNEL_ID, JOB_ID, MIDNIGHT_GRID, NOW, REQUESTER_ID, a_job
from tests.parameter_ids import short
from tests.replies.reply_text import lines_of

FAILED = a_job(JobState.FAILED, reason=Reason.GENERATION_FAILED)


def test_failure_post_in_full() -> None:
    reply = failure.post(replace(FAILED, error="Out of *credits*\n@everyone"), now=NOW)
    assert lines_of(reply) == [
        f"<@{REQUESTER_ID}>, your song couldn't be made.",
        "# Whisul couldn't make this song",
        "Whisul started on the song, but it failed.",
        "Whisul says:",
        r"> Out of \*credits\*",
        "> @\u200beveryone",
        "Cost: Whisul may have charged for this attempt; it doesn't tell me. It doesn't count toward your limits here.",
        "What to do: Try again with `/compose`. Different wording may help.",
        "Prompt: > a trap song",
        f"~ Job {JOB_ID}",
    ]
    assert reply.mentions == (REQUESTER_ID,)


def test_missing_error_text_of_whisul_is_stated() -> None:
    for error in (None, "", " \u200b"):
        assert failure.describe(replace(FAILED, error=error), now=NOW).what == (
            "Whisul started on the song, but it failed.\nIt didn't give a reason."
        )


def test_in_a_direct_message_it_says_where_it_comes_from() -> None:
    reply = failure.direct(FAILED, now=NOW)
    assert lines_of(reply)[0] == (
        f"Your song couldn't be made. You requested it in <#{CHANNEL_ID}>. "
        "I'm sending it here because I couldn't post it there."
    )
    assert reply.mentions == ()
    assert lines_of(reply)[1:] == lines_of(failure.post(FAILED, now=NOW))[1:]


@pytest.mark.parametrize(
    ("reason", "title", "what", "next_step"),
    [
        (
            Reason.REFUSED,
            "Whisul refused this prompt",
            "Whisul turned the request down before starting on it.\nIt didn't give a reason.",
            "Change the prompt and try again with `/compose`.",
        ),
        (
            Reason.MISDIRECTED,
            "I couldn't find Whisul",
            "Nothing accepts requests at the address I have for Whisul.",
            "The operator has to correct the address. After that, `/compose` works again.",
        ),
        (
            Reason.NEVER_SENT,
            "I never sent this request",
            "I couldn't send it to Whisul within 2 min 24 s.",
            "Try again with `/compose` in a few minutes.",
        ),
        (
            Reason.NO_ANSWER,
            "No answer from Whisul",
            (
                "I sent the request but got no usable answer, so I don't know whether Whisul made the song. "
                "I won't send it again on my own, so nobody pays for it twice."
            ),
            "To request a new song, use `/compose` at any time.",
        ),
        (
            Reason.NO_AUDIO,
            "This song has no audio",
            "Whisul finished the song but gave me no link to its audio.",
            "Try again with `/compose`.",
        ),
        (
            Reason.VANISHED,
            "Whisul lost this song",
            "Whisul accepted the request but no longer knows it.",
            "Try again with `/compose`.",
        ),
        (
            Reason.DEADLINE,
            "This song took too long",
            "Whisul hadn't finished the song after 2 min 24 s, so I stopped waiting.",
            "Check again later with `/job status 81fa5ff7`, or request a new song with `/compose`.",
        ),
    ],
    ids=short,
)
def test_every_reason_has_its_text(reason: Reason, title: str, what: str, next_step: str) -> None:
    words = failure.describe(replace(FAILED, reason=reason), now=NOW)
    assert (words.title, words.what, words.next_step) == (title, what, next_step)


def test_nothing_spent_is_said_only_where_certain() -> None:
    charged = "Whisul may have charged for this attempt; it doesn't tell me. It doesn't count toward your limits here."
    for reason in Reason:
        text = failure.describe(replace(FAILED, reason=reason), now=NOW)
        assert text.cost == ("Nothing was spent." if reason.spent_nothing else charged), reason


def test_without_a_reason_the_state_decides_the_title() -> None:
    titles = {
        JobState.FAILED: "Whisul couldn't make this song",
        JobState.EXPIRED: "Whisul lost this song",
        JobState.TIMED_OUT: "This song took too long",
        JobState.UNKNOWN: "No answer from Whisul",
        JobState.CANCELLED: "Canceled",
        JobState.COMPLETED: "This song couldn't be made",
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
