from dataclasses import replace

import pytest

from bot.discord_io.message import Reply
from bot.domain.jobs import DeliveryRoute, Job, JobState, Lineage, Reason, Song
from bot.domain.jobs import DeliveryState as D
from bot.replies import buttons, card, failure, post, refusals, status
from tests.job_shapes import NOW, a_job, a_song_job
from tests.replies.discord_limits import violations
from tests.replies.reply_text import spell

FAILED = a_job(JobState.FAILED, reason=Reason.GENERATION_FAILED)
REFUSED = a_job(JobState.FAILED, reason=Reason.REFUSED, job_id=None)
NO_FILES = {"cover_name": None, "audio_name": None, "audio_note": None}


@pytest.mark.parametrize(
    ("reply", "labels", "custom_ids"),
    [
        (card.open_job(a_job(), expectation=None, now=NOW), ["Stop"], ["stop:12"]),
        (card.open_job(a_job(JobState.QUEUED), expectation=None, now=NOW), ["Stop"], ["stop:12"]),
        (card.finished(a_song_job(), jump_url=None), [], []),
        (
            post.song(a_song_job(), **NO_FILES),
            ["Listen", "Compose again", "Edit prompt", "Like", "Delete post"],
            ["again:12", "edit:12", "like:12", "delete:12"],
        ),
        (
            post.song_direct(a_song_job(), **NO_FILES),
            ["Listen", "Like", "Delete post"],
            ["like:12", "delete:12"],
        ),
        (
            failure.post(FAILED, now=NOW),
            ["Try again", "Edit prompt", "Delete post"],
            ["retry:12", "edit:12", "delete:12"],
        ),
        (failure.direct(FAILED, now=NOW), ["Delete post"], ["delete:12"]),
        (failure.post(REFUSED, now=NOW), ["Edit prompt", "Delete post"], ["edit:12", "delete:12"]),
        (refusals.whisul_refused(REFUSED), ["Edit prompt"], ["edit:12"]),
    ],
)
async def test_which_buttons_stand_under_what(reply: Reply, labels: list[str], custom_ids: list[str]) -> None:
    view = reply.view()
    rows = view.to_components() if view else []
    shown = [button for row in rows for button in row["components"]]
    assert [button["label"] for button in shown] == labels
    assert [button["custom_id"] for button in shown if "custom_id" in button] == custom_ids
    assert len(rows) <= 1
    assert violations(reply) == []


@pytest.mark.parametrize(("count", "label"), [(0, "Like"), (1, "1"), (12345, "12,345")])
def test_the_like_button_has_the_count(count: int, label: str) -> None:
    assert buttons.like_button(a_song_job(), count).label == label


async def test_the_form_has_the_prompt_in_it() -> None:
    modal = buttons.edit_form(a_job(prompt="a **trap** song\nwith bells"), most_chars=2000).modal().to_dict()
    assert (modal["custom_id"], modal["title"]) == ("edited:12", "Edit the prompt")
    (label,) = modal["components"]
    assert label["component"]["value"] == "a **trap** song\nwith bells"
    assert "description" not in label


async def test_a_prompt_too_long_for_the_form_says_so() -> None:
    (label,) = buttons.edit_form(a_job(prompt="x" * 4001), most_chars=5000).modal().to_dict()["components"]
    assert label["component"]["value"] == "x" * 4000
    assert label["description"] == "The prompt is longer than this field holds: its end is missing here."


def lineage_of(lineage: Lineage) -> list[str]:
    lines = spell(status.job_status(a_song_job(), now=NOW, expectation=None, jump_url=None, lineage=lineage))
    return [line for line in lines if "omposed again" in line]


def numbered(key: int) -> Job:
    return a_job(JobState.QUEUED, key=key, job_id=None)


def test_a_status_names_what_a_song_comes_from_and_what_came_of_it() -> None:
    assert lineage_of(Lineage()) == []
    assert lineage_of(Lineage(parent=a_job())) == ["Lineage: Composed again from `81fa5ff7`."]
    both = Lineage(parent=a_job(), children=(numbered(13), numbered(14)))
    assert lineage_of(both) == [
        "Lineage: Composed again from `81fa5ff7`.",
        "Composed again as `#13`, `#14`.",
    ]
    many = Lineage(children=tuple(map(numbered, range(20, 28))))
    assert lineage_of(many) == ["Lineage: Composed again as `#20`, `#21`, `#22`, `#23`, `#24` (+3 more)."]


def test_a_post_that_was_deleted_is_not_said_to_stand() -> None:
    told = replace(a_song_job(), delivery=D.DELIVERED, rung=DeliveryRoute.CHANNEL, post_channel_id=5)
    standing = replace(told, post_message_id=6)
    words = [
        spell(status.job_status(job, now=NOW, expectation=None, jump_url=None)) for job in (standing, told)
    ]
    assert "Delivery: Posted in <#5>." in words[0]
    assert "Delivery: Posted in <#5>. The post has been deleted since." in words[1]


@pytest.mark.parametrize(
    ("state", "delivery", "stopped"),
    [
        (JobState.QUEUED, D.NONE, False),
        (JobState.RUNNING, D.NONE, False),
        (JobState.DETACHED, D.NONE, True),
        (JobState.CANCELLED, D.NONE, True),
        (JobState.COMPLETED, D.NONE, True),
        (JobState.COMPLETED, D.DUE, False),
        (JobState.COMPLETED, D.DELIVERED, False),
        (JobState.FAILED, D.UNDELIVERABLE, False),
    ],
)
def test_which_jobs_count_as_stopped(state: JobState, delivery: D, *, stopped: bool) -> None:
    assert a_job(state, delivery=delivery, song=Song()).is_stopped is stopped
