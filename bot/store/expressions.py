"""SQL expressions about job rows that several modules share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from bot.domain.jobs import NOBODY
from bot.domain.shards import Shards
from bot.store.tables import is_open, is_undelivered, jobs, leader, processes

NO_OWNER: dict[str, None] = {"owner": None, "lease_until": None}
"""The column values of a job that nobody works on."""

ERASED_RESULT: dict[str, Any] = {
    "error": None,
    "song_url": None,
    "title": None,
    "tags": (),
    "image_url": None,
    "post_cover_url": None,
    "audio_note": None,
    "search_text": "",
}
"""The result columns of an erased job. The other columns of a result are times and figures, and stay for statistics."""


def is_erased() -> ColumnElement[bool]:
    """Whether the job's personal data were erased; no later update may write any."""
    return jobs.c.requester_id == literal_column(str(NOBODY))


def is_unfinished() -> ColumnElement[bool]:
    """Whether the job is open, or its outcome is not delivered yet."""
    return or_(is_open(), is_undelivered())


def owned_by(owner: str, now: datetime) -> dict[str, Any]:
    """The column values of a job that `owner` works on."""
    return {"owner": owner, "lease_until": now}


def is_free(owner: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether `owner` may work on the job: nobody does, or itself, or a process that has ended.

    A SQLite file has one process at a time, and no rows in `processes`: every other owner has ended.
    """
    # All rows, without a look at their time: the beats delete those of processes that have ended.
    living = select(processes.c.owner)
    return or_(jobs.c.owner.is_(None), jobs.c.owner == owner, jobs.c.owner.not_in(living))


def leads(owner: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether `owner` leads, by the database's clock; only on PostgreSQL."""
    return exists().where(leader.c.owner == owner, leader.c.until > func.clock_timestamp())


def in_shards(guild_id: ColumnElement[Any], some: Shards) -> ColumnElement[bool]:
    """Whether the server of a column, which may be NULL, belongs to one of the shards, as in `bot.domain.shards.shard_of`."""
    # Direct messages, which have no server, belong to the first shard.
    guild_id = func.coalesce(guild_id, literal_column("0"))
    # Figures as literals: PostgreSQL has no `bigint >> bigint`, which it would see with bound parameters.
    shard = guild_id.op(">>")(literal_column("22")) % literal_column(str(some.count or 1))
    return shard.in_([literal_column(str(each)) for each in sorted(some.ids)])


def typed(name: str, value: Any) -> ColumnElement[Any]:
    """Bind `value` with the type of the column `name`: inside CASE, SQLAlchemy does not infer it."""
    if isinstance(value, ColumnElement):
        return cast("ColumnElement[Any]", value)
    return bindparam(None, value, type_=jobs.c[name].type)


def locked_rows(
    *conditions: ColumnElement[bool], order: Iterable[ColumnElement[Any]] = (), wait: bool = False
) -> ColumnElement[bool]:
    """The WHERE condition of an UPDATE of many rows that several processes may run at once.

    On PostgreSQL each row is locked before it is changed. Rows locked by another process are skipped; with `wait` they
    are waited for, and then `order` must be by key, so that two processes cannot deadlock.
    """
    chosen: Select[Any] = select(jobs.c.key).where(*conditions).order_by(*order)
    # A CTE, because PostgreSQL may run a plain subquery more than once and then lock rows that it does not update.
    rows = chosen.with_for_update(skip_locked=not wait).cte("picked")
    return jobs.c.key.in_(select(rows.c.key))
