"""Lists of songs and suggestions: the statements behind them. The access rule stands in the query itself."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, Insert, Select, delete, false, func, insert, or_, select, true

from bot.domain.jobs import NOBODY, JobState
from bot.domain.search import (
    MAX_TEXT_CHARS,
    PAGE_SIZE,
    Search,
    SearchScope,
    SongQuery,
    Sort,
    Stage,
    ViewerScope,
)
from bot.store.column_types import sanitize_text
from bot.store.job_references import key_of, ref_of
from bot.store.tables import OPEN, in_literals, jobs, likes, searches

SUGGESTED_AT_MOST = 25
BPM_SLACK = 0.05
DURATION_SLACK_S = 0.5
"""Figures are shown rounded: who asks for what they read finds it."""

_STATES = {
    Stage.FINISHED: (JobState.COMPLETED,),
    Stage.WORKING: OPEN,
    Stage.FAILED: (JobState.FAILED, JobState.EXPIRED, JobState.TIMED_OUT, JobState.UNKNOWN),
    Stage.CANCELLED: (JobState.CANCELLED,),
}


def count(query: SongQuery, sight: ViewerScope) -> Select[Any]:
    """How many songs match and may be seen."""
    return select(func.count()).select_from(jobs).where(*_matching(query, sight))


def page(query: SongQuery, sight: ViewerScope, *, number: int) -> Select[Any]:
    """The songs of a page, each with its likes."""
    liked = (
        select(func.count())
        .select_from(likes)
        .where(likes.c.job_key == jobs.c.key)
        .scalar_subquery()
        .label("liked")
    )
    newest = (jobs.c.created_at.desc(), jobs.c.key.desc())
    order = (liked.desc(), *newest) if query.sort is Sort.LIKED else newest
    found = select(jobs, liked).where(*_matching(query, sight)).order_by(*order)
    return found.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)


def suggestions(typed: str, *, user_id: int) -> Select[Any]:
    """One's own newest jobs that what is typed may mean."""
    found = select(jobs).where(jobs.c.requester_id == user_id, jobs.c.requester_id != NOBODY)
    typed = typed.strip()[:MAX_TEXT_CHARS]
    if words := typed.split():
        found = found.where(or_(_has_words(words), _has_id(typed)))
    return found.order_by(jobs.c.created_at.desc(), jobs.c.key.desc()).limit(SUGGESTED_AT_MOST)


def _has_id(typed: str) -> ColumnElement[bool]:
    if (key := key_of(typed)) is not None:
        return jobs.c.key == key
    ref = ref_of(typed)
    return jobs.c.job_ref.contains(ref, autoescape=True) if ref else false()


def _matching(query: SongQuery, sight: ViewerScope) -> list[ColumnElement[bool]]:
    conditions = [_seen(query.scope, sight), jobs.c.requester_id != NOBODY]
    if query.stage is not Stage.ALL:
        conditions.append(in_literals(jobs.c.state, _STATES[query.stage]))
    if words := query.text[:MAX_TEXT_CHARS].split():
        conditions.append(_has_words(words))
    conditions += _between(jobs.c.bpm, query.bpm_min, query.bpm_max, BPM_SLACK)
    conditions += _between(jobs.c.duration_s, query.duration_min_s, query.duration_max_s, DURATION_SLACK_S)
    return conditions


def _seen(scope: SearchScope, sight: ViewerScope) -> ColumnElement[bool]:
    """One's own songs; those of others in this server, where one sees the channel and they are not private."""
    own = jobs.c.requester_id == sight.user_id
    if scope is SearchScope.MINE:
        return own
    if sight.guild_id is None:
        return false()
    in_sight = jobs.c.is_private.is_(false()) & jobs.c.channel_id.in_(sorted(sight.visible_channel_ids))
    here = (jobs.c.channel_id == sight.channel_id) if scope is SearchScope.CHANNEL else true()
    return here & (jobs.c.guild_id == sight.guild_id) & or_(own, in_sight)


def _has_words(words: list[str]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    for word in words:
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


# --- searches -------------------------------------------------------------------------------------------------------


def keep_search(query: SongQuery, sight: ViewerScope, *, now: datetime) -> Insert:
    """Write a search down."""
    return insert(searches).values(
        user_id=sight.user_id,
        guild_id=sight.guild_id,
        channel_id=sight.channel_id,
        query=asdict(query) | {"text": sanitize_text(query.text)},
        made_at=now,
    )


def drop_searches(*, made_before: datetime) -> Delete:
    """Forget old searches."""
    return delete(searches).where(searches.c.made_at < made_before)


def search(key: int, *, made_after: datetime) -> Select[Any]:
    """One search, unless it is too old."""
    return select(searches).where(searches.c.key == key, searches.c.made_at >= made_after)


def query_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored query by their names of today: rows of earlier versions say `length` for `duration`."""
    return {name.replace("length_", "duration_"): value for name, value in stored.items()}


def search_of(row: Any) -> Search:
    """The search in a whole row of `searches`."""
    query = query_of(row["query"])
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
