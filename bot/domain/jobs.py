"""What travels between the rooms: jobs, songs and their states. No dict and no raw row goes further than this."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SHORT_ID_CHARS = 8
UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
"""A job ID as Whisul promises it, with or without dashes."""

INTERACTION_LIFE_S = 15 * 60 - 5.0
"""How long an interaction can be answered after it has reached the bot: Discord counts from a few seconds earlier."""

NOBODY = 0
"""The requester of a job whose personal data were erased; Discord gives this ID to no one."""


class JobState(StrEnum):
    """Where a job is on its way; `is_final` tells whether it can still move by itself."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DETACHED = "detached"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing but an explicit look-up will ever change this job again."""
        return self not in _OPEN_STATES


_OPEN_STATES = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED})


class Reason(StrEnum):
    """Why a job ended without a song: a fact. The words for it live in `bot.replies`."""

    REFUSED = "refused"  # Whisul answered 400 to the submit; nothing was spent
    MISDIRECTED = "misdirected"  # no submit path answered, or it redirects; nothing was spent
    NEVER_SENT = "never_sent"  # waited in the queue until the deadline; nothing was spent
    NO_ANSWER = "no_answer"  # the submit's outcome is unknown
    GENERATION_FAILED = "generation_failed"  # Whisul reports `failed`
    NO_AUDIO = "no_audio"  # Whisul reports `completed`, without a usable song URL
    VANISHED = "vanished"  # 404 for longer than the grace
    DEADLINE = "deadline"  # still running at the deadline

    @property
    def spent_nothing(self) -> bool:
        """Whether it is certain that Whisul never started a generation."""
        return self in (Reason.REFUSED, Reason.MISDIRECTED, Reason.NEVER_SENT)


class DeliveryState(StrEnum):
    """The second, small state of a job: what its requester has been told."""

    NONE = "none"
    DUE = "due"
    POSTING = "posting"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


class DeliveryRoute(StrEnum):
    """The routes by which an outcome is delivered, from the best to the last."""

    CHANNEL = "channel"
    INTERACTION = "interaction"
    DIRECT_MESSAGE = "direct_message"
    KEPT = "kept"


class ReportedStatus(StrEnum):
    """What Whisul says of a job, unknown words read as `running`."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """The result of a completed job. Every part may be missing; nothing here was checked for Discord."""

    song_url: str | None = None
    title: str | None = None
    bpm: float | None = None
    duration_s: float | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """One look at a job, as Whisul's `GET /jobs/{job_id}` answered it.

    `song` is there exactly when `status` is completed, `error` only when it is failed (and may be None even
    then). `raw_status` is the word that Whisul used.
    """

    status: ReportedStatus
    raw_status: str
    song: Song | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request that is about to be admitted and written down.

    `root_channel_id` is the parent of the thread it was asked for in; None where that is no thread.
    `results_channel_id` is where the admins want finished songs; None: where they were asked for.
    """

    guild_id: int
    channel_id: int
    requester_id: int
    prompt: str = field(repr=False)
    nonce: str
    root_channel_id: int | None = None
    results_channel_id: int | None = None
    parent_key: int | None = None
    is_private: bool = False
    interaction_token: str | None = field(default=None, repr=False)
    interaction_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """A request of the past. `channel_id` is the channel, for a thread its parent."""

    member_id: int
    channel_id: int
    requested_at: datetime
    settled_at: datetime | None
    state: JobState

    @property
    def counts_permanently(self) -> bool:
        """Whether it counts for windows however old it gets: what came to nothing counted only until it had."""
        return not self.state.is_final or self.state is JobState.COMPLETED

    def is_open_at(self, moment: datetime) -> bool:
        """Whether it was on its way then."""
        return self.requested_at <= moment and (self.settled_at is None or self.settled_at > moment)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be done: jobs in each open state, and ended ones whose requester has yet to be told."""

    open_jobs: dict[JobState, int]
    undelivered: int


@dataclass(frozen=True, slots=True)
class LikeResult:
    """Where a member's like of a song stands after a press, and how many members like it."""

    is_liked: bool
    count: int


@dataclass(frozen=True, slots=True)
class PendingAck:
    """A request that is being acknowledged and is not written down yet."""

    interaction_id: int
    interaction_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A queued job, as far as its turn depends on it. `submit_after` is there when it was put back."""

    key: int
    guild_id: int
    requester_id: int
    created_at: datetime
    submit_after: datetime | None = None

    @property
    def short_id(self) -> str:
        """What it goes by while Whisul knows nothing of it."""
        return f"#{self.key}"

    def may_be_submitted_at(self, moment: datetime) -> bool:
        """Whether it may be submitted then."""
        return self.submit_after is None or self.submit_after <= moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One generation, from the request to what its requester was told. Times are UTC.

    `key` is this bot's own number for it and exists from the first moment; `job_id` is Whisul's and exists from
    its acceptance on. `parent_key` is the job that it was composed again from, or retried. A private job is for its
    requester's eyes alone until it is shared. `results_channel_id` is as for NewJob. `started_at` and `finished_at` are Whisul's times, all others this bot's.
    """

    key: int
    guild_id: int
    channel_id: int
    requester_id: int
    prompt: str = field(repr=False)
    nonce: str
    created_at: datetime
    state: JobState = JobState.QUEUED
    results_channel_id: int | None = None
    parent_key: int | None = None
    is_private: bool = False
    job_id: str | None = None

    submit_attempts: int = 0
    submit_after: datetime | None = None
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    settled_at: datetime | None = None

    reason: Reason | None = None
    error: str | None = None
    song: Song | None = None

    interaction_token: str | None = field(default=None, repr=False)
    interaction_expires_at: datetime | None = None
    card_message_id: int | None = None
    card_outdated: bool = False

    delivery: DeliveryState = DeliveryState.NONE
    delivery_attempts: int = 0
    delivery_after: datetime | None = None
    rung: DeliveryRoute | None = None
    posting_at: datetime | None = None
    post_channel_id: int | None = None
    post_message_id: int | None = None
    delivered_at: datetime | None = None
    delivery_note: str | None = None

    owner: str | None = None
    lease_until: datetime | None = None

    @property
    def short_id(self) -> str:
        """What people read and type: the job ID's first 8 characters, or `#key` where these would name no one job."""
        return self.job_id[:SHORT_ID_CHARS] if self.job_id and self._has_uuid else f"#{self.key}"

    @property
    def is_stopped(self) -> bool:
        """Whether somebody cancelled it or stopped waiting: its outcome is kept, and told to nobody by itself."""
        if self.state is JobState.DETACHED:
            return True
        return self.state.is_final and self.delivery is DeliveryState.NONE

    @property
    def is_post_deleted(self) -> bool:
        """Whether its outcome was posted, and the post was deleted by its button."""
        posted = self.delivery is DeliveryState.DELIVERED and self.rung in (
            DeliveryRoute.CHANNEL,
            DeliveryRoute.DIRECT_MESSAGE,
        )
        return posted and self.post_message_id is None

    @property
    def reference(self) -> str:
        """What a look-up takes for this very job: the job ID as Whisul promises it, else `#key`."""
        return self.job_id if self.job_id and self._has_uuid else f"#{self.key}"

    @property
    def _has_uuid(self) -> bool:
        return self.job_id is not None and UUID_PATTERN.fullmatch(self.job_id) is not None

    @property
    def is_erased(self) -> bool:
        """Whether everything personal is gone from it: it is shown to nobody, told to nobody, and only counted."""
        return self.requester_id == NOBODY

    @property
    def generation_s(self) -> float | None:
        """Seconds that Whisul worked on a completed job, by its own clock where it told both times."""
        if self.state is not JobState.COMPLETED:
            return None
        if (
            self.started_at is not None
            and self.finished_at is not None
            and self.finished_at > self.started_at
        ):
            return (self.finished_at - self.started_at).total_seconds()
        if self.accepted_at is not None and self.settled_at is not None:
            return max(0.0, (self.settled_at - self.accepted_at).total_seconds())
        return None

    @property
    def waited_s(self) -> float | None:
        """Seconds from the request to the outcome, None while there is none."""
        if self.settled_at is None:
            return None
        return max(0.0, (self.settled_at - self.created_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a job was composed again from, and what was composed again from it, as far as the viewer may see it."""

    parent: Job | None = None
    children: tuple[Job, ...] = ()
