"""Song search: result pages, autocomplete suggestions, and the parser for typed durations."""

import re
from collections.abc import Callable

from bot.clock import Clock
from bot.domain.jobs import Job
from bot.domain.search import (
    CHART_SIZE,
    ChartPeriod,
    Page,
    PageTarget,
    Search,
    SearchScope,
    SongListEntry,
    SongQuery,
    ViewerScope,
)
from bot.errors import QueryFault, QueryUnclear, SearchGone
from bot.store import Store

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,4}):(\d{1,2})", re.ASCII)
_UNITS = re.compile(
    r"(?:(\d{1,2})\s*h(?:ours?)?)?\s*"
    r"(?:(\d{1,4})\s*m(?:in(?:ute)?s?)?)?\s*"
    r"(?:(\d{1,6}(?:[.,]\d{1,3})?)\s*(?:s(?:ec(?:ond)?s?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
MAX_DURATION_CHARS = 20
SECONDS_IN_MINUTE = MINUTES_IN_HOUR = 60


def parse_duration_s(typed: str, in_english: Callable[[str], str] = str) -> float:
    """A typed duration in seconds: `2:30`, `150`, `150 s`, `2m30s`, `2 min`, `1:02:03`; other words through `in_english`.

    Raises:
        QueryUnclear: it is not a duration.
    """
    bare = in_english(typed).strip()
    found = None
    if len(typed.strip()) <= MAX_DURATION_CHARS:  # the patterns backtrack, and no duration is that long
        found = _CLOCK.fullmatch(bare) or _UNITS.fullmatch(bare)
    if found is None or not any(found.groups()):
        raise QueryUnclear(QueryFault.DURATION, typed)
    hours, minutes, seconds = (float((group or "0").replace(",", ".")) for group in found.groups())
    if (found[2] and seconds >= SECONDS_IN_MINUTE) or (found[1] and minutes >= MINUTES_IN_HOUR):
        raise QueryUnclear(QueryFault.DURATION, typed)  # 2:75 is a typing error
    return (hours * MINUTES_IN_HOUR + minutes) * SECONDS_IN_MINUTE + seconds


class SongSearch:
    """Finds songs. Every query is restricted to what the viewer may see at this moment."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def search(self, query: SongQuery, viewer: ViewerScope) -> Page:
        """The first page of results; the search is stored for the buttons below it.

        Raises:
            QueryUnclear: a bound is above its counterpart, or a server is searched outside servers.
        """
        _validate(query, viewer)
        search = await self._store.songs.save_search(query, viewer, now=self._clock.now())
        return await self._store.songs.page(search, viewer, number=1)

    async def page(self, key: int, target: PageTarget | int, viewer: ViewerScope) -> Page:
        """Another page of a stored search; the query is run again.

        Raises:
            SearchGone: it has expired, or belongs to another person or another server.
        """
        search = await self._store.songs.get_search(key, now=self._clock.now())
        if search is None or not _may_page(search, viewer):
            raise SearchGone
        number = (
            {PageTarget.FIRST: 1, PageTarget.LAST: None}[target] if isinstance(target, PageTarget) else target
        )
        return await self._store.songs.page(search, _in_original_channel(search, viewer), number=number)

    async def chart(self, period: ChartPeriod, viewer: ViewerScope) -> list[SongListEntry]:
        """The most liked songs of the viewer's server that they may see, most liked first."""
        since = None if period.span is None else self._clock.now() - period.span
        return await self._store.songs.chart(viewer, since=since, limit=CHART_SIZE)

    async def suggestions(self, typed: str, *, user_id: int) -> list[Job]:
        """The user's own newest jobs that match the typed text, at most 25."""
        return await self._store.songs.suggestions(typed, user_id=user_id)


def _validate(query: SongQuery, viewer: ViewerScope) -> None:
    if query.scope is not SearchScope.MINE and viewer.guild_id is None:
        raise QueryUnclear(QueryFault.NO_SERVER)
    if _is_empty_range(query.bpm_min, query.bpm_max):
        raise QueryUnclear(QueryFault.BPM_BOUNDS)
    if _is_empty_range(query.duration_min_s, query.duration_max_s):
        raise QueryUnclear(QueryFault.DURATION_BOUNDS)


def _is_empty_range(least: float | None, most: float | None) -> bool:
    return least is not None and most is not None and least > most


def _may_page(search: Search, viewer: ViewerScope) -> bool:
    """Only the person who searched, and a search of a server in that server only."""
    return search.user_id == viewer.user_id and (
        search.query.scope is SearchScope.MINE or search.guild_id == viewer.guild_id
    )


def _in_original_channel(search: Search, viewer: ViewerScope) -> ViewerScope:
    """The viewer with the channel in which the search was made: a channel search keeps its channel."""
    return ViewerScope(
        user_id=viewer.user_id,
        guild_id=viewer.guild_id,
        channel_id=search.channel_id,
        visible_channel_ids=viewer.visible_channel_ids,
    )
