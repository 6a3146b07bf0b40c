"""Lists of songs and suggestions. The access rule is part of each query, so that counts reveal nothing hidden."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
)

from bot.domain.jobs import NOBODY, Job, JobState
from bot.domain.search import (
    MAX_TEXT_CHARS,
    PAGE_SIZE,
    SEARCH_LIFETIME,
    Page,
    Search,
    SearchScope,
    SongListEntry,
    SongQuery,
    Sort,
    Stage,
    ViewerScope,
    page_count,
)
from bot.store.column_types import sanitize_text
from bot.store.database import Database
from bot.store.job_references import normalize_job_id, parse_key
from bot.store.rows import job_from_row
from bot.store.tables import OPEN, in_literals, jobs, likes, playlist_songs, searches

MAX_SUGGESTIONS = 25
BPM_SLACK = 0.05
DURATION_SLACK_S = 0.5
"""Tempo and duration are shown rounded: a search for the shown figure must find the song."""

_STATES = {
    Stage.FINISHED: (JobState.COMPLETED,),
    Stage.WORKING: OPEN,
    Stage.FAILED: (JobState.FAILED, JobState.EXPIRED, JobState.TIMED_OUT, JobState.UNKNOWN),
    Stage.CANCELLED: (JobState.CANCELLED,),
}


class SongQueries:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_search(self, query: SongQuery, viewer: ViewerScope, *, now: datetime) -> Search:
        """Store a search, and delete those that are older than `SEARCH_LIFETIME`."""
        new = insert(searches).values(
            user_id=viewer.user_id,
            guild_id=viewer.guild_id,
            channel_id=viewer.channel_id,
            query=asdict(query)
            | {"text": sanitize_text(query.text), "playlist_name": sanitize_text(query.playlist_name)},
            made_at=now,
        )

        def work(connection: Connection) -> Search:
            # With each new search, so that no task is needed that deletes the old ones.
            connection.execute(delete(searches).where(searches.c.made_at < now - SEARCH_LIFETIME))
            return _search_from_row(connection.execute(new.returning(searches)).mappings().one())

        return await self._database.write(work)

    async def get_search(self, key: int, *, now: datetime) -> Search | None:
        """A stored search, None when it is older than `SEARCH_LIFETIME`."""
        kept = select(searches).where(searches.c.key == key, searches.c.made_at >= now - SEARCH_LIFETIME)
        found = await self._database.fetch(kept, _search_from_row)
        return found[0] if found else None

    async def page(self, search: Search, viewer: ViewerScope, *, number: int | None) -> Page:
        """A page of the songs that match now; the last page for None and for numbers beyond it."""
        count = select(func.count()).select_from(jobs).where(*_matching(search.query, viewer))

        def work(connection: Connection) -> Page:
            # In one transaction with the page: both show the same state.
            total = connection.scalar(count) or 0
            last = page_count(total)
            shown = last if number is None else max(1, min(number, last))
            page = _newest_or_most_liked(search.query, viewer).offset((shown - 1) * PAGE_SIZE)
            rows = connection.execute(page.limit(PAGE_SIZE))
            entries = tuple(SongListEntry(job_from_row(row), row["liked"]) for row in rows.mappings())
            return Page(search=search, number=shown, total=total, entries=entries)

        return await self._database.read(work)

    async def chart(
        self, viewer: ViewerScope, *, since: datetime | None, until: datetime | None = None, limit: int
    ) -> list[SongListEntry]:
        """The most liked songs of the viewer's server with their likes in that time (None: no bound), without private ones."""
        counted = select(likes.c.job_key, func.count().label("liked")).group_by(likes.c.job_key)
        if since is not None:
            counted = counted.where(likes.c.liked_at >= since)
        if until is not None:
            counted = counted.where(likes.c.liked_at < until)
        votes = counted.subquery()
        songs = (
            select(jobs, votes.c.liked)
            .join(votes, votes.c.job_key == jobs.c.key)
            .where(*_public(viewer))
            .order_by(votes.c.liked.desc(), jobs.c.created_at.desc(), jobs.c.key.desc())
        )
        return await self._database.fetch(
            songs.limit(limit), lambda row: SongListEntry(job_from_row(row), row["liked"])
        )

    async def count_public(self, viewer: ViewerScope, *, since: datetime, until: datetime) -> int:
        """How many songs of the viewer's server, without private ones, were requested in that time."""
        requested = (jobs.c.created_at >= since, jobs.c.created_at < until)
        return await self._database.scalar(select(func.count()).where(*_public(viewer), *requested)) or 0

    async def suggestions(self, typed: str, *, user_id: int) -> list[Job]:
        """The user's own newest jobs that match the typed words or the beginning of an ID, at most 25, newest first."""
        # Erased jobs have the requester NOBODY, whom no query may find.
        own = select(jobs).where(jobs.c.requester_id == user_id, jobs.c.requester_id != NOBODY)
        typed = typed.strip()[:MAX_TEXT_CHARS]
        if words := typed.split():
            own = own.where(or_(_has_words(words), _has_id(typed)))
        newest = own.order_by(jobs.c.created_at.desc(), jobs.c.key.desc()).limit(MAX_SUGGESTIONS)
        return await self._database.fetch(newest, job_from_row)


def current_names(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored query with today's field names: earlier versions wrote `length` for `duration`."""
    return {name.replace("length_", "duration_"): value for name, value in stored.items()}


def _search_from_row(row: RowMapping) -> Search:
    """A search from a whole row of `searches`."""
    query = current_names(row["query"])
    query |= {
        "scope": SearchScope(query["scope"]),
        "stage": Stage(query["stage"]),
        "sort": Sort(query["sort"]),
    }
    return Search(
        key=row["key"],
        user_id=row["user_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        query=SongQuery(**query),
    )


def _newest_or_most_liked(query: SongQuery, viewer: ViewerScope) -> Select[Any]:
    """The matching songs in the query's order, each with its number of likes as `liked`."""
    of_this_song = select(func.count()).select_from(likes).where(likes.c.job_key == jobs.c.key)
    liked = of_this_song.scalar_subquery().label("liked")
    # By key too: of requests at the same moment, the order is the same on each page.
    newest = (jobs.c.created_at.desc(), jobs.c.key.desc())
    order: tuple[ColumnElement[Any], ...] = newest
    if query.sort is Sort.LIKED:
        order = (liked.desc(), *newest)
    elif query.playlist_key is not None:
        added_at = select(playlist_songs.c.added_at).where(*_in_playlist(query.playlist_key))
        order = (added_at.scalar_subquery(), jobs.c.key)
    elif query.scope is SearchScope.FAVORITES:
        order = (select(likes.c.liked_at).where(*_own_like(viewer)).scalar_subquery().desc(), *newest)
    return select(jobs, liked).where(*_matching(query, viewer)).order_by(*order)


def _in_playlist(key: int) -> tuple[ColumnElement[bool], ...]:
    return playlist_songs.c.job_key == jobs.c.key, playlist_songs.c.playlist_key == key


def _own_like(viewer: ViewerScope) -> tuple[ColumnElement[bool], ...]:
    return likes.c.job_key == jobs.c.key, likes.c.user_id == viewer.user_id


def _has_id(typed: str) -> ColumnElement[bool]:
    if (key := parse_key(typed)) is not None:
        return jobs.c.key == key
    ref = normalize_job_id(typed)
    return jobs.c.job_ref.contains(ref, autoescape=True) if ref else false()


def _matching(query: SongQuery, viewer: ViewerScope) -> list[ColumnElement[bool]]:
    conditions = [_is_visible(query.scope, viewer), jobs.c.requester_id != NOBODY]
    if query.stage is not Stage.ALL:
        conditions.append(in_literals(jobs.c.state, _STATES[query.stage]))
    if query.playlist_key is not None:
        conditions.append(exists().where(*_in_playlist(query.playlist_key)))
    if words := query.text[:MAX_TEXT_CHARS].split():
        conditions.append(_has_words(words))
    conditions += _between(jobs.c.bpm, query.bpm_min, query.bpm_max, BPM_SLACK)
    conditions += _between(jobs.c.duration_s, query.duration_min_s, query.duration_max_s, DURATION_SLACK_S)
    return conditions


def _public(viewer: ViewerScope) -> list[ColumnElement[bool]]:
    """Finished songs of the viewer's server that they may see, and that are not private."""
    return [*_matching(SongQuery(scope=SearchScope.SERVER), viewer), jobs.c.is_private.is_(false())]


def _is_visible(scope: SearchScope, viewer: ViewerScope) -> ColumnElement[bool]:
    """The viewer's own songs, and those of others in this server that are public and in channels that the viewer sees."""
    own = jobs.c.requester_id == viewer.user_id
    if scope is SearchScope.MINE:
        return own
    others_visible = jobs.c.is_private.is_(false()) & jobs.c.channel_id.in_(
        sorted(viewer.visible_channel_ids)
    )
    # In direct messages there are no others.
    in_server = false() if viewer.guild_id is None else jobs.c.guild_id == viewer.guild_id
    if scope is SearchScope.FAVORITES:
        return exists().where(*_own_like(viewer)) & or_(own, in_server & others_visible)
    here = (jobs.c.channel_id == viewer.channel_id) if scope is SearchScope.CHANNEL else true()
    return here & in_server & or_(own, others_visible)


def _has_words(words: list[str]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    for word in words:
        # Casefolded, as the column is; in any order.
        condition &= jobs.c.search_text.contains(word.casefold(), autoescape=True)
    return condition


def _between(
    column: ColumnElement[float], least: float | None, most: float | None, slack: float
) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if least is not None:
        bounds.append(column >= least - slack)
    if most is not None:
        bounds.append(column <= most + slack)
    return bounds
