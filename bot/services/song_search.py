"""Songs to find again: searches with their pages, and suggestions while somebody types."""

import re

from bot.clock import Clock
from bot.domain.jobs import Job
from bot.domain.search import Page, PageTarget, Search, SearchScope, SongQuery, ViewerScope
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


def parse_duration_s(typed: str) -> float:
    """A duration as people type it, in seconds: `2:30`, `150`, `150 s`, `2m30s`, `2 min`, `1:02:03`.

    Raises:
        QueryUnclear: it is none.
    """
    bare = typed.strip()
    found = None
    if len(bare) <= MAX_DURATION_CHARS:  # what is longer would take the patterns a long time, and means none
        found = _CLOCK.fullmatch(bare) or _UNITS.fullmatch(bare)
    if found is None or not any(found.groups()):
        raise QueryUnclear(QueryFault.DURATION, typed)
    hours, minutes, seconds = (float((group or "0").replace(",", ".")) for group in found.groups())
    if (found[2] and seconds >= SECONDS_IN_MINUTE) or (found[1] and minutes >= MINUTES_IN_HOUR):
        raise QueryUnclear(QueryFault.DURATION, typed)  # 2:75 is a slip of the hand
    return (hours * MINUTES_IN_HOUR + minutes) * SECONDS_IN_MINUTE + seconds


class SongSearch:
    """Finds songs, for each person what they may see at this moment."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def search(self, query: SongQuery, viewer: ViewerScope) -> Page:
        """The first page of what is found; the search is kept for the buttons under it.

        Raises:
            QueryUnclear: the query asks for the impossible; the message says what.
        """
        _validate(query, viewer)
        search = await self._store.songs.save_search(query, viewer, now=self._clock.now())
        return await self._store.songs.page(search, viewer, number=1)

    async def page(self, key: int, target: PageTarget | int, viewer: ViewerScope) -> Page:
        """Another page of a search, found anew.

        Raises:
            SearchGone: it is not kept any more, is another person's, or was made in another server.
        """
        search = await self._store.songs.get_search(key, now=self._clock.now())
        if search is None or not _may_page(search, viewer):
            raise SearchGone
        number = (
            {PageTarget.FIRST: 1, PageTarget.LAST: None}[target] if isinstance(target, PageTarget) else target
        )
        return await self._store.songs.page(search, _in_original_channel(search, viewer), number=number)

    async def suggestions(self, typed: str, *, user_id: int) -> list[Job]:
        """The user's own newest jobs that what is typed may mean, at most 25."""
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
    """Only who searched; what was asked about a server is answered in that server only."""
    return search.user_id == viewer.user_id and (
        search.query.scope is SearchScope.MINE or search.guild_id == viewer.guild_id
    )


def _in_original_channel(search: Search, viewer: ViewerScope) -> ViewerScope:
    """The channel in question stays the one in which the search was made."""
    return ViewerScope(
        user_id=viewer.user_id,
        guild_id=viewer.guild_id,
        channel_id=search.channel_id,
        visible_channel_ids=viewer.visible_channel_ids,
    )
