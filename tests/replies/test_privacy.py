"""Answers of /privacy keep Discord's limits for any stored data."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import Job
from bot.domain.personal_data import DataSummary, Erased, Export
from bot.replies import privacy
from tests.job_shapes import jobs, jump_urls, moments, snowflakes
from tests.replies.discord_limits import violations
from tests.replies.reply_text import lines_of

numbers = st.integers(0, 10**9)


@given(numbers, numbers, numbers, st.none() | moments, st.floats(0, 3650), snowflakes)
def test_any_stored_data_fits_in_a_message(
    made: int, likes: int, searches: int, since: datetime | None, days: float, user_id: int
) -> None:
    held = DataSummary(jobs=made, since=since, likes=likes, searches=searches)
    assert violations(privacy.stored_data(held, erased_after_days=days)) == []
    assert violations(privacy.confirm_erasure(held, user_id=user_id)) == []
    assert violations(privacy.export_file(Export(b"", made, likes))) == []


@given(jobs, numbers, st.lists(jump_urls, max_size=10))
def test_any_erasure_fits_in_a_message(job: Job, made: int, links: list[str]) -> None:
    done = Erased(jobs=made, likes=1, searches=2, under_way=(job,), posted=())
    assert violations(privacy.erased(done, links=links, cards_left=made)) == []
    for by_requester in (True, False):
        assert violations(privacy.erased_card(job, by_requester=by_requester)) == []


def test_erasure_lists_counts_and_remaining_posts() -> None:
    done = Erased(jobs=2, likes=1, searches=0, under_way=(), posted=())
    lines = lines_of(privacy.erased(done, links=["https://discord.com/channels/1/2/3"]))
    assert lines[0] == "**Erased:** 2 requested songs, 1 like, 0 searches."
    assert lines[2] == "- https://discord.com/channels/1/2/3"
    assert not any("still in progress" in line for line in lines)


def test_no_erase_button_when_nothing_is_stored() -> None:
    nothing = DataSummary(jobs=0, since=None, likes=0, searches=0)
    assert privacy.confirm_erasure(nothing, user_id=1).buttons == ()
    empty = Erased(jobs=0, likes=0, searches=0, under_way=(), posted=())
    assert "nothing to erase" in lines_of(privacy.erased(empty, links=[]))[0]
