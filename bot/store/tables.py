"""The tables. A change here needs a migration: see migrations/README.md."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Float,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

from bot.domain.jobs import AudioNote, DeliveryRoute, DeliveryState, JobState, Reason
from bot.store.column_types import BytewiseText, Key, StoredText, Tags, UtcDateTime, enum_column

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

OPEN = tuple(state for state in JobState if not state.is_final)
COUNTED = (*OPEN, JobState.COMPLETED)
"""States that count for limits: a song was made or may still be. What spent nothing or made nothing does not count."""

UNDELIVERED = (DeliveryState.DUE, DeliveryState.POSTING)


def _sql_list(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value.value}'" for value in values)


jobs = Table(
    "jobs",
    metadata,
    Column("key", Key, Identity(), primary_key=True),
    # None in direct messages: there the job counts for its requester alone, see `bot.domain.scopes`.
    Column("guild_id", BigInteger),
    # `NOWHERE` in an erased job of a direct message, whose channel would name its requester.
    Column("channel_id", BigInteger, nullable=False),
    # The channel for whose limit the job counts: a thread's parent, else the channel itself.
    Column("root_channel_id", BigInteger),
    # Where the song is to be posted, as set when it was requested; None: in `channel_id`.
    Column("results_channel_id", BigInteger),
    Column("requester_id", BigInteger, nullable=False),
    # The requester's pseudonym in an erased job, for their limits: see `bot.store.pseudonyms`.
    Column("limit_ref", BytewiseText),
    Column("prompt", StoredText, nullable=False),
    Column("nonce", StoredText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("state", enum_column(JobState, "state"), nullable=False),
    Column("parent_key", Key),
    Column("is_private", Boolean, nullable=False, server_default=false()),
    Column("job_id", BytewiseText),
    # The job ID in lower case and without dashes: references that users type are compared with it.
    Column("job_ref", BytewiseText),
    Column("submit_attempts", Integer, nullable=False),
    Column("submit_after", UtcDateTime),
    Column("submitted_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("reason", enum_column(Reason, "reason")),
    Column("error", StoredText),
    Column("has_song", Boolean, nullable=False),
    Column("song_url", StoredText),
    Column("title", StoredText),
    Column("bpm", Float),
    Column("duration_s", Float),
    Column("tags", Tags),
    Column("image_url", StoredText),
    # Prompt, title and tags, case-folded, for searches by words.
    Column("search_text", StoredText, nullable=False, server_default=""),
    Column("interaction_token", StoredText),
    Column("interaction_expires_at", UtcDateTime),
    Column("card_message_id", BigInteger),
    # Whether the outcome was delivered and the card was not edited yet: it still shows the prompt.
    Column("card_outdated", Boolean, nullable=False, server_default=false()),
    Column("delivery", enum_column(DeliveryState, "delivery"), nullable=False),
    Column("delivery_attempts", Integer, nullable=False),
    Column("delivery_after", UtcDateTime),
    Column("rung", enum_column(DeliveryRoute, "rung")),
    Column("posting_at", UtcDateTime),
    Column("post_channel_id", BigInteger),
    Column("post_message_id", BigInteger),
    Column("delivered_at", UtcDateTime),
    Column("delivery_note", StoredText),
    # The cover in the post, and what the post says about its audio.
    Column("post_cover_url", StoredText),
    Column("audio_note", enum_column(AudioNote, "audio_note", is_checked=False)),
    # The process that is submitting the job or delivering its outcome; see `bot.store.processes`.
    Column("owner", StoredText),
    # When the owner took it. Older versions wrote until when the owner had it, hence the name.
    Column("lease_until", UtcDateTime),
    Column("interaction_id", BigInteger),
    # The languages of the requester and of posts in the server, as codes of Discord.
    Column("locale", StoredText),
    Column("guild_locale", StoredText),
    UniqueConstraint("job_id"),
    # Invariants of all transitions.
    CheckConstraint(f"(settled_at IS NULL) = (state IN ({_sql_list(OPEN)}))", name="settled_when_final"),
    CheckConstraint("delivery = 'none' OR settled_at IS NOT NULL", name="nothing_due_before_final"),
    CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name="lease_with_owner"),
    # A key is never reused, not even after its row was deleted: users may still refer to it.
    sqlite_autoincrement=True,
)

# Small values under a name: see `bot.store.key_values`.
facts = Table(
    "facts",
    metadata,
    Column("name", StoredText, primary_key=True),
    Column("value", StoredText, nullable=False),
)

# Cards of erased jobs that may still show a prompt, with what is needed to edit or delete them.
card_wipes = Table(
    "card_wipes",
    metadata,
    Column("job_key", Key, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger),
    Column("token", StoredText),
    Column("expires_at", UtcDateTime),
    Column("by_requester", Boolean, nullable=False),
    # Of direct messages only: the channel and the language, which the erased job has no longer.
    Column("channel_id", BigInteger),
    Column("locale", StoredText),
    ForeignKeyConstraint(["job_key"], ["jobs.key"], ondelete="CASCADE"),
)

# Erased jobs that may have a message of unknown ID, with what is needed to find it.
lost_posts = Table(
    "lost_posts",
    metadata,
    Column("job_key", Key, primary_key=True, autoincrement=False),
    Column("posted_job_id", StoredText),
    Column("channel_id", BigInteger),
    Column("since", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["job_key"], ["jobs.key"], ondelete="CASCADE"),
)

# Acknowledged requests without a job yet: see `bot.store.pending_acks`.
promises = Table(
    "promises",
    metadata,
    Column("interaction_id", BigInteger, primary_key=True, autoincrement=False),
    Column("interaction_token", StoredText, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("owner", StoredText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    # The language to answer in.
    Column("locale", StoredText),
)

# The processes that share this database, on PostgreSQL only; all times are the database's.
processes = Table(
    "processes",
    metadata,
    Column("owner", StoredText, primary_key=True),
    Column("version", StoredText, nullable=False),
    Column("shard_count", Integer, nullable=False),
    # The shards in SHARD_IDS; None without that setting.
    Column("pins", JSON(none_as_null=True)),
    # Whether it is shutting down, and takes nothing new.
    Column("is_leaving", Boolean, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

# One row at most: the process that calls the music API, until when, and what is known of that API.
leader = Table(
    "leader",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("owner", StoredText, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("key_refused", Boolean, nullable=False),
    Column("no_credit", Boolean, nullable=False),
    Column("paused_until", UtcDateTime),
    CheckConstraint("id = 1", name="single"),
)

# Which process serves which shard.
shards = Table(
    "shards",
    metadata,
    Column("shard_id", Integer, primary_key=True, autoincrement=False),
    Column("owner", StoredText, nullable=False),
    # Whether the owner has a session; until then the owner before keeps its own.
    Column("is_ready", Boolean, nullable=False),
    # Whether another process may take it.
    Column("is_offered", Boolean, nullable=False),
)

# When the next IDENTIFY of a rate limit key may be sent.
identify_slots = Table(
    "identify_slots",
    metadata,
    Column("rate_limit_key", Integer, primary_key=True, autoincrement=False),
    Column("next_at", UtcDateTime, nullable=False),
)

likes = Table(
    "likes",
    metadata,
    Column("job_key", Key, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("liked_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["job_key"], ["jobs.key"], ondelete="CASCADE"),
)

# Searches by /songs: the buttons under a list refer to them.
searches = Table(
    "searches",
    metadata,
    Column("key", Key, Identity(), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("query", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

playlists = Table(
    "playlists",
    metadata,
    Column("key", Key, Identity(), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("name", StoredText, nullable=False),
    # The name case-folded: a member's playlists in a server differ in it.
    Column("folded_name", StoredText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "guild_id", "folded_name"),
    sqlite_autoincrement=True,
)

playlist_songs = Table(
    "playlist_songs",
    metadata,
    Column("playlist_key", Key, primary_key=True, autoincrement=False),
    Column("job_key", Key, primary_key=True, autoincrement=False),
    Column("added_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["playlist_key"], ["playlists.key"], ondelete="CASCADE"),
    ForeignKeyConstraint(["job_key"], ["jobs.key"], ondelete="CASCADE"),
)

# What a member last chose in the form of /compose, if they want that to be remembered.
form_choices = Table(
    "form_choices",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("genre", StoredText),
    Column("mood", StoredText),
    Column("tempo", Integer),
    Column("instrumental", Boolean),
    Column("chosen_at", UtcDateTime, nullable=False),
)

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("erased_at", UtcDateTime),
)

# Messages that the bot sends to a server on its own, by kind the newest of each: see `bot.store.notices`.
notices = Table(
    "notices",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", StoredText, primary_key=True),
    # What it is sent for: when the bot joined, or when a window of a limit began.
    Column("occasion", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
)

policies = Table(
    "policies",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
)

policy_changes = Table(
    "policy_changes",
    metadata,
    Column("key", Key, Identity(), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
    Column("what", StoredText, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    # The key of the change that this one undid.
    Column("undoes", Key),
    sqlite_autoincrement=True,
)

# Changes whose effect an admin was shown, and which are neither saved nor cancelled.
policy_proposals = Table(
    "policy_proposals",
    metadata,
    Column("key", Key, Identity(), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("what", StoredText, nullable=False),
    # The newest change at that time: once there is a newer one, the shown effect is outdated.
    Column("based_on", Key),
    Column("undoes", Key),
    Column("document", JSON, nullable=False),
    sqlite_autoincrement=True,
)


WHERE = "where"
"""Under this name a partial index has its condition in `info`.

`bot.store.postgresql` passes it on: an index with an option of a dialect loads that dialect, of PostgreSQL 2.5 MB.
"""


def _partial_index(name: str, *columns: Column[Any], where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), info={WHERE: where})


# Finished jobs accumulate, open and undelivered ones are few: partial indexes let frequent queries see only those.
_partial_index(
    "ix_jobs_open", jobs.c.state, jobs.c.guild_id, jobs.c.requester_id, where=f"state IN ({_sql_list(OPEN)})"
)
_partial_index("ix_jobs_undelivered", jobs.c.delivery_after, where=f"delivery IN ({_sql_list(UNDELIVERED)})")
_partial_index("ix_jobs_token", jobs.c.interaction_expires_at, where="interaction_token IS NOT NULL")
_partial_index("ix_jobs_completed", jobs.c.settled_at, where="state = 'completed'")
_partial_index("ix_jobs_parent", jobs.c.parent_key, where="parent_key IS NOT NULL")
_partial_index(
    "ix_jobs_limit_ref",
    jobs.c.guild_id,
    jobs.c.limit_ref,
    jobs.c.created_at,
    jobs.c.state,
    where="limit_ref IS NOT NULL",
)
# For counting limits. The state is the last column, so that SQLite, which checks it again, needs no table access.
for _name, *_columns in (
    ("ix_jobs_counted", jobs.c.created_at),
    ("ix_jobs_counted_guild", jobs.c.guild_id, jobs.c.created_at),
    ("ix_jobs_counted_channel", jobs.c.guild_id, jobs.c.root_channel_id, jobs.c.created_at),
    ("ix_jobs_counted_member", jobs.c.guild_id, jobs.c.requester_id, jobs.c.created_at),
):
    _partial_index(_name, *_columns, jobs.c.state, where=f"state IN ({_sql_list(COUNTED)})")
Index("ix_policy_changes_guild", policy_changes.c.guild_id, policy_changes.c.key)
Index("ix_policy_proposals_guild", policy_proposals.c.guild_id, policy_proposals.c.made_at)
Index("ix_likes_user", likes.c.user_id)
Index("ix_playlists_guild", playlists.c.guild_id)
Index("ix_playlist_songs_job", playlist_songs.c.job_key)
Index("ix_likes_liked", likes.c.liked_at)
Index("ix_searches_user", searches.c.user_id)
Index("ix_searches_made", searches.c.made_at)
# Two sessions of one shard receive the same interaction: only one of them makes a job of it.
Index("ix_jobs_interaction", jobs.c.interaction_id, unique=True)
Index("ix_jobs_job_ref", jobs.c.job_ref)
Index("ix_jobs_guild", jobs.c.guild_id, jobs.c.created_at)
Index("ix_jobs_channel", jobs.c.channel_id, jobs.c.created_at)
Index("ix_jobs_requester", jobs.c.requester_id, jobs.c.created_at)


def in_literals(column: Column[Any], values: Iterable[StrEnum]) -> ColumnElement[bool]:
    """`column IN (values)`, with the values written into the SQL.

    With bound parameters a planner could not see that a partial index covers the condition.
    """
    return column.in_([literal(value) for value in values])


def literal(value: StrEnum) -> ColumnElement[Any]:
    """A value of an enum, written into the SQL: always the same, it need not be bound and converted at each execution."""
    return literal_column(f"'{value.value}'")


def is_open() -> ColumnElement[bool]:
    """Jobs in a state that is not final."""
    return in_literals(jobs.c.state, OPEN)


def is_counted() -> ColumnElement[bool]:
    """Jobs that count for limits."""
    return in_literals(jobs.c.state, COUNTED)


def is_completed() -> ColumnElement[bool]:
    """Jobs with a song."""
    return jobs.c.state == literal(JobState.COMPLETED)


def is_undelivered() -> ColumnElement[bool]:
    """Jobs whose outcome is not delivered yet."""
    return in_literals(jobs.c.delivery, UNDELIVERED)
