"""The verdict detects each kind of fault."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.discord import DiscordStandIn, SeenInteraction
from sandbox.discord.application.interaction import InteractionType
from sandbox.discord.world.bus import EventBus
from sandbox.discord.world.model import Message, MessageFlag
from tests.faults.verdict import Asked, Verdict, judged

MARK = "a trap song take 1"
JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"


def a_row(**changed: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "is_private": False,
        "key": 3,
        "job_id": JOB_ID,
        "state": "completed",
        "delivery": "delivered",
        "rung": "channel",
    }
    return {**row, "delivery_note": None, "post_message_id": 7, **changed}


def a_message(number: int, content: str = "", **more: Any) -> Message:
    return Message(number, 1, 2, datetime.now(UTC), content=content, **more)


@pytest.fixture
def asked() -> SeenInteraction:
    world = DiscordStandIn().world
    user, channel = world.user("ada"), world.channel("music")
    seen = SeenInteraction(5, "token", InteractionType.COMMAND, user, channel, 0.0, "compose", {}, EventBus())
    seen.acknowledged_at = 1.0
    seen.response = a_message(6, "a card")
    return seen


def verdict_of(
    asked: SeenInteraction,
    *messages: Message,
    row: dict[str, Any] | None,
    submitted: tuple[str, ...] = (MARK,),
    looked_up: str | None = None,
) -> Verdict:
    return judged([Asked(MARK, asked, row, looked_up)], messages=messages, submitted=submitted)


def test_one_post_is_good(asked: SeenInteraction) -> None:
    assert verdict_of(asked, a_message(7, JOB_ID), row=a_row()).is_good


def test_a_post_is_known_by_the_number_in_its_footer_alone(asked: SeenInteraction) -> None:
    row = a_row(job_id=None, state="unknown")
    assert verdict_of(asked, a_message(7, embeds=[{"footer": {"text": "Job #3"}}]), row=row).is_good
    verdict = verdict_of(asked, a_message(7, embeds=[{"footer": {"text": "Job #33"}}]), row=row)
    assert (len(verdict.lost), len(verdict.other)) == (1, 1)


def test_two_posts_are_one_too_many(asked: SeenInteraction) -> None:
    verdict = verdict_of(asked, a_message(7, JOB_ID), a_message(8, MARK), row=a_row())
    assert len(verdict.duplicated) == 1


def test_a_post_beside_a_private_answer_is_one_too_many(asked: SeenInteraction) -> None:
    asked.followups.append(a_message(9, "no", ephemeral_for=1))
    assert len(verdict_of(asked, a_message(7, JOB_ID), row=a_row()).duplicated) == 1


def test_what_counts_as_told_without_a_message_is_lost(asked: SeenInteraction) -> None:
    assert len(verdict_of(asked, row=a_row()).lost) == 1


def test_what_is_kept_is_lost_only_when_a_look_up_does_not_show_it(asked: SeenInteraction) -> None:
    kept = a_row(delivery="undeliverable", rung="kept")
    assert len(verdict_of(asked, row=kept).lost) == 1
    assert verdict_of(asked, row=kept, looked_up="It is ready").is_good


def test_what_is_still_due_is_lost(asked: SeenInteraction) -> None:
    assert len(verdict_of(asked, row=a_row(delivery="posting")).lost) == 1


def test_thinking_without_a_row_is_lost_and_words_in_its_place_are_not(asked: SeenInteraction) -> None:
    assert verdict_of(asked, row=None).is_good
    assert asked.response is not None
    asked.response.flags |= MessageFlag.LOADING
    assert len(verdict_of(asked, row=None).lost) == 1


def test_a_prompt_that_arrived_twice_is_a_double_submit(asked: SeenInteraction) -> None:
    verdict = verdict_of(asked, a_message(7, JOB_ID), row=a_row(), submitted=(MARK, MARK))
    assert len(verdict.double_submitted) == 1


def test_a_message_that_belongs_to_no_request_is_a_fault(asked: SeenInteraction) -> None:
    verdict = verdict_of(asked, a_message(7, JOB_ID), a_message(8, "hello"), row=a_row())
    assert len(verdict.other) == 1


def test_a_song_for_a_command_that_failed_before_peoples_eyes_is_a_fault(asked: SeenInteraction) -> None:
    asked.acknowledged_at, asked.failed = None, "The application did not respond"
    assert len(verdict_of(asked, a_message(7, JOB_ID), row=a_row()).other) == 1


@pytest.fixture
def private(asked: SeenInteraction) -> SeenInteraction:
    asked.response = a_message(6, "It is ready. Only you can see it.", ephemeral_for=1)
    asked.followups.append(a_message(9, "your private song is ready", ephemeral_for=1))
    return asked


def test_a_private_song_in_its_place_is_good(private: SeenInteraction) -> None:
    assert verdict_of(private, row=a_row(is_private=True, rung="interaction")).is_good


def test_a_private_song_that_is_not_in_its_place_is_lost(private: SeenInteraction) -> None:
    private.response = a_message(6, "a card", ephemeral_for=1)
    assert len(verdict_of(private, row=a_row(is_private=True, rung="interaction")).lost) == 1


def test_a_second_ready_notice_of_a_private_song_is_a_fault(private: SeenInteraction) -> None:
    private.followups.append(a_message(10, "your private song is ready", ephemeral_for=1))
    assert len(verdict_of(private, row=a_row(is_private=True, rung="interaction")).duplicated) == 1


def test_a_private_song_in_a_post_is_a_fault(private: SeenInteraction) -> None:
    verdict = verdict_of(private, a_message(7, JOB_ID), row=a_row(is_private=True, rung="interaction"))
    assert len(verdict.other) == 1


def test_a_private_song_that_came_too_late_for_its_place_is_told_once_and_directly(
    private: SeenInteraction,
) -> None:
    row = a_row(is_private=True, rung="direct_message")
    assert len(verdict_of(private, a_message(7, JOB_ID), row=row).duplicated) == 1
    private.response = a_message(6, "a card", ephemeral_for=1)
    assert verdict_of(private, a_message(7, JOB_ID), row=row).is_good
    assert len(verdict_of(private, row=row).lost) == 1
    assert len(verdict_of(private, a_message(7, JOB_ID), a_message(8, JOB_ID), row=row).duplicated) == 1
