"""Counting for the limits: how every limit of a request stands, from the job rows by index.

There are no counters that could drift: a song counts while its row says so. What every request pays is one statement that
asks whether any limit is used up; only a refusal and `/limits` also want to know how much is used of the others.

A member's erased songs count by a pseudonym (see `bot.store.pseudonyms`), along an index of its own: the two are merged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, column, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.jobs import JobState
from bot.domain.policy.limits import (
    Admission,
    Limit,
    LimitReached,
    LimitUsage,
    RequestContext,
    Rule,
    Whose,
    applying,
    standing,
)
from bot.store.column_types import UtcDateTime
from bot.store.policies import current
from bot.store.pseudonyms import pseudonym
from bot.store.tables import is_counted, is_open, jobs

_ASKED_AT = column("asked_at", UtcDateTime)


@dataclass(frozen=True, slots=True)
class CountedMember:
    """Whose songs count; `limit_ref` is the member's pseudonym, None while nobody has one."""

    asker: RequestContext
    limit_ref: str | None = None


async def check_limits(
    connection: AsyncConnection, admission: Admission, *, now: datetime
) -> LimitReached | None:
    """Whether a limit refuses, in a transaction in which nobody else can admit; None when all are passed."""
    limits, who = await _limits(connection, admission)
    found = await _row(connection, used_up_query(limits, who, now=now))
    if not any(found.values()):
        return None
    return LimitReached(await _standings(connection, limits, found, who, now=now))


async def limit_usage(
    connection: AsyncConnection, admission: Admission, *, now: datetime
) -> list[LimitUsage]:
    """How every limit stands that a request of this asker has to pass."""
    limits, who = await _limits(connection, admission)
    found = await _row(connection, used_up_query(limits, who, now=now))
    return await _standings(connection, limits, found, who, now=now)


async def _row(connection: AsyncConnection, statement: Select[Any]) -> dict[str, Any]:
    row = (await connection.execute(statement)).one()
    return dict(zip(statement.selected_columns.keys(), row, strict=True))


async def _limits(connection: AsyncConnection, admission: Admission) -> tuple[list[Limit], CountedMember]:
    asker = admission.asker
    policy = await current(connection, asker.guild_id)
    ref = await pseudonym(connection, guild_id=asker.guild_id, user_id=asker.member_id)
    return applying(policy, admission.caps, asker), CountedMember(asker, ref)


async def _standings(
    connection: AsyncConnection,
    limits: Sequence[Limit],
    found: Mapping[str, Any],
    who: CountedMember,
    *,
    now: datetime,
) -> list[LimitUsage]:
    """From what `used_up` has found: those limits are known, the songs that count for the others are fewer than they allow."""
    counted: Mapping[str, Any] = {}
    if not all(found.values()):
        free = {number: limit for number, limit in enumerate(limits) if not found[_last(number)]}
        counted = await _row(connection, usage_query(free, who, now=now))
    return [
        standing(limit, limit.songs, found[_last(number)])
        if found[_last(number)]
        else standing(limit, counted[_used(number)], counted.get(_oldest(number)))
        for number, limit in enumerate(limits)
    ]


def used_up_query(limits: Sequence[Limit], who: CountedMember, *, now: datetime) -> Select[Any]:
    """One row with a column for each limit: when the last song that it allows was asked for; None where there are fewer.

    That song is the oldest of the newest `limit.songs` that count: with it, the limit frees up. It is reached by skipping
    along an index, which costs a tenth of counting the same rows.
    """
    columns: list[ColumnElement[Any]] = []
    for number, limit in enumerate(limits):
        times = _times(limit, who, now)
        if limit.window_s is not None:
            times = times.order_by(_ASKED_AT.desc())
        last = times.offset(limit.songs - 1).limit(1).scalar_subquery()
        columns.append(last.label(_last(number)))
    return select(*columns)


def usage_query(limits: Mapping[int, Limit], who: CountedMember, *, now: datetime) -> Select[Any]:
    """One row: for each limit how many songs count for it, and when the oldest of those in its window was asked for."""
    columns: list[ColumnElement[Any]] = []
    for number, limit in limits.items():
        number_of = select(func.count()).select_from(_times(limit, who, now).subquery())
        columns.append(number_of.scalar_subquery().label(_used(number)))
        if limit.window_s is not None:
            oldest = _times(limit, who, now).order_by(_ASKED_AT).limit(1)
            columns.append(oldest.scalar_subquery().label(_oldest(number)))
    return select(*columns)


def _last(number: int) -> str:
    return f"last_{number}"


def _used(number: int) -> str:
    return f"used_{number}"


def _oldest(number: int) -> str:
    return f"oldest_{number}"


def _times(limit: Limit, who: CountedMember, now: datetime) -> Select[Any] | CompoundSelect[Any]:
    """When the songs were asked for that count for a limit."""
    parts = [
        select(jobs.c.created_at.label(_ASKED_AT.name)).where(*_counting(limit, now), *whose)
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
    """Each of the parts that together are all whose songs count."""
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
