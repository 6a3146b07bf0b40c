"""Counting for the limits: how every limit of a request stands, from the job rows by index.

There are no counters that could drift: a song counts while its row says so. What every request pays is one statement that
asks whether any limit is used up; only a refusal and `/limits` also want to know how much is used of the others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.limits import (
    Admission,
    Asker,
    Limit,
    LimitReached,
    Rule,
    Standing,
    Whose,
    applying,
    standing,
)
from bot.models import JobState
from bot.store.policies import current
from bot.store.tables import is_counted, is_open, jobs


async def refusal(connection: AsyncConnection, admission: Admission, *, now: datetime) -> LimitReached | None:
    """Whether a limit refuses, in a transaction in which nobody else can admit; None when all are passed."""
    limits = await _limits(connection, admission)
    found = await _row(connection, used_up(limits, admission.asker, now=now))
    if not any(found.values()):
        return None
    return LimitReached(await _standings(connection, limits, found, admission.asker, now=now))


async def standings(connection: AsyncConnection, admission: Admission, *, now: datetime) -> list[Standing]:
    """How every limit stands that a request of this asker has to pass."""
    limits = await _limits(connection, admission)
    found = await _row(connection, used_up(limits, admission.asker, now=now))
    return await _standings(connection, limits, found, admission.asker, now=now)


async def _row(connection: AsyncConnection, statement: Select[Any]) -> dict[str, Any]:
    row = (await connection.execute(statement)).one()
    return dict(zip(statement.selected_columns.keys(), row, strict=True))


async def _limits(connection: AsyncConnection, admission: Admission) -> list[Limit]:
    policy = await current(connection, admission.asker.guild_id)
    return applying(policy, admission.caps, admission.asker)


async def _standings(
    connection: AsyncConnection,
    limits: Sequence[Limit],
    found: Mapping[str, Any],
    asker: Asker,
    *,
    now: datetime,
) -> list[Standing]:
    """From what `used_up` has found: those limits are known, the songs that count for the others are fewer than they allow."""
    counted: Mapping[str, Any] = {}
    if not all(found.values()):
        free = {number: limit for number, limit in enumerate(limits) if not found[_last(number)]}
        counted = await _row(connection, usage(free, asker, now=now))
    return [
        standing(limit, limit.songs, found[_last(number)])
        if found[_last(number)]
        else standing(limit, counted[_used(number)], counted.get(_oldest(number)))
        for number, limit in enumerate(limits)
    ]


def used_up(limits: Sequence[Limit], asker: Asker, *, now: datetime) -> Select[Any]:
    """One row with a column for each limit: when the last song that it allows was asked for; None where there are fewer.

    That song is the oldest of the newest `limit.songs` that count: with it, the limit frees up. It is reached by skipping
    along an index, which costs a tenth of counting the same rows.
    """
    return select(
        *(
            _times(limit, asker, now)
            .order_by(jobs.c.created_at.desc() if limit.window_s else None)
            .offset(limit.songs - 1)
            .limit(1)
            .scalar_subquery()
            .label(_last(number))
            for number, limit in enumerate(limits)
        )
    )


def usage(limits: Mapping[int, Limit], asker: Asker, *, now: datetime) -> Select[Any]:
    """One row: for each limit how many songs count for it, and when the oldest of those in its window was asked for."""
    columns: list[ColumnElement[Any]] = []
    for number, limit in limits.items():
        number_of = select(func.count()).select_from(jobs).where(*_counted(limit, asker, now))
        columns.append(number_of.scalar_subquery().label(_used(number)))
        if limit.window_s is not None:
            oldest = _times(limit, asker, now).order_by(jobs.c.created_at).limit(1)
            columns.append(oldest.scalar_subquery().label(_oldest(number)))
    return select(*columns)


def _last(number: int) -> str:
    return f"last_{number}"


def _used(number: int) -> str:
    return f"used_{number}"


def _oldest(number: int) -> str:
    return f"oldest_{number}"


def _times(limit: Limit, asker: Asker, now: datetime) -> Select[Any]:
    return select(jobs.c.created_at).where(*_counted(limit, asker, now))


def _counted(limit: Limit, asker: Asker, now: datetime) -> list[ColumnElement[bool]]:
    if limit.rule is Rule.QUEUE:
        return [is_open(), jobs.c.state == JobState.QUEUED]
    counted = [*_whose(limit.rule, asker)]
    if limit.window_s is None:
        return [is_open(), *counted]
    return [is_counted(), *counted, jobs.c.created_at > now - timedelta(seconds=limit.window_s)]


def _whose(rule: Rule, asker: Asker) -> list[ColumnElement[bool]]:
    here = jobs.c.guild_id == asker.guild_id
    match rule.whose:
        case Whose.EVERYBODY:
            return []
        case Whose.SERVER:
            return [here]
        case Whose.CHANNEL:
            return [here, jobs.c.root_channel_id == asker.channel_id]
        case Whose.MEMBER:
            return [here, jobs.c.requester_id == asker.member_id]
