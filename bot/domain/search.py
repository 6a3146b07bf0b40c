"""What lists of songs are made of: the question, what the searcher may see, and one page of the answer."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.jobs import Job

PAGE_SIZE = 5
MAX_TEXT_CHARS = 100
"""Of what is searched for, its beginning counts. A database takes no endless number of words in one statement."""

SEARCH_LIFETIME = timedelta(days=30)
"""How long a search is kept, and with it the buttons under its list."""


class SearchScope(StrEnum):
    """Whose songs are looked through."""

    MINE = "mine"
    CHANNEL = "channel"
    SERVER = "server"


class Stage(StrEnum):
    """How far the songs have come, as people would say it: several states of a job in one word."""

    FINISHED = "finished"
    WORKING = "working"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ALL = "all"


class Sort(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    LIKED = "liked"


class PageTarget(StrEnum):
    """The ends of a list; pages in between go by their numbers."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class SongQuery:
    """What is looked for. Bounds are inclusive, None where there is none; a song without the figure is outside.

    `text` is any words: each of them has to stand somewhere in the prompt, the title or the tags.
    """

    scope: SearchScope = SearchScope.MINE
    stage: Stage = Stage.FINISHED
    sort: Sort = Sort.NEWEST
    text: str = ""
    bpm_min: float | None = None
    bpm_max: float | None = None
    duration_min_s: float | None = None
    duration_max_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerScope:
    """Who looks, from which server and channel, and which channels of the server they can see at this moment.

    Outside servers `guild_id` is None, and nothing but one's own songs can be seen.
    """

    user_id: int
    guild_id: int | None = None
    channel_id: int | None = None
    visible_channel_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A question that was asked, kept so that its list can be paged through after a restart, too."""

    key: int
    user_id: int
    guild_id: int | None
    channel_id: int | None
    query: SongQuery


@dataclass(frozen=True, slots=True)
class SongListEntry:
    """One line of a list."""

    job: Job
    likes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of what was found; `number` counts from 1, and there is always at least one page."""

    search: Search
    number: int
    total: int
    entries: tuple[SongListEntry, ...]

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return page_count(self.total)


def page_count(total: int) -> int:
    """How many pages so many songs fill."""
    return max(1, -(-total // PAGE_SIZE))
