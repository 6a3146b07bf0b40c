"""Jobs and their states. Other modules exchange these types, never dicts or database rows."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.scopes import Scope, scope_of

SHORT_ID_CHARS = 8
UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
"""A job ID as Whisul documents it, with or without dashes."""

INTERACTION_LIFE_S = 15 * 60 - 5.0
"""How long an interaction token is used after it has reached the bot: Discord's 15 minutes began a few seconds earlier."""

NOBODY = 0
"""The requester of an erased job; no Discord user has this ID."""

NOWHERE = 0
"""The channel of an erased job of a direct message; no Discord channel has this ID."""


class JobState(StrEnum):
    """The state of a job; see the state table in docs/architecture.md for the transitions."""

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
        """Whether the job has ended: only a late poll can still change it (see `COMPLETABLE_LATE`)."""
        return self not in _OPEN_STATES


_OPEN_STATES = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.DETACHED})

COMPLETABLE_LATE = (JobState.TIMED_OUT, JobState.EXPIRED)
"""Final states that a later poll may still turn into `completed`: the job was given up, not ended by Whisul."""


class Reason(StrEnum):
    """Why a job ended without a song; `bot.replies` has the text for each."""

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
    """How far the delivery of a job's outcome to its requester is."""

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
    """A job's status at Whisul; unknown words are read as `running`."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class AudioNote(StrEnum):
    """Why the audio is linked and not attached."""

    TOO_LARGE = "too_large"  # it plays
    UNAVAILABLE = "unavailable"  # it begins to play
    NOT_TAKEN = "not_taken"  # it plays; its upload to Discord failed
    UNPLAYABLE = "unplayable"
    UNCHECKED = "unchecked"  # the link leads to where the bot fetches nothing from
    UNKNOWN_KIND = "unknown_kind"  # a file, but of no kind that is known to play


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """The result of a completed job. Every field may be missing, and none is escaped or cut for Discord."""

    song_url: str | None = None
    title: str | None = None
    bpm: float | None = None
    duration_s: float | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """The answer of Whisul's `GET /jobs/{job_id}`.

    `song` is set if and only if `status` is completed; `error` may be set if it is failed. `raw_status` is the word
    that Whisul used.
    """

    status: ReportedStatus
    raw_status: str
    song: Song | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request that is about to be recorded.

    `guild_id` is None in a direct message. `root_channel_id` is the parent channel of the thread of the request; None
    outside threads. `results_channel_id` is where the admins want finished songs; None: in the channel of the request.
    `locale` is the requester's language and `guild_locale` that of posts in the server, as codes of Discord.
    """

    guild_id: int | None
    channel_id: int
    requester_id: int
    prompt: str = field(repr=False)
    nonce: str
    root_channel_id: int | None = None
    results_channel_id: int | None = None
    parent_key: int | None = None
    is_private: bool = False
    interaction_id: int | None = None
    interaction_token: str | None = field(default=None, repr=False)
    interaction_expires_at: datetime | None = None
    locale: str | None = None
    guild_locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """A recorded request, as policy previews replay it. `channel_id` is the channel, for a thread its parent."""

    member_id: int
    channel_id: int
    requested_at: datetime
    settled_at: datetime | None
    state: JobState

    @property
    def counts_permanently(self) -> bool:
        """Whether it counts for every window that it lies in: a job without a song counts only until it has ended."""
        return not self.state.is_final or self.state is JobState.COMPLETED

    def is_open_at(self, moment: datetime) -> bool:
        """Whether the job was open at that moment."""
        return self.requested_at <= moment and (self.settled_at is None or self.settled_at > moment)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Unfinished work: the number of jobs in each open state, and of ended jobs that are not delivered.

    `oldest_at` is when the oldest job of a state was requested, `undelivered_since` when the first undelivered one ended.
    """

    open_jobs: dict[JobState, int]
    undelivered: int
    oldest_at: dict[JobState, datetime] = field(default_factory=dict[JobState, datetime])
    undelivered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LikeResult:
    """Whether a member likes a song after a press of the button, and how many members like it."""

    is_liked: bool
    count: int


@dataclass(frozen=True, slots=True)
class PendingAck:
    """An interaction that is being acknowledged and whose job is not recorded yet; `locale` is the language to answer in."""

    interaction_id: int
    interaction_token: str = field(repr=False)
    expires_at: datetime
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """The fields of a queued job that decide its turn. `submit_after` is set when it was requeued."""

    key: int
    guild_id: int | None
    requester_id: int
    created_at: datetime
    submit_after: datetime | None = None

    @property
    def short_id(self) -> str:
        """`#key`: a queued job has no job ID yet."""
        return f"#{self.key}"

    def may_be_submitted_at(self, moment: datetime) -> bool:
        """Whether the job may be submitted at that moment."""
        return self.submit_after is None or self.submit_after <= moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One generation, from the request to the delivery of its outcome. Times are UTC.

    `key` is the primary key; `job_id` is Whisul's ID, set once the submit was accepted. `parent_key` is the job that
    it was composed again from, or retried. `guild_id` is None if it was requested in a direct message. Only the
    requester sees a private job until it is shared. `results_channel_id` is as for `NewJob`, and so are the languages,
    which are None in rows of older versions. `post_cover_url` is the cover in the post, a file at Discord, and
    `audio_note` what the post says about its audio. `started_at` and `finished_at` are Whisul's times, all others this
    bot's.
    """

    key: int
    guild_id: int | None
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
    route: DeliveryRoute | None = None
    posting_at: datetime | None = None
    post_channel_id: int | None = None
    post_message_id: int | None = None
    delivered_at: datetime | None = None
    delivery_note: str | None = None
    post_cover_url: str | None = None
    audio_note: AudioNote | None = None

    locale: str | None = None
    guild_locale: str | None = None

    owner: str | None = None
    lease_until: datetime | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it was requested in a direct message with the bot, and its outcome belongs there.

        Private jobs without a server come from places that the bot is not in: their outcome is an answer to the command.
        """
        return self.guild_id is None and not self.is_private

    @property
    def scope(self) -> Scope:
        """The server or person that it counts for where servers are treated alike."""
        return scope_of(self.guild_id, self.requester_id)

    @property
    def card_locale(self) -> str | None:
        """The language of those who see the card: the requester's if it is private, else the server's."""
        return self.locale if self.is_private else self.guild_locale

    @property
    def short_id(self) -> str:
        """The ID that people read and type: the job ID's first 8 characters, or `#key` without a UUID."""
        return self.job_id[:SHORT_ID_CHARS] if self.job_id and self._has_uuid else f"#{self.key}"

    @property
    def is_stopped(self) -> bool:
        """Whether it was cancelled or detached: its outcome is stored and not delivered."""
        if self.state is JobState.DETACHED:
            return True
        return self.state.is_final and self.delivery is DeliveryState.NONE

    @property
    def is_post_deleted(self) -> bool:
        """Whether its outcome was posted and the post was deleted with its button."""
        posted = self.delivery is DeliveryState.DELIVERED and self.route in (
            DeliveryRoute.CHANNEL,
            DeliveryRoute.DIRECT_MESSAGE,
        )
        return posted and self.post_message_id is None

    @property
    def reference(self) -> str:
        """The reference by which a look-up finds exactly this job: its job ID if that is a UUID, else `#key`."""
        return self.job_id if self.job_id and self._has_uuid else f"#{self.key}"

    @property
    def _has_uuid(self) -> bool:
        return self.job_id is not None and UUID_PATTERN.fullmatch(self.job_id) is not None

    @property
    def is_erased(self) -> bool:
        """Whether its personal data were erased: it is neither shown nor delivered, only counted."""
        return self.requester_id == NOBODY

    @property
    def generation_s(self) -> float | None:
        """Seconds from start to finish of a completed job: by Whisul's times, else from acceptance to settlement; else None."""
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
        """Seconds from the request to the outcome; None while the job is open."""
        if self.settled_at is None:
            return None
        return max(0.0, (self.settled_at - self.created_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Lineage:
    """The job that a job was composed again from, and those composed again from it; without invisible ones."""

    parent: Job | None = None
    children: tuple[Job, ...] = ()
