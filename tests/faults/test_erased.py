"""The verdict detects each kind of data that is shown after an erasure."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.discord.world.model import Attachment, Message
from tests.faults.erased import ErasedSong, everything_in, published

PROMPT, TITLE, LINK = "a sonata take 1", "Opus A Sonata", "/audio/81fa5ff7"
MUSIC, DIRECT = 1, 2


def a_song(*, told: bool = False, public: bool = False) -> ErasedSong:
    return ErasedSong(PROMPT, (PROMPT, TITLE, LINK, "opus-a-sonata"), told=told, public=public)


def a_message(number: int = 7, channel_id: int = MUSIC, **parts: Any) -> Message:
    return Message(number, channel_id, 3, datetime.now(UTC), **parts)


def seen(message: Message, song: ErasedSong, *, before: Message | None = None) -> list[str]:
    stood = {before.id: everything_in(before)} if before else {}
    return published([song], [message], before=stood, direct=[DIRECT])


@pytest.mark.parametrize(
    "parts",
    [
        {"content": f"> {PROMPT}"},
        {"embeds": [{"title": TITLE}]},
        {"components": [{"type": 1, "components": [{"type": 2, "url": f"https://whisul.test{LINK}.mp3"}]}]},
        {"files": [Attachment(9, "opus-a-sonata.mp3", b"la", "audio/mpeg", "https://cdn.test/9")]},
    ],
)
def test_prompt_title_link_and_file_in_a_new_message_are_seen(parts: dict[str, Any]) -> None:
    assert len(seen(a_message(**parts), a_song())) == 1
    assert len(seen(a_message(**parts), a_song(told=True, public=True))) == 1


def test_a_post_that_was_told_before_may_stay() -> None:
    post = a_message(content=TITLE)
    assert seen(post, a_song(told=True, public=True), before=post) == []


def test_a_card_that_still_shows_the_prompt_is_seen_and_a_wiped_one_is_not() -> None:
    card = a_message(content=PROMPT)
    assert len(seen(card, a_song(), before=card)) == 1
    assert seen(a_message(content="This request was erased"), a_song(), before=card) == []


def test_a_post_that_was_under_way_and_not_taken_back_is_seen() -> None:
    post = a_message(content=TITLE)
    assert len(seen(post, a_song(told=False), before=post)) == 1


def test_a_share_of_what_was_told_to_one_alone_is_seen() -> None:
    share = a_message(content=TITLE)
    assert len(seen(share, a_song(told=True), before=share)) == 1


@pytest.mark.parametrize("place", [{"channel_id": DIRECT}, {"ephemeral_for": 4}])
def test_what_was_told_to_its_requester_alone_may_stay_with_them(place: dict[str, Any]) -> None:
    answer = a_message(content=TITLE, **place)
    assert seen(answer, a_song(told=True), before=answer) == []
    assert len(seen(answer, a_song(told=True), before=a_message(content="a card", **place))) == 1


def test_another_members_message_is_left_alone() -> None:
    assert seen(a_message(content="Opus A Jig"), a_song()) == []
