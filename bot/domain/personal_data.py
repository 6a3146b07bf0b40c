"""What is stored about somebody, and what came of its erasure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSummary:
    """How much is stored about somebody; `since` is the time of the oldest job."""

    jobs: int
    since: datetime | None
    likes: int
    searches: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored."""
        return not (self.jobs or self.likes or self.searches)


@dataclass(frozen=True, slots=True)
class Like:
    """A song that somebody likes, by its number."""

    job_key: int
    liked_at: datetime


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """What somebody looked for, as it is stored."""

    made_at: datetime
    query: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """A JSON document of what is stored about somebody; `jobs_left_out` is how many older jobs did not fit."""

    document: bytes
    jobs: int
    jobs_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased.

    `under_way` are the jobs whose outcome had not been told, and `posted` the newest that left a post, both as they
    were before: this is the last that anybody sees of them. `cards` are the keys of jobs whose cards are to be wiped.
    """

    jobs: int
    likes: int
    searches: int
    under_way: tuple[Job, ...]
    posted: tuple[Job, ...]
    cards: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to erase."""
        return not (self.jobs or self.likes or self.searches)


@dataclass(frozen=True, slots=True)
class ErasedCard:
    """A card that is to be wiped: its erased job, with the card's message or token, and whether its requester erased it."""

    job: Job
    by_requester: bool


@dataclass(frozen=True, slots=True)
class LostPost:
    """A message of an erased job that may stand in one of these channels, sent after `since` (Discord's time)."""

    job: Job
    channel_ids: tuple[int, ...]
    since: datetime
    erased_at: datetime
