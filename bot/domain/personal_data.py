"""Personal data of a user, and the results of erasing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSummary:
    """Counts of what is stored about a user; `since` is the time of the oldest job.

    `has_choices`: their last choices in the form are remembered. `blocked_in`: the servers whose admins have blocked them, which is
    a setting of these servers: an erasure keeps it.
    """

    jobs: int
    since: datetime | None
    likes: int
    searches: int
    has_choices: bool = False
    playlists: int = 0
    blocked_in: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored that an erasure would remove."""
        return not (self.jobs or self.likes or self.searches or self.has_choices or self.playlists)


@dataclass(frozen=True, slots=True)
class Like:
    """A like of a song, by the key of its job."""

    job_key: int
    liked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnPlaylist:
    """A playlist of a user: its server, its name, and the keys of its songs in their order."""

    guild_id: int
    name: str
    job_keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A stored search of a user."""

    made_at: datetime
    query: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """A JSON document of a user's data; `jobs_left_out` is how many older jobs did not fit."""

    document: bytes
    jobs: int
    jobs_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The result of an erasure.

    `under_way` are the jobs whose outcome had not been delivered, and `posted` the newest ones with a post, both as they
    were before the erasure. `cards` are the keys of jobs whose cards have to be wiped.
    """

    jobs: int
    likes: int
    searches: int
    under_way: tuple[Job, ...]
    posted: tuple[Job, ...]
    cards: tuple[int, ...] = ()
    has_choices: bool = False
    playlists: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to erase."""
        return not (self.jobs or self.likes or self.searches or self.has_choices or self.playlists)


@dataclass(frozen=True, slots=True)
class ErasedCard:
    """A card to be wiped: its erased job, with the card's message ID or token, and whether the requester erased it."""

    job: Job
    by_requester: bool


@dataclass(frozen=True, slots=True)
class LostPost:
    """A message of an erased job that may exist in one of these channels, sent after `since` (Discord's time)."""

    job: Job
    channel_ids: tuple[int, ...]
    since: datetime
    erased_at: datetime
