"""Job state transitions: one compare-and-set UPDATE each.

Every UPDATE names the state that it leaves: of two that race, one matches the row and the other matches none. A method
returns the job as it is afterwards, or None when no row matched.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, case, null, or_, true, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.jobs import COMPLETABLE_LATE, DeliveryState, Job, JobState, Reason, Song
from bot.store.driver_errors import UniqueViolation
from bot.store.expressions import (
    ERASED_RESULT,
    NO_OWNER,
    is_erased,
    leads,
    locked_rows,
    owned_by,
    typed,
)
from bot.store.job_references import normalize_job_id
from bot.store.job_table import JobTable, one_job
from bot.store.rows import song_values
from bot.store.tables import in_literals, is_open, jobs, literal

# Whisul states no limit; the column would take any text.
MAX_ERROR_CHARS = 2000


_UNERASED = one_job().where(~is_erased())

_BEGIN_SUBMIT = (
    one_job()
    .where(jobs.c.state == literal(JobState.QUEUED))
    .values(
        state=JobState.SUBMITTING,
        submit_attempts=jobs.c.submit_attempts + 1,
        submit_after=None,
    )
    .returning(jobs)
)
_BEGIN_SUBMIT_IF_LEADER = _BEGIN_SUBMIT.where(leads(bindparam("submitter")))

_ACCEPT = (
    one_job()
    .where(jobs.c.state == literal(JobState.SUBMITTING))
    .values(
        # In one statement: an erasure may commit between a SELECT and this UPDATE.
        state=case((is_erased(), literal(JobState.DETACHED)), else_=literal(JobState.RUNNING)),
        **NO_OWNER,
    )
    .returning(jobs)
)


class JobTransitions(JobTable):
    """The transitions of jobs."""

    async def begin_submit(
        self, key: int, *, owner: str, now: datetime, if_leader: bool = False
    ) -> Job | None:
        """Queued → submitting by `owner`, with one more attempt; with `if_leader` only while it leads, by the database's clock."""
        values = {"submitted_at": now, **owned_by(owner, now)}
        if if_leader:
            return await self._update_one(_BEGIN_SUBMIT_IF_LEADER, key, submitter=owner, **values)
        return await self._update_one(_BEGIN_SUBMIT, key, **values)

    async def accept(self, key: int, *, job_id: str, now: datetime) -> Job | None:
        """Submitting → running, with Whisul's job ID; → detached when the job was erased meanwhile.

        None also when another job has that ID already, which Whisul does not rule out; this job then stays in
        `submitting`, and the caller has to settle it.
        """
        try:
            return await self._update_one(
                _ACCEPT, key, job_id=job_id, job_ref=normalize_job_id(job_id), accepted_at=now
            )
        # Rolled back: the job is as it was.
        except UniqueViolation:
            return None

    async def requeue(self, key: int, *, submit_after: datetime, now: datetime) -> Job | None:
        """Submitting → queued, not to be sent before `submit_after`: the submit is known to have created nothing.

        A job that was erased meanwhile has no prompt any more and becomes cancelled.
        """
        return await self._update_job(
            _leaving(key, JobState.SUBMITTING).values(
                state=case((is_erased(), JobState.CANCELLED), else_=JobState.QUEUED),
                submit_after=case((is_erased(), null()), else_=typed("submit_after", submit_after)),
                settled_at=case((is_erased(), typed("settled_at", now)), else_=null()),
                **NO_OWNER,
            )
        )

    async def detach(self, key: int) -> Job | None:
        """Running → detached: still polled, but its outcome is not delivered."""
        return await self._update_job(_leaving(key, JobState.RUNNING).values(state=JobState.DETACHED))

    async def cancel(self, key: int, *, now: datetime) -> Job | None:
        """Queued → cancelled; nothing is delivered."""
        return await self._update_job(
            # From no later state: once a submit has begun, money may be spent.
            _leaving(key, JobState.QUEUED).values(state=JobState.CANCELLED, submit_after=None, settled_at=now)
        )

    async def settle(
        self,
        key: int,
        *,
        state: JobState,
        now: datetime,
        reason: Reason | None = None,
        error: str | None = None,
        song: Song | None = None,
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> Job | None:
        """Any open state → a final one, with its delivery due in the same transaction.

        Nothing is due for a detached job and for one that ends as cancelled. `error` is cut to 2,000 characters.

        Raises:
            ValueError: `state` is not final.
        """
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
        statement = _settle_statement(tuple(values), has_delivery=state is not JobState.CANCELLED)
        return await self._update_one(
            statement, key, **{f"new_{name}": value for name, value in values.items()}
        )

    async def complete_late(
        self, key: int, *, song: Song, started_at: datetime | None, finished_at: datetime | None
    ) -> Job | None:
        """timed_out, expired → completed: a later poll found the song. Delivery and `settled_at` do not change."""
        return await self._update_job(
            update(jobs)
            .where(jobs.c.key == key, in_literals(jobs.c.state, COMPLETABLE_LATE), ~is_erased())
            .values(
                state=JobState.COMPLETED,
                reason=None,
                error=None,
                started_at=started_at,
                finished_at=finished_at,
                **_appending_search_text(song_values(song)),
            )
        )

    async def set_card(self, key: int, *, message_id: int) -> None:
        """Store the ID of the message that shows the job's progress, unless the job was erased."""
        await self._set(_UNERASED, key, card_message_id=message_id)

    async def set_card_outdated(self, key: int, *, outdated: bool) -> None:
        """Store whether the card must still be edited to show that the outcome was delivered."""
        await self._set(_UNERASED, key, card_outdated=outdated)

    async def forget_tokens(self, *, now: datetime) -> int:
        """Delete the interaction tokens of jobs that have expired; returns how many."""
        # A row that another process has locked is skipped, and found again at the next run.
        expired = locked_rows(jobs.c.interaction_token.is_not(None), jobs.c.interaction_expires_at <= now)
        return await self._count_updated(update(jobs).where(expired).values(interaction_token=None))

    # --- at a start, or a change of the leader ----------------------------------------------------------------------

    async def settle_orphaned_submits(
        self, *, owner: str, now: datetime, sent_before: datetime | None = None
    ) -> list[Job]:
        """Submitting → unknown, with delivery due, where another process has submitted and cannot record the answer any more.

        `sent_before` leaves it time to do so: on PostgreSQL it may only be slow. None: it is known to have ended. Jobs that
        `owner` itself is submitting are left alone.
        """
        # The open jobs have an index of their own; the state alone has none.
        submitting = is_open() & (jobs.c.state == JobState.SUBMITTING)
        late = true() if sent_before is None else jobs.c.submitted_at < sent_before
        of_others = or_(jobs.c.owner.is_(None), jobs.c.owner != owner)
        return await self._update_jobs(
            update(jobs)
            .where(locked_rows(submitting, of_others, late))
            .values(
                state=JobState.UNKNOWN,
                reason=Reason.NO_ANSWER,
                settled_at=now,
                delivery=case((is_erased(), DeliveryState.NONE), else_=DeliveryState.DUE),
                **NO_OWNER,
            )
        )


def _leaving(key: int, state: JobState) -> Update:
    return update(jobs).where(jobs.c.key == key, jobs.c.state == state)


@cache
def _settle_statement(names: tuple[str, ...], *, has_delivery: bool) -> ReturningUpdate[Any]:
    """The UPDATE of `settle`, cached: building this statement takes longer than running it."""
    undelivered = or_(jobs.c.state == literal(JobState.DETACHED), is_erased()) if has_delivery else true()
    values = {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in names}
    return (
        one_job()
        .where(is_open())
        .values(
            submit_after=null(),
            job_id=case((is_erased(), null()), else_=jobs.c.job_id),
            job_ref=case((is_erased(), null()), else_=jobs.c.job_ref),
            delivery=case((undelivered, literal(DeliveryState.NONE)), else_=literal(DeliveryState.DUE)),
            delivery_after=null(),
            owner=null(),
            lease_until=null(),
            **_blank_if_erased(_appending_search_text(values)),
        )
        .returning(jobs)
    )


def _appending_search_text(values: dict[str, Any]) -> dict[str, Any]:
    """A song's column values; its words are appended to those of the prompt."""
    return {
        name: jobs.c.search_text + value if name == "search_text" else value for name, value in values.items()
    }


def _blank_if_erased(columns: dict[str, Any]) -> dict[str, Any]:
    """A result's column values, where those with personal data stay blank in an erased job."""
    return {
        name: case((is_erased(), typed(name, ERASED_RESULT[name])), else_=typed(name, value))
        if name in ERASED_RESULT
        else value
        for name, value in columns.items()
    }
