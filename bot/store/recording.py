"""Records requests as queued jobs, if the policies and limits of their servers admit them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert

from bot.domain.jobs import DeliveryState, Job, JobState, NewJob
from bot.errors import RequestError
from bot.store.admission import Refusal, find_refusal
from bot.store.database import lock_for_decision
from bot.store.rows import job_from_row
from bot.store.shared_admission import Recording, decide
from bot.store.tables import jobs, promises

MAX_ADMITTED = 64
"""So many requests share a transaction on PostgreSQL, which runs in the event loop: deciding them takes it a few milliseconds."""

# By the primary key, which is in every row that is deleted here.
_DELETE_ACKS = delete(promises).where(promises.c.interaction_id.in_(bindparam("ids", expanding=True)))


def record_one(connection: Connection, *, recording: Recording) -> Job | Refusal | RequestError:
    """Record one request on SQLite, where the transaction keeps others from writing."""
    # Returned, not raised: an error would roll back what others write in the same shared transaction.
    if recording.admission is not None:
        refusal = find_refusal(connection, recording.admission, now=recording.now)
        if refusal is not None:
            return refusal
    (job,) = _insert(connection, [recording])
    return job


def record_all(connection: Connection, recordings: Sequence[Recording]) -> list[Job | Refusal | RequestError]:
    """Record the requests of one moment on PostgreSQL; none of another process is recorded meanwhile."""
    # Before the count: no other process may insert a job between the count and the insert.
    lock_for_decision(connection)
    refusals = decide(connection, recordings)
    admitted = [each for each, refusal in zip(recordings, refusals, strict=True) if refusal is None]
    recorded = iter(_insert(connection, admitted) if admitted else ())
    return [next(recorded) if refusal is None else refusal for refusal in refusals]


def _insert(connection: Connection, recordings: Sequence[Recording]) -> list[Job]:
    """Insert the jobs, in this order, and delete the acknowledgements that they replace."""
    rows = [_queued_job(each.new, each.now) for each in recordings]
    inserted = connection.execute(insert(jobs).returning(jobs, sort_by_parameter_order=True), rows)
    made = [job_from_row(row) for row in inserted.mappings()]
    connection.execute(_DELETE_ACKS, {"ids": [row["interaction_id"] for row in rows]})
    return made


def _queued_job(new: NewJob, now: datetime) -> dict[str, Any]:
    """The column values of a new job."""
    return {
        "guild_id": new.guild_id,
        "channel_id": new.channel_id,
        "root_channel_id": new.root_channel_id or new.channel_id,
        "results_channel_id": new.results_channel_id,
        "requester_id": new.requester_id,
        "prompt": new.prompt,
        "search_text": new.prompt.casefold(),
        "parent_key": new.parent_key,
        "is_private": new.is_private,
        "nonce": new.nonce,
        "interaction_id": new.interaction_id,
        "interaction_token": new.interaction_token,
        "interaction_expires_at": new.interaction_expires_at,
        "locale": new.locale,
        "guild_locale": new.guild_locale,
        "created_at": now,
        "state": JobState.QUEUED,
        "submit_attempts": 0,
        "has_song": False,
        "delivery": DeliveryState.NONE,
        "delivery_attempts": 0,
    }
