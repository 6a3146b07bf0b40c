"""The way of a job to its outcome: one guarded UPDATE for each step.

Every statement names the state that it leaves, so that of two that race one wins and the other matches no row.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import NOBODY, DeliveryState, JobState, NewJob, Reason, Song
from bot.store.job_references import ref_of
from bot.store.rows import song_values
from bot.store.tables import in_literals, is_open, is_undelivered, jobs

MAX_ERROR_CHARS = 2000

LATE_STATES = (JobState.TIMED_OUT, JobState.EXPIRED)
"""Outcomes that a later look may still turn into a song."""

NO_OWNER = {"owner": None, "lease_until": None}

BARE: dict[str, Any] = {
    "error": None,
    "song_url": None,
    "title": None,
    "tags": (),
    "image_url": None,
    "search_text": "",
}
"""What an outcome must not leave in the row of an erased job; its times and figures are only counted."""


def record(new: NewJob, *, now: datetime) -> Insert:
    """Write a queued job down."""
    return insert(jobs).values(
        guild_id=new.guild_id,
        channel_id=new.channel_id,
        root_channel_id=new.root_channel_id or new.channel_id,
        results_channel_id=new.results_channel_id,
        requester_id=new.requester_id,
        prompt=new.prompt,
        search_text=new.prompt.casefold(),
        parent_key=new.parent_key,
        is_private=new.is_private,
        nonce=new.nonce,
        interaction_token=new.interaction_token,
        interaction_expires_at=new.interaction_expires_at,
        created_at=now,
        state=JobState.QUEUED,
        submit_attempts=0,
        has_song=False,
        delivery=DeliveryState.NONE,
        delivery_attempts=0,
    )


def begin_submit(key: int, *, owner: str, lease_until: datetime, now: datetime) -> Update:
    """Queued → submitting."""
    return _step(key, JobState.QUEUED).values(
        state=JobState.SUBMITTING,
        submit_attempts=jobs.c.submit_attempts + 1,
        submit_after=None,
        submitted_at=now,
        owner=owner,
        lease_until=lease_until,
    )


def accept(key: int, *, job_id: str, now: datetime) -> Update:
    """Submitting → running, or detached when nobody may be told any more."""
    return _step(key, JobState.SUBMITTING).values(
        state=case((is_erased(), JobState.DETACHED), else_=JobState.RUNNING),
        job_id=job_id,
        job_ref=ref_of(job_id),
        accepted_at=now,
    )


def requeue(key: int, *, submit_after: datetime, now: datetime) -> Update:
    """Submitting → queued, or cancelled when its prompt is gone."""
    return _step(key, JobState.SUBMITTING).values(
        state=case((is_erased(), JobState.CANCELLED), else_=JobState.QUEUED),
        submit_after=case((is_erased(), null()), else_=typed("submit_after", submit_after)),
        settled_at=case((is_erased(), typed("settled_at", now)), else_=null()),
        **NO_OWNER,
    )


def detach(key: int) -> Update:
    """Running → detached."""
    return _step(key, JobState.RUNNING).values(state=JobState.DETACHED)


def cancel(key: int, *, now: datetime) -> Update:
    """Queued → cancelled."""
    return _step(key, JobState.QUEUED).values(state=JobState.CANCELLED, submit_after=None, settled_at=now)


def settle(
    key: int,
    *,
    state: JobState,
    reason: Reason | None,
    error: str | None,
    song: Song | None,
    started_at: datetime | None,
    finished_at: datetime | None,
    now: datetime,
) -> tuple[ReturningUpdate[Any], dict[str, Any]]:
    """Any open state → a final one, and what is due to the requester with it; the statement, and its parameters."""
    if not state.is_final:
        raise ValueError(f"{state.value} is no outcome")
    values: dict[str, Any] = {
        "state": state,
        "settled_at": now,
        "reason": reason,
        "error": None if error is None else error[:MAX_ERROR_CHARS],
        "started_at": started_at,
        "finished_at": finished_at,
        **({} if song is None else song_values(song)),
    }
    statement = _settlement(tuple(values), is_told=state is not JobState.CANCELLED)
    return statement, {"settled_key": key} | {f"new_{name}": value for name, value in values.items()}


@cache
def _settlement(names: tuple[str, ...], *, is_told: bool) -> ReturningUpdate[Any]:
    """Made once and kept: to put this statement together takes longer than to carry it out."""
    untold = or_(jobs.c.state == JobState.DETACHED, is_erased()) if is_told else true()
    values = {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in names}
    return (
        update(jobs)
        .where(jobs.c.key == bindparam("settled_key"), is_open())
        .values(
            submit_after=None,
            job_id=case((is_erased(), null()), else_=jobs.c.job_id),
            job_ref=case((is_erased(), null()), else_=jobs.c.job_ref),
            delivery=case((untold, DeliveryState.NONE), else_=DeliveryState.DUE),
            delivery_after=None,
            # Nobody need keep a lease on what is over; what is due stays with the process that has it in hand.
            owner=case((untold, null()), else_=jobs.c.owner),
            lease_until=case((untold, null()), else_=jobs.c.lease_until),
            **_unless_erased(_with_words(values)),
        )
        .returning(jobs)
    )


def complete_late(
    key: int, *, song: Song, started_at: datetime | None, finished_at: datetime | None
) -> Update:
    """Given up → completed."""
    return (
        update(jobs)
        .where(jobs.c.key == key, in_literals(jobs.c.state, LATE_STATES), ~is_erased())
        .values(
            state=JobState.COMPLETED,
            reason=None,
            error=None,
            started_at=started_at,
            finished_at=finished_at,
            **_with_words(song_values(song)),
        )
    )


def take_over(*, owner: str, lease_until: datetime, now: datetime, takeover: bool) -> Update:
    """Give followed jobs that nobody holds to `owner`."""
    followed = is_open() & in_literals(jobs.c.state, (JobState.RUNNING, JobState.DETACHED))
    return (
        update(jobs)
        .where(picked(followed, true() if takeover else is_unheld(now)))
        .values(owner=owner, lease_until=lease_until)
    )


def orphaned_submits(*, owner: str, now: datetime, takeover: bool) -> Update:
    """Submitting → unknown where nobody is left who could hear the answer."""
    submitting = is_open() & (jobs.c.state == JobState.SUBMITTING)
    # One's own submit may still be under way, however long the lease has lapsed.
    gone = or_(jobs.c.owner.is_(None), (jobs.c.owner != owner) & (true() if takeover else is_unheld(now)))
    return (
        update(jobs)
        .where(picked(submitting, gone))
        .values(
            state=JobState.UNKNOWN,
            reason=Reason.NO_ANSWER,
            settled_at=now,
            delivery=case((is_erased(), DeliveryState.NONE), else_=DeliveryState.DUE),
            **NO_OWNER,
        )
    )


def renew(*, owner: str, lease_until: datetime) -> Update:
    """Hold everything that `owner` holds for longer."""
    return update(jobs).where(_held_by(owner)).values(lease_until=lease_until)


def release(*, owner: str) -> Update:
    """Let go of everything that `owner` holds."""
    return update(jobs).where(_held_by(owner)).values(**NO_OWNER)


def set_card(key: int, *, message_id: int) -> Update:
    """Remember the card."""
    return update(jobs).where(jobs.c.key == key, ~is_erased()).values(card_message_id=message_id)


def set_card_outdated(key: int, *, outdated: bool) -> Update:
    """Remember whether the card has still to say that the outcome was told."""
    return update(jobs).where(jobs.c.key == key, ~is_erased()).values(card_outdated=outdated)


def forget_tokens(*, now: datetime) -> Update:
    """Wipe expired interaction tokens."""
    expired = jobs.c.interaction_expires_at <= now
    return (
        update(jobs)
        .where(picked(jobs.c.interaction_token.is_not(None), expired))
        .values(interaction_token=None)
    )


def is_erased() -> ColumnElement[bool]:
    """Whether everything personal is gone from the job, and has to stay away."""
    return jobs.c.requester_id == NOBODY


def _with_words(values: dict[str, Any]) -> dict[str, Any]:
    """What a song puts into its job's row, its words behind those that the row is found by already."""
    return {
        name: jobs.c.search_text + value if name == "search_text" else value for name, value in values.items()
    }


def _unless_erased(columns: dict[str, Any]) -> dict[str, Any]:
    """What an outcome writes, without what an erased job must not have."""
    return {
        name: case((is_erased(), typed(name, BARE[name])), else_=typed(name, value))
        if name in BARE
        else value
        for name, value in columns.items()
    }


def typed(name: str, value: Any) -> ColumnElement[Any]:
    """A value on its way into a column, in an expression that does not know for which one it is."""
    if isinstance(value, ColumnElement):
        return cast("ColumnElement[Any]", value)
    return bindparam(None, value, type_=jobs.c[name].type)


def is_unheld(now: datetime) -> ColumnElement[bool]:
    """Whether nobody has a living lease on the job."""
    return or_(jobs.c.owner.is_(None), jobs.c.lease_until <= now)


def picked(
    *conditions: ColumnElement[bool],
    order: Iterable[ColumnElement[Any]] = (),
    limit: int | None = None,
    wait: bool = False,
) -> ColumnElement[bool]:
    """The condition of an UPDATE of many rows that several processes may run at once.

    On PostgreSQL each row is locked before it is changed. Rows that another process has locked are left to it; with
    `wait` they are waited for, and then `order` must be by key, so that no two processes wait for each other.
    """
    chosen: Select[Any] = select(jobs.c.key).where(*conditions).order_by(*order)
    if limit is not None:
        chosen = chosen.limit(limit)
    # A CTE, because PostgreSQL may run a plain subquery more than once and then locks more rows than the limit.
    rows = chosen.with_for_update(skip_locked=not wait).cte("picked")
    return jobs.c.key.in_(select(rows.c.key))


def _step(key: int, state: JobState) -> Update:
    return update(jobs).where(jobs.c.key == key, jobs.c.state == state)


def _held_by(owner: str) -> ColumnElement[bool]:
    return picked(jobs.c.owner == owner, or_(is_open(), is_undelivered()), order=(jobs.c.key,), wait=True)
