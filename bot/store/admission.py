"""Counts songs for the limits of a request, from the job rows by index.

There are no counters that could drift: a song counts as long as its row says so. Each request runs one statement that
finds whether any limit is used up; only a refusal and `/limits` also count how much is used of the others.

A member's erased songs count by a pseudonym (see `bot.store.pseudonyms`), which has an index of its own: a UNION of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, column, func, select, union_all

from bot.domain.jobs import JobState
from bot.domain.policy.limits import (
    Admission,
    Limit,
    LimitReached,
    LimitUsage,
    RequestContext,
    applicable_limits,
    usage_from_counts,
)
from bot.domain.policy.model import Rule, Whose
from bot.store.column_types import UtcDateTime
from bot.store.policies import read_policy
from bot.store.pseudonyms import pseudonym
from bot.store.tables import is_counted, is_open, jobs

_REQUESTED_AT = column("requested_at", UtcDateTime)


@dataclass(frozen=True, slots=True)
class CountedMember:
    """Whose songs count; `limit_ref` is the member's pseudonym, None while no pseudonym is stored."""

    asker: RequestContext
    limit_ref: str | None = None


def check_limits(connection: Connection, admission: Admission, *, now: datetime) -> LimitReached | None:
    """The refusal, None when every limit is passed. The transaction must hold `Database.lock_for_decision`."""
    limits, who = _applying_limits(connection, admission)
    found = _row(connection, used_up_query(limits, who, now=now))
    if not any(found.values()):
        return None
    return LimitReached(_usage_of(connection, limits, found, who, now=now))


def limit_usage(connection: Connection, admission: Admission, *, now: datetime) -> list[LimitUsage]:
    """The usage of every limit that a request of this member has to pass."""
    limits, who = _applying_limits(connection, admission)
    found = _row(connection, used_up_query(limits, who, now=now))
    return _usage_of(connection, limits, found, who, now=now)


def _row(connection: Connection, statement: Select[Any]) -> dict[str, Any]:
    row = connection.execute(statement).one()
    return dict(zip(statement.selected_columns.keys(), row, strict=True))


def _applying_limits(connection: Connection, admission: Admission) -> tuple[list[Limit], CountedMember]:
    asker = admission.context
    policy = read_policy(connection, asker.guild_id)
    ref = pseudonym(connection, guild_id=asker.guild_id, user_id=asker.member_id)
    return applicable_limits(policy, admission.caps, asker), CountedMember(asker, ref)


def _usage_of(
    connection: Connection,
    limits: Sequence[Limit],
    found: Mapping[str, Any],
    who: CountedMember,
    *,
    now: datetime,
) -> list[LimitUsage]:
    """`found` is the row of `used_up_query`: limits with a time in it are used up; songs are counted for the others."""
    counted: Mapping[str, Any] = {}
    if not all(found.values()):
        free = {number: limit for number, limit in enumerate(limits) if not found[_last(number)]}
        counted = _row(connection, usage_query(free, who, now=now))
    return [
        usage_from_counts(limit, limit.songs, found[_last(number)])
        if found[_last(number)]
        else usage_from_counts(limit, counted[_used(number)], counted.get(_oldest(number)))
        for number, limit in enumerate(limits)
    ]


def used_up_query(limits: Sequence[Limit], who: CountedMember, *, now: datetime) -> Select[Any]:
    """One row with a column for each limit: the time of its `limit.songs`-th newest song; NULL where there are fewer.

    The limit frees up once that song is too old to count. Skipping to it along the index costs a tenth of counting.
    """
    columns: list[ColumnElement[Any]] = []
    for number, limit in enumerate(limits):
        times = _times(limit, who, now)
        # Limits of songs at the same time need no order: any row at this offset proves that the limit is used up.
        if limit.window_s is not None:
            times = times.order_by(_REQUESTED_AT.desc())
        last = times.offset(limit.songs - 1).limit(1).scalar_subquery()
        columns.append(last.label(_last(number)))
    return select(*columns)


def usage_query(limits: Mapping[int, Limit], who: CountedMember, *, now: datetime) -> Select[Any]:
    """One row: for each limit the number of songs that count for it, and the time of the oldest one in its window."""
    columns: list[ColumnElement[Any]] = []
    for number, limit in limits.items():
        number_of = select(func.count()).select_from(_times(limit, who, now).subquery())
        columns.append(number_of.scalar_subquery().label(_used(number)))
        if limit.window_s is not None:
            oldest = _times(limit, who, now).order_by(_REQUESTED_AT).limit(1)
            columns.append(oldest.scalar_subquery().label(_oldest(number)))
    return select(*columns)


def _last(number: int) -> str:
    return f"last_{number}"


def _used(number: int) -> str:
    return f"used_{number}"


def _oldest(number: int) -> str:
    return f"oldest_{number}"


def _times(limit: Limit, who: CountedMember, now: datetime) -> Select[Any] | CompoundSelect[Any]:
    """The times at which the songs were requested that count for a limit."""
    parts = [
        select(jobs.c.created_at.label(_REQUESTED_AT.name)).where(*_counting(limit, now), *whose)
        for whose in _whose(limit.rule, who)
    ]
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _counting(limit: Limit, now: datetime) -> list[ColumnElement[bool]]:
    if limit.rule is Rule.QUEUE:
        return [is_open(), jobs.c.state == JobState.QUEUED]
    if limit.window_s is None:
        return [is_open()]
    return [is_counted(), jobs.c.created_at > now - timedelta(seconds=limit.window_s)]


def _whose(rule: Rule, who: CountedMember) -> list[list[ColumnElement[bool]]]:
    """WHERE conditions, one list for each part of the UNION."""
    asker = who.asker
    here = jobs.c.guild_id == asker.guild_id
    match rule.whose:
        case Whose.EVERYBODY:
            return [[]]
        case Whose.SERVER:
            return [[here]]
        case Whose.CHANNEL:
            return [[here, jobs.c.root_channel_id == asker.channel_id]]
        case Whose.MEMBER:
            living = [[here, jobs.c.requester_id == asker.member_id]]
            erased = [[here, jobs.c.limit_ref == who.limit_ref]] if who.limit_ref is not None else []
            return living + erased
