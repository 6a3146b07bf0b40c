"""Counts songs for the limits of a request, from the job rows by index.

There are no counters that could drift: a song counts as long as its row says so. Each request runs one statement that
finds whether any limit is used up; only a refusal and `/limits` also count how much is used of the others.

A member's erased songs count by a pseudonym (see `bot.store.pseudonyms`), which has an index of its own: a UNION of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    RowMapping,
    Select,
    bindparam,
    column,
    func,
    select,
    union_all,
)

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

MAX_STATEMENTS = 256
"""So many combinations of limits have their statements cached; servers with the same kinds of limits share them."""

_REQUESTED_AT = column("requested_at", UtcDateTime)


@dataclass(frozen=True, slots=True)
class CountedMember:
    """Whose songs count; `limit_ref` is the member's pseudonym, None while no pseudonym is stored."""

    asker: RequestContext
    limit_ref: str | None = None


def check_limits(connection: Connection, admission: Admission, *, now: datetime) -> LimitReached | None:
    """The refusal, None when every limit is passed. The transaction must hold `lock_for_decision`."""
    limits, who = _applying_limits(connection, admission)
    found = _row(connection, used_up_query(limits, who), query_parameters(limits, who, now=now))
    if not any(found.values()):
        return None
    return LimitReached(_usage_of(connection, limits, found, who, now=now))


def limit_usage(connection: Connection, admission: Admission, *, now: datetime) -> list[LimitUsage]:
    """The usage of every limit that a request of this member has to pass."""
    limits, who = _applying_limits(connection, admission)
    found = _row(connection, used_up_query(limits, who), query_parameters(limits, who, now=now))
    return _usage_of(connection, limits, found, who, now=now)


def _row(connection: Connection, statement: Select[Any], parameters: dict[str, Any]) -> RowMapping:
    return connection.execute(statement, parameters).mappings().one()


def _applying_limits(connection: Connection, admission: Admission) -> tuple[list[Limit], CountedMember]:
    asker = admission.context
    policy = read_policy(connection, asker.guild_id)
    ref = pseudonym(connection, guild_id=asker.guild_id, user_id=asker.member_id)
    return applicable_limits(policy, admission.caps, asker), CountedMember(asker, ref)


def _usage_of(
    connection: Connection,
    limits: Sequence[Limit],
    found: RowMapping,
    who: CountedMember,
    *,
    now: datetime,
) -> list[LimitUsage]:
    """`found` is the row of `used_up_query`: limits with a time in it are used up; songs are counted for the others."""
    counted: Mapping[Any, Any] = {}
    if not all(found.values()):
        free = {number: limit for number, limit in enumerate(limits) if not found[_last(number)]}
        counted = _row(connection, usage_query(free, who), query_parameters(limits, who, now=now))
    return [
        usage_from_counts(limit, limit.songs, found[_last(number)])
        if found[_last(number)]
        else usage_from_counts(limit, counted[_used(number)], counted.get(_oldest(number)))
        for number, limit in enumerate(limits)
    ]


# Both statements depend on which limits there are, and not on their numbers. They are cached with parameters: to build one
# takes SQLAlchemy several times as long as SQLite takes to answer it.


def used_up_query(limits: Sequence[Limit], who: CountedMember) -> Select[Any]:
    """One row with a column for each limit: the time of its `limit.songs`-th newest song; NULL where there are fewer.

    The limit frees up once that song is too old to count. Skipping to it along the index costs a tenth of counting. The
    statement takes `query_parameters`.
    """
    shapes = tuple(_Shape.of(number, limit) for number, limit in enumerate(limits))
    return _used_up_query(shapes, has_ref=who.limit_ref is not None)


def usage_query(limits: Mapping[int, Limit], who: CountedMember) -> Select[Any]:
    """One row: for each limit the number of songs that count for it, and the time of the oldest one in its window.

    `limits` are some of those that `query_parameters` gets, by their places in it.
    """
    shapes = tuple(_Shape.of(number, limit) for number, limit in limits.items())
    return _usage_query(shapes, has_ref=who.limit_ref is not None)


def query_parameters(limits: Sequence[Limit], who: CountedMember, *, now: datetime) -> dict[str, Any]:
    """The parameters of both statements."""
    asker = who.asker
    offsets = {_offset(number): limit.songs - 1 for number, limit in enumerate(limits)}
    since = {
        _since(number): now - timedelta(seconds=limit.window_s)
        for number, limit in enumerate(limits)
        if limit.window_s is not None
    }
    whose = {
        "guild": asker.guild_id,
        "channel": asker.channel_id,
        "member": asker.member_id,
        "ref": who.limit_ref,
    }
    return offsets | since | whose


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the statements have to know of a limit: its place, its rule, and whether it has a window."""

    number: int
    rule: Rule
    has_window: bool

    @classmethod
    def of(cls, number: int, limit: Limit) -> "_Shape":
        return cls(number, limit.rule, limit.window_s is not None)


@lru_cache(maxsize=MAX_STATEMENTS)
def _used_up_query(shapes: tuple[_Shape, ...], *, has_ref: bool) -> Select[Any]:
    columns: list[ColumnElement[Any]] = []
    for shape in shapes:
        times = _times(shape, has_ref=has_ref)
        # Limits of songs at the same time need no order: any row at this offset proves that the limit is used up.
        if shape.has_window:
            times = times.order_by(_REQUESTED_AT.desc())
        last = times.offset(bindparam(_offset(shape.number), type_=Integer)).limit(1).scalar_subquery()
        columns.append(last.label(_last(shape.number)))
    return select(*columns)


@lru_cache(maxsize=MAX_STATEMENTS)
def _usage_query(shapes: tuple[_Shape, ...], *, has_ref: bool) -> Select[Any]:
    columns: list[ColumnElement[Any]] = []
    for shape in shapes:
        number_of = select(func.count()).select_from(_times(shape, has_ref=has_ref).subquery())
        columns.append(number_of.scalar_subquery().label(_used(shape.number)))
        if shape.has_window:
            oldest = _times(shape, has_ref=has_ref).order_by(_REQUESTED_AT).limit(1)
            columns.append(oldest.scalar_subquery().label(_oldest(shape.number)))
    return select(*columns)


def _offset(number: int) -> str:
    return f"offset_{number}"


def _since(number: int) -> str:
    return f"since_{number}"


def _last(number: int) -> str:
    return f"last_{number}"


def _used(number: int) -> str:
    return f"used_{number}"


def _oldest(number: int) -> str:
    return f"oldest_{number}"


def _times(shape: _Shape, *, has_ref: bool) -> Select[Any] | CompoundSelect[Any]:
    """The times at which the songs were requested that count for a limit."""
    parts = [
        select(jobs.c.created_at.label(_REQUESTED_AT.name)).where(*_counting(shape), *whose)
        for whose in _whose(shape.rule, has_ref=has_ref)
    ]
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _counting(shape: _Shape) -> list[ColumnElement[bool]]:
    if shape.rule is Rule.QUEUE:
        return [is_open(), jobs.c.state == JobState.QUEUED]
    if not shape.has_window:
        return [is_open()]
    return [is_counted(), jobs.c.created_at > bindparam(_since(shape.number))]


def _whose(rule: Rule, *, has_ref: bool) -> list[list[ColumnElement[bool]]]:
    """WHERE conditions, one list for each part of the UNION."""
    here = jobs.c.guild_id == bindparam("guild")
    match rule.whose:
        case Whose.EVERYBODY:
            return [[]]
        case Whose.SERVER:
            return [[here]]
        case Whose.CHANNEL:
            return [[here, jobs.c.root_channel_id == bindparam("channel")]]
        case Whose.MEMBER:
            living = [[here, jobs.c.requester_id == bindparam("member")]]
            erased = [[here, jobs.c.limit_ref == bindparam("ref")]] if has_ref else []
            return living + erased
