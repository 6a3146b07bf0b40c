"""Questions that change nothing: the statements behind the store's look-ups."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, null, or_, select, union_all

from bot.domain.jobs import SHORT_ID_CHARS, DeliveryRoute, JobState
from bot.store.column_types import sanitize_text
from bot.store.tables import in_literals, is_completed, is_open, is_undelivered, jobs, promises

FOUND_AT_MOST = 25

AT_WORK = tuple(state for state in JobState if not state.is_final and state is not JobState.QUEUED)
MAX_CHILDREN = 100
UUID_DIGITS = 32

_SHORT_ID = re.compile(rf"[0-9a-f]{{{SHORT_ID_CHARS}}}")
_KEY = re.compile(r"#([0-9]{1,18})")
_QUOTES = " \t\r\n\"'`<>()[]\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"
_AROUND = f"{_QUOTES}*_~|"
"""What people copy along with a reference, or put around it: white space, quotes, markdown."""


def ref_of(job_id: str) -> str:
    """A job ID as references are compared: in lower case, without dashes."""
    return job_id.lower().replace("-", "")


def key_of(reference: str) -> int | None:
    """The key in `#17`, None in anything else."""
    found = _KEY.fullmatch(reference)
    return int(found[1]) if found else None


def by_keys(keys: Sequence[int]) -> Select[Any]:
    """The jobs of these keys, in any order."""
    return select(jobs).where(jobs.c.key.in_(keys))


def by_reference(reference: str) -> Select[Any] | None:
    """The jobs that a reference may mean, newest first; None when it is no reference at all."""
    means = _meaning(sanitize_text(reference).strip())
    if means is None:
        return None
    return select(jobs).where(means).order_by(jobs.c.key.desc()).limit(FOUND_AT_MOST)


def children(key: int) -> Select[Any]:
    """The jobs that were composed again from a job, oldest first."""
    return select(jobs).where(jobs.c.parent_key == key).order_by(jobs.c.key).limit(MAX_CHILDREN)


def _meaning(reference: str) -> ColumnElement[bool] | None:
    bare = reference.strip(_AROUND)
    if (key := key_of(bare)) is not None:
        return jobs.c.key == key
    bare = bare.removeprefix("#")
    if _SHORT_ID.fullmatch(ref := ref_of(bare)):
        # A range, for which an index serves on both databases; "g" comes after every hexadecimal digit.
        begins_so = (jobs.c.job_ref >= ref) & (jobs.c.job_ref < f"{ref}g")
        # Only a UUID is known by its beginning: other IDs may all begin alike.
        return begins_so & or_(func.length(jobs.c.job_ref) == UUID_DIGITS, jobs.c.job_ref == ref)
    # An ID that is no UUID may have in itself what was taken away from around it.
    whole = {ref, ref_of(reference), ref_of(reference.strip(_QUOTES))} - {""}
    return jobs.c.job_ref.in_(sorted(whole)) if whole else None


def queue() -> Select[Any, Any, Any, Any, Any]:
    """The queued jobs as far as their turns depend on them, oldest first."""
    columns = (jobs.c.key, jobs.c.guild_id, jobs.c.requester_id, jobs.c.created_at, jobs.c.submit_after)
    return select(*columns).where(_is_queued()).order_by(jobs.c.key)


def held() -> Select[Any, Any, Any]:
    """How many jobs Whisul works on, or may work on, for each server and requester."""
    whose = (jobs.c.guild_id, jobs.c.requester_id)
    at_work = is_open() & in_literals(jobs.c.state, AT_WORK)
    return select(*whose, func.count()).where(at_work).group_by(*whose)


def count_open() -> Select[Any, int]:
    """How many jobs are in each open state; states without a job are missing."""
    return select(jobs.c.state, func.count()).where(is_open()).group_by(jobs.c.state)


def count_open_in(guild_id: int) -> Select[Any, int]:
    """The same for one server."""
    ours = is_open() & (jobs.c.guild_id == guild_id)
    return select(jobs.c.state, func.count()).where(ours).group_by(jobs.c.state)


def last_post_in(guild_id: int) -> Select[Any]:
    """The job of the newest request of a server whose song was posted in it."""
    posted = is_completed() & (jobs.c.guild_id == guild_id) & (jobs.c.rung == DeliveryRoute.CHANNEL)
    return select(jobs).where(posted).order_by(jobs.c.created_at.desc()).limit(1)


def asked_in(guild_id: int, *, since: datetime, limit: int) -> Select[Any, Any, Any, Any, Any]:
    """The newest requests of a server: who, where, when, and what came of them when, as `Asked` names it."""
    columns = (
        jobs.c.requester_id.label("member_id"),
        func.coalesce(jobs.c.root_channel_id, jobs.c.channel_id).label("channel_id"),
        jobs.c.created_at.label("asked_at"),
        jobs.c.settled_at,
        jobs.c.state,
    )
    ours = (jobs.c.guild_id == guild_id) & (jobs.c.created_at > since)
    return select(*columns).where(ours).order_by(jobs.c.created_at.desc()).limit(limit)


def token_expiries() -> Select[Any, Any]:
    """When the first token of a job expires that is kept, and the first of a promise."""
    of_job = select(func.min(jobs.c.interaction_expires_at)).where(jobs.c.interaction_token.is_not(None))
    of_promise = select(func.min(promises.c.expires_at))
    return select(of_job.scalar_subquery(), of_promise.scalar_subquery())


def backlog() -> CompoundSelect[Any, int]:
    """How many jobs are in each open state, and in a row without a state how many are undelivered."""
    undelivered = select(null(), func.count()).select_from(jobs).where(is_undelivered())
    return union_all(count_open(), undelivered)


def recent_completed(limit: int) -> Select[Any]:
    """The newest completed jobs."""
    return select(jobs).where(is_completed()).order_by(jobs.c.settled_at.desc()).limit(limit)


def recent_waits(limit: int) -> Select[Any, Any, Any, Any]:
    """From when to when Whisul worked on the newest completed jobs: as seen by this bot, and by Whisul's clock."""
    times = select(jobs.c.accepted_at, jobs.c.settled_at, jobs.c.started_at, jobs.c.finished_at)
    worked_on = times.where(is_completed(), jobs.c.accepted_at.is_not(None))
    return worked_on.order_by(jobs.c.settled_at.desc()).limit(limit)


def wait_s(
    accepted_at: datetime, settled_at: datetime, started_at: datetime | None, finished_at: datetime | None
) -> float:
    """The wait in such a row, in seconds; each clock is compared with itself only."""
    seen_s = (settled_at - accepted_at).total_seconds()
    if started_at is None or finished_at is None:
        return seen_s
    return max(seen_s, (finished_at - started_at).total_seconds())


def _is_queued() -> ColumnElement[bool]:
    return is_open() & (jobs.c.state == JobState.QUEUED)
