"""Counts songs for the limits of a request, from the job rows by index.

There are no counters that could drift: a song counts as long as its row says so. Each request runs one statement that
finds whether any limit is used up; only a refusal and `/limits` also count how much is used of the others.

A member's erased songs count by a pseudonym (see `bot.store.pseudonyms`), which has an index of its own: a UNION of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Integer,
    RowMapping,
    Select,
    Text,
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
    LimitUsage,
    RequestContext,
    access_refusal,
    applicable_limits,
    usage_from_counts,
)
from bot.domain.policy.model import Measure, Policy, Rule, Whose
from bot.errors import RequestError
from bot.store.column_types import UtcDateTime
from bot.store.policies import read_policy
from bot.store.pseudonyms import pseudonym
from bot.store.tables import is_counted, is_open, jobs

MAX_STATEMENTS = 256
"""So many combinations of limits have their statements cached; servers with the same kinds of limits share them."""

REQUESTED_AT = column("requested_at", UtcDateTime)


@dataclass(frozen=True, slots=True)
class CountedMember:
    """Whose songs count; `limit_ref` is the member's pseudonym, None while no pseudonym is stored."""

    asker: RequestContext
    limit_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The limits of a refused request; `last` has for each that is used up the time of the song that uses it up, else None."""

    limits: Sequence[Limit]
    last: Sequence[datetime | None]
    who: CountedMember


def find_refusal(
    connection: Connection, admission: Admission, *, now: datetime
) -> Refusal | RequestError | None:
    """Whether the policy or a limit refuses the request; only in a transaction that keeps all others from recording any."""
    policy = _policy(connection, admission)
    if (refused := access_refusal(policy, admission.context)) is not None:
        return refused
    refusal = _checked(connection, policy, admission, now=now)
    return refusal if any(refusal.last) else None


def limit_usage(connection: Connection, admission: Admission, *, now: datetime) -> list[LimitUsage]:
    """The usage of every limit that a request of this member has to pass."""
    checked = _checked(connection, _policy(connection, admission), admission, now=now)
    return usage_of(connection, checked, now=now)


def _policy(connection: Connection, admission: Admission) -> Policy:
    guild_id = admission.context.guild_id
    return Policy() if guild_id is None else read_policy(connection, guild_id)


def _checked(connection: Connection, policy: Policy, admission: Admission, *, now: datetime) -> Refusal:
    """What is used up, if anything is."""
    asker = admission.context
    who = CountedMember(asker, pseudonym(connection, guild_id=asker.guild_id, user_id=asker.member_id))
    limits = applicable_limits(policy, admission.caps, asker)
    row: Any = _row(connection, used_up_query(limits, who), query_parameters(limits, who, now=now))
    return Refusal(limits, tuple(row.values()), who)


def usage_of(connection: Connection, refusal: Refusal, *, now: datetime) -> list[LimitUsage]:
    """The usage of every limit: the songs of those that are not used up are counted.

    What was recorded since `refusal` was found uses up none of these: it would not be what has refused.
    """
    limits, who = refusal.limits, refusal.who
    counted: Mapping[Any, Any] = {}
    if not all(refusal.last):
        free = {number: limit for number, limit in enumerate(limits) if not refusal.last[number]}
        counted = _row(connection, usage_query(free, who), query_parameters(limits, who, now=now))
    return [
        usage_from_counts(limit, limit.songs, last)
        if last
        else usage_from_counts(
            limit, min(counted[_used(number)], limit.songs - 1), counted.get(_oldest(number))
        )
        for number, (limit, last) in enumerate(zip(limits, refusal.last, strict=True))
    ]


def _row(connection: Connection, statement: Select[Any], parameters: dict[str, Any]) -> RowMapping:
    return connection.execute(statement, parameters).mappings().one()


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
        _since(number): moment
        for number, limit in enumerate(limits)
        if (moment := limit.since(now)) is not None
    }
    whose = {
        "guild": asker.guild_id,
        "channel": asker.channel_id,
        "member": asker.member_id,
        "ref": who.limit_ref,
    }
    return offsets | since | whose


@dataclass(frozen=True, slots=True)
class Counts:
    """Which songs count for a limit: whose, and those in a window, or those that are open, or queued."""

    whose: Whose
    has_window: bool
    queued_only: bool

    @classmethod
    def of(cls, rule: Rule) -> "Counts":
        """What counts for limits of a kind."""
        return cls(rule.whose, rule.measure is not Measure.AT_ONCE, rule is Rule.QUEUE)


@dataclass(frozen=True, slots=True)
class AskerColumns:
    """The expressions for who asks, and since when songs count; parameters, or columns of another table."""

    guild: ColumnElement[int]
    channel: ColumnElement[int]
    member: ColumnElement[int]
    ref: ColumnElement[str]
    since: ColumnElement[datetime]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the statements have to know of a limit: its place, and what counts for it."""

    number: int
    counts: Counts

    @classmethod
    def of(cls, number: int, limit: Limit) -> "_Shape":
        return cls(number, Counts.of(limit.rule))


def _bound_asker(shape: _Shape) -> AskerColumns:
    return AskerColumns(
        guild=bindparam("guild", type_=BigInteger),
        channel=bindparam("channel", type_=BigInteger),
        member=bindparam("member", type_=BigInteger),
        ref=bindparam("ref", type_=Text),
        since=bindparam(_since(shape.number), type_=UtcDateTime),
    )


@lru_cache(maxsize=MAX_STATEMENTS)
def _used_up_query(shapes: tuple[_Shape, ...], *, has_ref: bool) -> Select[Any]:
    columns: list[ColumnElement[Any]] = []
    for shape in shapes:
        times = times_counted(shape.counts, _bound_asker(shape), has_ref=has_ref)
        # Limits of songs at the same time need no order: any row at this offset proves that the limit is used up.
        if shape.counts.has_window:
            times = times.order_by(REQUESTED_AT.desc())
        last = times.offset(bindparam(_offset(shape.number), type_=Integer)).limit(1).scalar_subquery()
        columns.append(last.label(_last(shape.number)))
    return select(*columns)


@lru_cache(maxsize=MAX_STATEMENTS)
def _usage_query(shapes: tuple[_Shape, ...], *, has_ref: bool) -> Select[Any]:
    columns: list[ColumnElement[Any]] = []
    for shape in shapes:
        times = times_counted(shape.counts, _bound_asker(shape), has_ref=has_ref)
        number_of = select(func.count()).select_from(times.subquery())
        columns.append(number_of.scalar_subquery().label(_used(shape.number)))
        if shape.counts.has_window:
            oldest = times.order_by(REQUESTED_AT).limit(1)
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


def times_counted(
    counts: Counts, asker: AskerColumns, *, has_ref: bool, outer: FromClause | None = None
) -> Select[Any] | CompoundSelect[Any]:
    """The times at which the songs were requested that count for a limit, in the column `REQUESTED_AT`.

    `outer` is the table of the statement around this one that has the columns of `asker`, if they are no parameters.
    """
    parts = [
        select(jobs.c.created_at.label(REQUESTED_AT.name))
        .where(*_counting(counts, asker), *whose)
        .correlate(outer)
        for whose in _whose(counts, asker, has_ref=has_ref)
    ]
    return parts[0] if len(parts) == 1 else union_all(*parts)


def _counting(counts: Counts, asker: AskerColumns) -> list[ColumnElement[bool]]:
    if counts.queued_only:
        return [is_open(), jobs.c.state == JobState.QUEUED]
    if not counts.has_window:
        return [is_open()]
    return [is_counted(), jobs.c.created_at > asker.since]


def _whose(counts: Counts, asker: AskerColumns, *, has_ref: bool) -> list[list[ColumnElement[bool]]]:
    """WHERE conditions, one list for each part of the UNION."""
    here = jobs.c.guild_id == asker.guild
    match counts.whose:
        case Whose.EVERYBODY:
            return [[]]
        case Whose.SERVER:
            return [[here]]
        case Whose.CHANNEL:
            return [[here, jobs.c.root_channel_id == asker.channel]]
        case Whose.MEMBER | Whose.PERSON:
            where = here if counts.whose is Whose.MEMBER else jobs.c.guild_id.is_(None)
            living = [[where, jobs.c.requester_id == asker.member]]
            erased = [[where, jobs.c.limit_ref == asker.ref]] if has_ref else []
            return living + erased
