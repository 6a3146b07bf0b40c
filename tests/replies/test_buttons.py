from dataclasses import replace

import pytest

from bot.discord_io.message import Reply
from bot.domain.jobs import DeliveryRoute, Job, JobState, Lineage, Reason, Song
from bot.domain.jobs import DeliveryState as D
from bot.replies import buttons, card, failure, post, prompt_form, refusals, status
from tests.job_shapes import NOW, a_job, a_song_job
from tests.replies.discord_limits import violations
from tests.replies.reply_text import lines_of

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
            ["Compose again", "Like", "Edit prompt", "Delete post"],
            ["again:12", "like:12", "edit:12", "delete:12"],
        ),
        (
            post.song_direct(a_song_job(), **NO_FILES),
            ["Like", "Delete post"],
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
async def test_every_message_has_its_buttons(reply: Reply, labels: list[str], custom_ids: list[str]) -> None:
    view = reply.view()
    rows = view.to_components() if view else []
    shown = [button for row in rows for button in row["components"]]
    assert [button["label"] for button in shown] == labels
    assert [button["custom_id"] for button in shown if "custom_id" in button] == custom_ids
    assert len(rows) <= 1
    assert violations(reply) == []


def test_like_button_shows_the_count() -> None:
    labels = {0: "Like", 1: "1", 12345: "12,345"}
    assert {count: buttons.like_button(a_song_job(), count).label for count in labels} == labels


async def test_edit_form_contains_the_prompt() -> None:
    modal = (
        prompt_form.edit_form(a_job(prompt="a **trap** song\nwith bells"), max_chars=2000).modal().to_dict()
    )
    assert (modal["custom_id"], modal["title"]) == ("edited:12", "Edit prompt")
    (label,) = modal["components"]
    assert label["component"]["value"] == "a **trap** song\nwith bells"
    assert "description" not in label


async def test_edit_form_says_when_the_prompt_is_cut() -> None:
    (label,) = prompt_form.edit_form(a_job(prompt="x" * 4001), max_chars=5000).modal().to_dict()["components"]
    assert label["component"]["value"] == "x" * 4000
    assert label["description"] == "The prompt is too long for this field, so its end is cut off."


def lineage_lines(lineage: Lineage) -> list[str]:
    lines = lines_of(
        status.job_status(a_song_job(), now=NOW, expectation=None, jump_url=None, lineage=lineage)
    )
    return [line for line in lines if "omposed again" in line]


def job_without_id(key: int) -> Job:
    return a_job(JobState.QUEUED, key=key, job_id=None)


def test_status_shows_parent_and_children() -> None:
    assert lineage_lines(Lineage()) == []
    assert lineage_lines(Lineage(parent=a_job())) == ["Lineage: Composed again from `81fa5ff7`."]
    both = Lineage(parent=a_job(), children=(job_without_id(13), job_without_id(14)))
    assert lineage_lines(both) == [
        "Lineage: Composed again from `81fa5ff7`.",
        "Composed again as `#13`, `#14`.",
    ]
    many = Lineage(children=tuple(map(job_without_id, range(20, 28))))
    assert lineage_lines(many) == ["Lineage: Composed again as `#20`, `#21`, `#22`, `#23`, `#24` and 3 more."]


def test_status_says_that_the_post_was_deleted() -> None:
    deleted = replace(a_song_job(), delivery=D.DELIVERED, route=DeliveryRoute.CHANNEL, post_channel_id=5)
    posted = replace(deleted, post_message_id=6)
    lines = [
        lines_of(status.job_status(job, now=NOW, expectation=None, jump_url=None))
        for job in (posted, deleted)
    ]
    assert "Delivery: Posted in <#5>." in lines[0]
    assert "Delivery: Posted in <#5>. The post was deleted later." in lines[1]


def test_is_stopped_by_state_and_delivery() -> None:
    stopped = {
        (JobState.QUEUED, D.NONE): False,
        (JobState.RUNNING, D.NONE): False,
        (JobState.DETACHED, D.NONE): True,
        (JobState.CANCELLED, D.NONE): True,
        (JobState.COMPLETED, D.NONE): True,
        (JobState.COMPLETED, D.DUE): False,
        (JobState.COMPLETED, D.DELIVERED): False,
        (JobState.FAILED, D.UNDELIVERABLE): False,
    }
    assert {key: a_job(key[0], delivery=key[1], song=Song()).is_stopped for key in stopped} == stopped
