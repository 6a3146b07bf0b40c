"""Song search: the query, what the viewer may see, and a page of results."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.jobs import Job

PAGE_SIZE = 5
CHART_SIZE = 10
MAX_TEXT_CHARS = 100
"""Longer search texts are cut: each word is a condition of the SQL statement, and their number is limited."""

SEARCH_LIFETIME = timedelta(days=30)
"""How long a stored search, and the buttons below its list, can be used."""


class SearchScope(StrEnum):
    """Whose songs are searched."""

    MINE = "mine"
    FAVORITES = "favorites"  # songs that the viewer likes
    CHANNEL = "channel"
    SERVER = "server"


class Stage(StrEnum):
    """A filter by state: each stands for several states of a job."""

    FINISHED = "finished"
    WORKING = "working"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ALL = "all"


class Sort(StrEnum):
    """The order of the results."""

    NEWEST = "newest"
    LIKED = "liked"


class ChartPeriod(StrEnum):
    """Which likes count for a chart."""

    WEEK = "week"
    ALL_TIME = "all_time"

    @property
    def span(self) -> timedelta | None:
        """How far back they reach; None: without end."""
        return timedelta(days=7) if self is ChartPeriod.WEEK else None


class PageTarget(StrEnum):
    """The first and the last page; others are addressed by number."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class SongQuery:
    """The criteria of a search. Bounds are inclusive, None is no bound; a song without the value is outside of bounds.

    `text` is any number of words: each has to occur in the prompt, the title or the tags. With `playlist_key`, only songs of
    that playlist match, in its order.
    """

    scope: SearchScope = SearchScope.MINE
    stage: Stage = Stage.FINISHED
    sort: Sort = Sort.NEWEST
    text: str = ""
    bpm_min: float | None = None
    bpm_max: float | None = None
    duration_min_s: float | None = None
    duration_max_s: float | None = None
    playlist_key: int | None = None
    playlist_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerScope:
    """Who searches, in which server and channel, and which channels of the server they can see at this moment.

    Outside servers `guild_id` is None, and only the viewer's own songs are visible.
    """

    user_id: int
    guild_id: int | None = None
    channel_id: int | None = None
    visible_channel_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A stored search, so that its pages work after a restart too."""

    key: int
    user_id: int
    guild_id: int | None
    channel_id: int | None
    query: SongQuery


@dataclass(frozen=True, slots=True)
class SongListEntry:
    """One result: a job and its number of likes."""

    job: Job
    likes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of results; `number` counts from 1. Without results there is one empty page."""

    search: Search
    number: int
    total: int
    entries: tuple[SongListEntry, ...]

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return page_count(self.total)


def page_count(total: int) -> int:
    """The number of pages for `total` songs, at least 1."""
    return max(1, -(-total // PAGE_SIZE))
