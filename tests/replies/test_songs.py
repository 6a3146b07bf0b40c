"""Pages of /songs keep Discord's limits and have no foreign active markup for any jobs."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import Week
from bot.domain.jobs import Job, JobState
from bot.domain.search import (
    CHART_SIZE,
    ChartPeriod,
    Page,
    Search,
    SearchScope,
    SongListEntry,
    SongQuery,
    Sort,
    Stage,
)
from bot.replies import chart, digest, songs
from tests.job_shapes import ASKED_AT, JUMP_URL, MIDNIGHT_GRID, a_job, jobs, jump_urls, moments, texts
from tests.replies.discord_limits import utf16_units
from tests.replies.reply_text import lines_of
from tests.replies.test_every_shape import assert_valid

WEEK = Week(
    start=datetime(2026, 2, 9, tzinfo=UTC),
    end=datetime(2026, 2, 16, tzinfo=UTC),
    due_at=datetime(2026, 2, 16, 9, tzinfo=UTC),
)
MAX_DESCRIPTION_CHARS = 1024
"""Discord's limit for the description of a file."""


def a_page(query: SongQuery, *entries: SongListEntry, total: int = 0, number: int = 1) -> Page:
    search = Search(key=17, user_id=1, guild_id=None, channel_id=None, query=query)
    return Page(search=search, number=number, total=total or len(entries), entries=entries)


@given(
    st.lists(
        st.builds(SongListEntry, jobs, st.integers(0, 10**6)),
        max_size=2,
        unique_by=lambda entry: entry.job.key,
    ),
    texts,
    moments,
    st.none() | jump_urls,
)
def test_any_page_is_valid(entries: list[SongListEntry], text: str, now: datetime, link: str | None) -> None:
    page = a_page(SongQuery(text=text, bpm_min=1, duration_max_s=1), *entries, total=len(entries) and 34)
    reply = songs.page(page, link_of=lambda _: link, now=now)
    assert_valid(reply, users=tuple(entry.job.requester_id for entry in entries))
    assert reply.mentions == ()
    shown = [embed.url for embed in reply.embeds if embed.url]
    assert len(shown) == len(set(shown))


@given(
    st.lists(st.builds(SongListEntry, jobs, st.integers(1, 10**6)), min_size=1, max_size=CHART_SIZE),
    moments,
    st.none() | jump_urls,
)
def test_any_chart_is_valid(entries: list[SongListEntry], now: datetime, link: str | None) -> None:
    several = [replace(entry, job=replace(entry.job, key=key)) for key, entry in enumerate(entries, 1)]
    reply = chart.chart(several, ChartPeriod.WEEK, link_of=lambda _: link, now=now, has_picture=True)
    assert_valid(reply, users=tuple(entry.job.requester_id for entry in entries))
    assert reply.mentions == ()
    assert (reply.embeds[0].description or "").count("♥") == len(entries)
    picture = chart.picture(several)
    assert (picture is None) is (not entries)
    assert picture is None or len(picture.description) <= MAX_DESCRIPTION_CHARS
    weekly = digest.message(WEEK, 7, several, has_picture=True)
    assert_valid(weekly, users=tuple(entry.job.requester_id for entry in entries))
    assert weekly.mentions == ()


def test_chart_in_full() -> None:
    entry = SongListEntry(a_job(JobState.COMPLETED, song=MIDNIGHT_GRID), 3)
    reply = chart.chart(
        [entry], ChartPeriod.ALL_TIME, link_of=lambda _: JUMP_URL, now=ASKED_AT, has_picture=True
    )
    assert lines_of(reply)[:3] == [
        "# Most liked of all time",
        "1\\. **Midnight Grid**",
        f"♥ 3 · <@100000000000000001> · 🎧 [Listen]({MIDNIGHT_GRID.song_url}) · [Open original]({JUMP_URL})",
    ]
    assert [(button.custom_id, button.label) for button in reply.buttons] == [
        ("chart:week", "Show the last 7 days")
    ]


def test_empty_favorites_and_an_empty_chart_say_how_to_like_a_song() -> None:
    for reply in (
        songs.page(a_page(SongQuery(scope=SearchScope.FAVORITES)), link_of=lambda _: None, now=ASKED_AT),
        chart.chart([], ChartPeriod.WEEK, link_of=lambda _: None, now=ASKED_AT, has_picture=False),
    ):
        assert "press ❤️ under it" in "\n".join(lines_of(reply))
        assert reply.selects == ()


@given(jobs)
def test_any_suggestion_fits_in_a_choice(job: Job) -> None:
    line = songs.suggestion(job, now=ASKED_AT)
    assert 0 < utf16_units(line) <= 100
    assert "\n" not in line
    assert len(job.reference) <= 100


def test_page_in_full() -> None:
    entry = SongListEntry(a_job(JobState.COMPLETED, song=MIDNIGHT_GRID), 3)
    page = a_page(
        SongQuery(scope=SearchScope.SERVER, sort=Sort.LIKED, text="trap"), entry, total=34, number=2
    )
    assert lines_of(songs.page(page, link_of=lambda _: JUMP_URL, now=ASKED_AT))[:5] == [
        "**Songs on this server** · page 2 of 7, 34 songs",
        "state: finished · most liked first · text: `trap`",
        "# Midnight Grid",
        "140 BPM · 2:47 · ♥ 3 · `81fa5ff7`",
        "<@100000000000000001> · <t:1771342770:R>",
    ]


def test_empty_unfiltered_list_suggests_compose() -> None:
    page = a_page(SongQuery(scope=SearchScope.SERVER, stage=Stage.ALL))
    assert "Request the first one with `/compose`." in lines_of(
        songs.page(page, link_of=lambda _: None, now=ASKED_AT)
    )
