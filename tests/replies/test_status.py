from datetime import timedelta

import pytest

from bot.domain.jobs import DeliveryRoute, DeliveryState, Job, JobState, Lineage, Reason
from bot.replies import status
from bot.replies.embed import Colour
from tests.job_shapes import (
    ASKED_AT,
    CHANNEL_ID,
    JOB_ID,
    JUMP_URL,
    MIDNIGHT_GRID,
    NOW,
    REQUESTER_ID,
    USUAL,
    a_job,
)
from tests.parameter_ids import short
from tests.replies.reply_text import lines_of

SONG_URL = "https://cdn.whisul.com/audio/81fa5ff7.mp3"


def status_lines(job: Job, jump_url: str | None = None, lineage: Lineage | None = None) -> list[str]:
    return lines_of(status.job_status(job, now=NOW, expectation=USUAL, jump_url=jump_url, lineage=lineage))


def test_status_of_a_delivered_song_in_short_and_in_full() -> None:
    job = a_job(
        JobState.COMPLETED,
        song=MIDNIGHT_GRID,
        submitted_at=ASKED_AT + timedelta(seconds=1),
        accepted_at=ASKED_AT + timedelta(seconds=2),
        started_at=ASKED_AT + timedelta(seconds=4),
        finished_at=ASKED_AT + timedelta(seconds=140),
        delivery=DeliveryState.DELIVERED,
        route=DeliveryRoute.CHANNEL,
        post_message_id=1,
        delivered_at=ASKED_AT + timedelta(seconds=145),
    )
    short = [
        "# Midnight Grid",
        "> a trap song",
        f"🎧 [Listen]({SONG_URL})",
        "BPM: 140",
        "Duration: 2:47",
        "Tags: `trap` `dark` `808s` `synth` `bass`",
        "State: finished",
        "Requested: <t:1771342770:R>",
        "Took: 2 min 24 s",
        f"Delivery: Posted in <#{CHANNEL_ID}>.",
    ]
    last = [f"~ Job {JOB_ID}", f"[Open original] {JUMP_URL}"]
    assert status_lines(job, JUMP_URL) == [*short, *last]
    assert status_lines(job, JUMP_URL, Lineage()) == [
        *short,
        f"Requested by: <@{REQUESTER_ID}>",
        "Times: Requested <t:1771342770:f> (<t:1771342770:R>)",
        "Sent <t:1771342771:f> (<t:1771342771:R>)",
        "Accepted by Whisul <t:1771342772:f> (<t:1771342772:R>)",
        "Started <t:1771342774:f> (<t:1771342774:R>)",
        "Finished <t:1771342910:f> (<t:1771342910:R>)",
        "Result received <t:1771342914:f> (<t:1771342914:R>)",
        "Delivered <t:1771342915:f> (<t:1771342915:R>)",
        *last,
    ]


def test_status_of_a_failed_job_in_full() -> None:
    job = a_job(JobState.FAILED, reason=Reason.REFUSED, error="No.", delivery=DeliveryState.UNDELIVERABLE)
    assert status_lines(job, lineage=Lineage()) == [
        "# Whisul refused this prompt",
        "> a trap song",
        "Whisul turned the request down before starting on it.",
        "Whisul says:",
        "> No.",
        "Nothing was spent. Change the prompt and try again with `/compose`.",
        "Requested: <t:1771342770:R>",
        "Took: 2 min 24 s",
        f"Delivery: I couldn't post it in <#{CHANNEL_ID}> or send you a direct message, so I kept the result here.",
        f"Requested by: <@{REQUESTER_ID}>",
        "Times: Requested <t:1771342770:f> (<t:1771342770:R>)",
        "Result received <t:1771342914:f> (<t:1771342914:R>)",
        f"~ Job {JOB_ID}",
    ]


@pytest.mark.parametrize(
    ("state", "title", "progress"),
    [
        (
            JobState.QUEUED,
            "In the queue",
            "Nothing has been spent yet. Songs usually take 2-3 min once I've sent them.",
        ),
        (JobState.SUBMITTING, "Sending to Whisul", "Songs usually take 2-3 min."),
        (JobState.RUNNING, "Whisul is composing", "Should be ready by <t:1771342950:t>."),
        (
            JobState.DETACHED,
            "Stopped, but Whisul is still composing",
            "Somebody stopped this song, so I won't post it. When Whisul finishes it, you'll find it here.",
        ),
    ],
    ids=short,
)
def test_open_job_shows_its_state_and_estimate(state: JobState, title: str, progress: str) -> None:
    lines = status_lines(a_job(state))
    assert lines[0] == f"# {title}"
    assert lines[2] == progress


def test_a_queued_job_says_how_many_go_before_it() -> None:
    reply = status.job_status(a_job(JobState.QUEUED), now=NOW, expectation=None, jump_url=None, ahead=2)
    assert lines_of(reply)[2].startswith("Nothing has been spent yet. 2 songs are ahead of yours. ")


def test_song_beyond_the_90th_percentile_is_called_slow() -> None:
    late = NOW + timedelta(seconds=200)
    reply = status.job_status(a_job(), now=late, expectation=USUAL, jump_url=None)
    assert lines_of(reply)[2].startswith("This song is taking longer than most, which take 2-3 min")


def test_next_submit_is_shown_while_it_is_in_the_future() -> None:
    for wait_s in (30, -30):
        later = NOW + timedelta(seconds=wait_s)
        lines = status_lines(a_job(JobState.QUEUED, submit_after=later))
        assert (f"I'll try again <t:{later.timestamp():.0f}:R>." in lines[2]) is (wait_s > 0)


@pytest.mark.parametrize(
    ("state", "delivery", "route", "text"),
    [
        (JobState.RUNNING, DeliveryState.NONE, None, f"I'll post it in <#{CHANNEL_ID}>."),
        (JobState.DETACHED, DeliveryState.NONE, None, "I won't post it."),
        (
            JobState.COMPLETED,
            DeliveryState.NONE,
            None,
            "I didn't post it because somebody stopped it.",
        ),
        (JobState.COMPLETED, DeliveryState.DUE, None, f"I'm posting it in <#{CHANNEL_ID}>."),
        (
            JobState.COMPLETED,
            DeliveryState.POSTING,
            DeliveryRoute.CHANNEL,
            f"I'm posting it in <#{CHANNEL_ID}>.",
        ),
        (
            JobState.COMPLETED,
            DeliveryState.DELIVERED,
            DeliveryRoute.DIRECT_MESSAGE,
            f"Requested in <#{CHANNEL_ID}>. I sent it as a direct message because I couldn't post it there.",
        ),
        (
            JobState.FAILED,
            DeliveryState.DELIVERED,
            DeliveryRoute.INTERACTION,
            "I sent it in my private answer to the command.",
        ),
        (JobState.COMPLETED, DeliveryState.DELIVERED, DeliveryRoute.KEPT, "I kept it here."),
        (JobState.COMPLETED, DeliveryState.DELIVERED, None, "I kept it here."),
        (JobState.CANCELLED, DeliveryState.NONE, None, None),
    ],
    ids=short,
)
def test_delivery_field_says_where_the_result_is(
    state: JobState, delivery: DeliveryState, route: DeliveryRoute | None, text: str | None
) -> None:
    job = a_job(state, delivery=delivery, route=route, post_message_id=1)
    found = [line for line in status_lines(job) if line.startswith("Delivery: ")]
    assert found == ([f"Delivery: {text}"] if text else [])


def test_delivery_field_names_the_channel_of_the_post() -> None:
    job = a_job(
        JobState.COMPLETED,
        delivery=DeliveryState.DELIVERED,
        route=DeliveryRoute.CHANNEL,
        post_channel_id=77,
        post_message_id=1,
    )
    assert "Delivery: Posted in <#77>." in status_lines(job)


def test_cancelled_job_has_a_neutral_colour() -> None:
    reply = status.job_status(a_job(JobState.CANCELLED), now=NOW, expectation=None, jump_url=None)
    (embed,) = reply.embeds
    assert embed.colour is not None
    assert embed.colour.value == Colour.NEUTRAL
    assert "Nothing was spent. Request a new song with `/compose`." in lines_of(reply)


def test_song_without_a_title_has_a_default_title() -> None:
    assert status_lines(a_job(JobState.COMPLETED))[0] == "# A finished song"
