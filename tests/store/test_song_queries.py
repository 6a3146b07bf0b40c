"""Lists of songs: matching, order, pages and the access rule; suggestions and stored searches."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot.domain.jobs import Job, JobState, Song
from bot.domain.search import PAGE_SIZE, Page, Search, SearchScope, SongQuery, Sort, Stage, ViewerScope
from bot.store import Store
from bot.store.tables import likes, searches
from tests.factories import MIDNIGHT_GRID, NOW, OURS, a_request, expected, seconds

JOB_ID = "81fa5ff7-6197-4c24-8062-c0ff8b62d58d"
ME, OTHER, STRANGER = 30, 31, 32
HERE, ELSEWHERE = 10, 11
CHANNELS = {HERE: (20, 21, 22), ELSEWHERE: (25,)}
STAGES = {
    Stage.FINISHED: {JobState.COMPLETED},
    Stage.WORKING: {state for state in JobState if not state.is_final},
    Stage.FAILED: {JobState.FAILED, JobState.EXPIRED, JobState.TIMED_OUT, JobState.UNKNOWN},
    Stage.CANCELLED: {JobState.CANCELLED},
    Stage.ALL: set(JobState),
}
PIECES = [
    "trap",
    "Straße",
    "100%",
    "a_b",
    "back\\slash",
    "quo'te",
    "/",
    "İ",
    "ÉCLAIR",
    "\ud800",
    "\0",
    "🎵",
    "x",
]
on_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


async def put(
    store: Store, *, state: JobState = JobState.COMPLETED, song: Song | None = None, **asked: Any
) -> Job:
    """A job of those facts in that state; each is a second newer than the one before."""
    is_private = asked.pop("is_private", False)
    at = asked.pop("at", NOW)
    job = await store.record(replace(a_request(**asked), is_private=is_private), now=at)
    if state is JobState.CANCELLED:
        return expected(await store.cancel(job.key, now=at))
    if state.is_final:
        job = expected(await store.settle(job.key, state=state, song=song, now=at))
    return job


async def pages(store: Store, query: SongQuery, viewer: ViewerScope) -> list[Page]:
    """Every page of a search."""
    search = await store.songs.save_search(query, viewer, now=NOW)
    first = await store.songs.page(search, viewer, number=1)
    rest = [
        await store.songs.page(search, viewer, number=number) for number in range(2, first.page_count + 1)
    ]
    return [first, *rest]


async def found(store: Store, query: SongQuery, viewer: ViewerScope) -> list[int]:
    """The keys of everything that is found, in order."""
    return keys_on(await pages(store, query, viewer))


def keys_on(shown: list[Page]) -> list[int]:
    return [entry.job.key for page in shown for entry in page.entries]


def matches(job: Job, query: SongQuery, viewer: ViewerScope) -> bool:
    """A naive check of one job against the query and the access rule; every third song is liked by ME."""
    own = job.requester_id == viewer.user_id
    seen = own or (not job.is_private and job.channel_id in viewer.visible_channel_ids)
    here = {
        SearchScope.MINE: own,
        SearchScope.FAVORITES: job.key % 3 == 0
        and viewer.user_id == ME
        and (own or (job.guild_id == viewer.guild_id and seen)),
        SearchScope.SERVER: job.guild_id == viewer.guild_id and seen,
        SearchScope.CHANNEL: job.guild_id == viewer.guild_id and job.channel_id == viewer.channel_id and seen,
    }[query.scope]
    song = job.song or Song()
    words = "\n".join([job.prompt, song.title or "", *song.tags]).casefold()
    typed = query.text.replace("\0", "").replace("\ud800", "\ufffd").casefold().split()
    return (
        here
        and job.state in STAGES[query.stage]
        and all(word in words for word in typed)
        and within(song.bpm, query.bpm_min, query.bpm_max)
        and within(song.duration_s, query.duration_min_s, query.duration_max_s)
    )


def within(figure: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return figure is not None and (least is None or figure >= least) and (most is None or figure <= most)


texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join)
figures = st.none() | st.sampled_from([60.0, 90.0, 140.0])
song_shapes = st.none() | st.builds(
    Song, title=texts, tags=st.lists(texts, max_size=2).map(tuple), bpm=figures, duration_s=figures
)
places = st.sampled_from([(guild, channel) for guild, own in CHANNELS.items() for channel in own])
states = st.sampled_from([JobState.COMPLETED, JobState.FAILED, JobState.QUEUED, JobState.CANCELLED])
job_shapes = st.tuples(places, st.sampled_from([ME, OTHER]), texts, states, song_shapes, st.booleans())
queries = st.builds(
    SongQuery,
    scope=st.sampled_from(SearchScope),
    stage=st.sampled_from(Stage),
    text=st.just("") | st.sampled_from(PIECES) | texts,
    bpm_min=figures,
    duration_max_s=figures,
)
viewers = st.builds(
    ViewerScope,
    user_id=st.sampled_from([ME, OTHER, STRANGER]),
    guild_id=st.sampled_from([HERE, ELSEWHERE]),
    channel_id=st.sampled_from([20, 25]),
    visible_channel_ids=st.frozensets(st.sampled_from([20, 21, 22, 25])),
)


@pytest.fixture
def kept() -> list[Job]:
    """The jobs of all examples, as they stand in their common database."""
    return []


@on_one_database
@given(
    shapes=st.lists(job_shapes, max_size=4),
    asked=st.lists(st.tuples(queries, viewers), min_size=1, max_size=3),
)
async def test_a_list_has_exactly_the_songs_that_a_naive_check_allows(
    store: Store, kept: list[Job], shapes: list[Any], asked: list[tuple[SongQuery, ViewerScope]]
) -> None:
    for number, ((guild_id, channel_id), user_id, prompt, state, song, is_private) in enumerate(shapes):
        job = await put(
            store,
            prompt=prompt,
            guild_id=guild_id,
            channel_id=channel_id,
            requester_id=user_id,
            state=state,
            song=song if state is JobState.COMPLETED else None,
            is_private=is_private,
            at=NOW + seconds(number),
        )
        kept.append(job)
        if job.key % 3 == 0:
            like = insert(likes).values(job_key=job.key, user_id=ME, liked_at=NOW)
            await store._database.execute(like)

    for query, viewer in asked:
        right = [job for job in kept if matches(job, query, viewer)]
        newest = sorted(right, key=lambda job: (job.created_at, job.key), reverse=True)
        shown = await pages(store, query, viewer)
        assert keys_on(shown) == [job.key for job in newest], (query, viewer)
        assert shown[0].total == len(right)
        assert len(shown[0].entries) == min(PAGE_SIZE, len(right))


ALL_MINE = SongQuery(stage=Stage.ALL)
MY_VIEW = ViewerScope(user_id=ME, guild_id=HERE, channel_id=20, visible_channel_ids=frozenset({20}))


async def test_songs_are_found_by_their_rounded_figures(store: Store) -> None:
    song = replace(MIDNIGHT_GRID, bpm=139.96, duration_s=150.4)
    job = await put(store, song=song)

    shown = SongQuery(bpm_min=140, duration_max_s=150)
    assert await found(store, shown, MY_VIEW) == [job.key]
    assert await found(store, SongQuery(bpm_min=140.1), MY_VIEW) == []
    assert await found(store, SongQuery(duration_max_s=149), MY_VIEW) == []


async def test_the_most_liked_come_first_then_the_newest(store: Store) -> None:
    jobs = [await put(store, at=NOW + seconds(number)) for number in range(4)]
    for key, user_id in ((jobs[0].key, 1), (jobs[0].key, 2), (jobs[2].key, 1)):
        await store._database.execute(insert(likes).values(job_key=key, user_id=user_id, liked_at=NOW))

    (page,) = await pages(store, SongQuery(sort=Sort.LIKED), MY_VIEW)

    assert [(entry.job.key, entry.likes) for entry in page.entries] == [
        (jobs[0].key, 2),
        (jobs[2].key, 1),
        (jobs[3].key, 0),
        (jobs[1].key, 0),
    ]
    assert await found(store, SongQuery(), MY_VIEW) == [job.key for job in reversed(jobs)]


async def test_favorites_are_those_liked_last_first(store: Store) -> None:
    jobs = [await put(store, at=NOW + seconds(number), requester_id=OTHER) for number in range(3)]
    for wait_s, job in enumerate((jobs[1], jobs[2], jobs[0])):
        await store.likes.toggle(job.key, user_id=ME, now=NOW + seconds(wait_s))
    await store.likes.toggle(jobs[1].key, user_id=OTHER, now=NOW)
    favorites = SongQuery(scope=SearchScope.FAVORITES)

    assert await found(store, favorites, MY_VIEW) == [jobs[0].key, jobs[2].key, jobs[1].key]
    assert await found(store, favorites, replace(MY_VIEW, user_id=OTHER)) == [jobs[1].key]
    assert await found(store, favorites, replace(MY_VIEW, guild_id=ELSEWHERE)) == []
    assert await store.likes.remove(jobs[2].key, user_id=ME)
    assert not await store.likes.remove(jobs[2].key, user_id=ME)
    assert await found(store, favorites, MY_VIEW) == [jobs[0].key, jobs[1].key]


async def test_a_chart_counts_the_likes_of_its_time_for_songs_in_sight(store: Store) -> None:
    old, new, unseen, elsewhere = [
        await put(store, requester_id=OTHER, guild_id=guild_id, channel_id=channel_id)
        for guild_id, channel_id in ((HERE, 20), (HERE, 20), (HERE, 21), (ELSEWHERE, 25))
    ]
    erased = await put(store, requester_id=STRANGER)
    mine = await put(store, channel_id=21)
    private = await put(store, is_private=True)
    liked = {old: (1, 2, 3), new: (1, 2), unseen: (1, 2), elsewhere: (1,), erased: (1, 2), mine: (1,)}
    for job, users in liked.items():
        for user_id in users:
            at = NOW - timedelta(days=8) if job is old and user_id > 1 else NOW
            await store.likes.toggle(job.key, user_id=user_id, now=at)
    await store._database.execute(insert(likes).values(job_key=private.key, user_id=1, liked_at=NOW))
    await store.erasure.erase_user(STRANGER, now=NOW)

    async def chart(since: datetime | None, limit: int = 9) -> list[tuple[int, int]]:
        entries = await store.songs.chart(MY_VIEW, since=since, limit=limit)
        return [(entry.job.key, entry.likes) for entry in entries]

    assert await chart(NOW - timedelta(days=7)) == [(new.key, 2), (mine.key, 1), (old.key, 1)]
    assert await chart(None) == [(old.key, 3), (new.key, 2), (mine.key, 1)]
    assert await chart(None, limit=1) == [(old.key, 3)]
    before = await store.songs.chart(MY_VIEW, since=None, until=NOW, limit=9)
    assert [(entry.job.key, entry.likes) for entry in before] == [(old.key, 2)]
    created = max(job.created_at for job in liked)
    day = timedelta(days=1)
    assert await store.songs.count_public(MY_VIEW, since=created - day, until=created + day) == 3
    assert await store.songs.count_public(MY_VIEW, since=created + day, until=created + 2 * day) == 0


async def test_the_pages_together_have_every_song_once_newest_first(store: Store) -> None:
    jobs = [await put(store, at=NOW + seconds(number)) for number in range(2 * PAGE_SIZE + 1)]
    assert await found(store, ALL_MINE, MY_VIEW) == [job.key for job in reversed(jobs)]


async def test_private_songs_of_others_are_in_no_list(store: Store) -> None:
    mine = await put(store, is_private=True)
    await put(store, requester_id=OTHER, is_private=True)
    public = await put(store, requester_id=OTHER)
    for scope in (SearchScope.CHANNEL, SearchScope.SERVER):
        query = replace(ALL_MINE, scope=scope)
        assert sorted(await found(store, query, MY_VIEW)) == [mine.key, public.key]


async def test_a_song_is_found_by_its_prompt_its_title_and_its_tags_together(store: Store) -> None:
    job = await put(store, prompt="for Grandma", song=MIDNIGHT_GRID)
    for words in ("grandma", "midnight grid", "synth", "GRANDMA dark grid"):
        assert await found(store, SongQuery(text=words), MY_VIEW) == [job.key]
    assert await found(store, SongQuery(text="grandma polka"), MY_VIEW) == []


async def test_suggestions_are_the_users_own_newest_songs_by_words_or_id(store: Store) -> None:
    trap, jazz = (
        await put(store, prompt="dark trap"),
        await put(store, prompt="Slow Jazz", at=NOW + seconds(1)),
    )
    numbered = await put(store, prompt="a house song", state=JobState.QUEUED, at=NOW + seconds(1))
    await store.begin_submit(numbered.key, owner=OURS, now=NOW)
    accepted = expected(await store.accept(numbered.key, job_id=JOB_ID, now=NOW))
    await put(store, prompt="dark trap", requester_id=OTHER)

    async def suggested(typed: str) -> list[int]:
        return [job.key for job in await store.songs.suggestions(typed, user_id=ME)]

    assert await suggested(" ") == [accepted.key, jazz.key, trap.key]
    assert await suggested(" TRAP dark ") == [trap.key]
    assert await suggested("slow trap") == []
    assert await suggested(JOB_ID[:5].upper()) == await suggested(JOB_ID) == [accepted.key]
    assert await suggested(f"#{jazz.key}") == [jazz.key]
    assert await suggested("%") == []


async def test_a_list_shows_songs_of_others_only_from_visible_channels(store: Store) -> None:
    here, beside, unseen, _ = [
        (await put(store, guild_id=guild_id, channel_id=channel_id, requester_id=OTHER)).key
        for guild_id, channel_id in ((HERE, 20), (HERE, 21), (HERE, 22), (ELSEWHERE, 25))
    ]
    mine = (await put(store, channel_id=22)).key
    await put(store, requester_id=STRANGER)
    await store.erasure.erase_user(STRANGER, now=NOW)
    viewer = replace(MY_VIEW, visible_channel_ids=frozenset({20, 21, 25}))

    server, channel = SongQuery(scope=SearchScope.SERVER), SongQuery(scope=SearchScope.CHANNEL)
    assert sorted(await found(store, server, viewer)) == [here, beside, mine]
    assert await found(store, channel, viewer) == [here]
    assert await found(store, channel, replace(viewer, channel_id=22)) == [mine]
    everything = frozenset({20, 21, 22, 25})
    assert sorted(await found(store, server, replace(viewer, visible_channel_ids=everything))) == [
        here,
        beside,
        unseen,
        mine,
    ]


async def test_outside_servers_only_own_songs_are_found(store: Store) -> None:
    mine = await put(store)
    await put(store, requester_id=OTHER)
    viewer = ViewerScope(user_id=ME, visible_channel_ids=frozenset({20}))

    assert await found(store, ALL_MINE, viewer) == [mine.key]
    for scope in (SearchScope.CHANNEL, SearchScope.SERVER):
        assert await found(store, replace(ALL_MINE, scope=scope), viewer) == []


async def test_a_search_is_kept_for_thirty_days_and_dropped_by_the_next(store: Store) -> None:
    query = SongQuery(scope=SearchScope.SERVER, text="100% \ud800\0", bpm_min=1.5, sort=Sort.LIKED)
    search = await store.songs.save_search(query, MY_VIEW, now=NOW)
    kept = replace(query, text="100% \ufffd")

    assert search == Search(key=1, user_id=ME, guild_id=HERE, channel_id=20, query=kept)
    assert await store.songs.get_search(1, now=NOW + timedelta(days=30)) == search
    late = NOW + timedelta(days=30, seconds=1)
    assert await store.songs.get_search(1, now=late) is None
    await store.songs.save_search(query, MY_VIEW, now=late)
    assert await store._database.rows(select(searches.c.key)) == [(2,)]


async def test_a_search_stored_by_an_earlier_version_is_read(store: Store) -> None:
    query = SongQuery(bpm_min=90, duration_min_s=60, duration_max_s=150.5)
    search = await store.songs.save_search(query, MY_VIEW, now=NOW)
    stored = await store._database.scalar(select(searches.c.query))
    earlier = {name.replace("duration_", "length_"): value for name, value in stored.items()}
    await store._database.execute(update(searches).values(query=earlier))
    assert "length_min_s" in earlier

    assert await store.songs.get_search(search.key, now=NOW) == search
    (record,) = await store.erasure.searches_of(ME, limit=1)
    assert record.query == stored


async def test_every_number_leads_to_a_page(store: Store) -> None:
    search = await store.songs.save_search(ALL_MINE, MY_VIEW, now=NOW)
    songs = 0
    for total, number, shown in ((0, 1, 1), (0, None, 1), (5, 2, 1), (6, 2, 2), (11, None, 3), (11, 0, 1)):
        for _ in range(total - songs):
            await put(store)
        songs = total

        page = await store.songs.page(search, MY_VIEW, number=number)

        assert (page.number, page.total) == (shown, total), (total, number)
        assert bool(page.entries) == bool(total)
