"""Counting for the limits: one statement tells how every limit of a request stands, from the job rows by index.

There are no counters that could drift: a song counts while its row says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
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
    refusing,
    standing,
)
from bot.models import JobState
from bot.store.policies import current
from bot.store.tables import is_counted, is_open, jobs


async def refusal(connection: AsyncConnection, admission: Admission, *, now: datetime) -> LimitReached | None:
    """Whether a limit refuses, in a transaction in which nobody else can admit; None when all are passed."""
    stand = await standings(connection, admission, now=now)
    return None if refusing(stand) is None else LimitReached(stand)


async def standings(connection: AsyncConnection, admission: Admission, *, now: datetime) -> list[Standing]:
    """How every limit stands that a request of this asker has to pass."""
    policy = await current(connection, admission.asker.guild_id)
    limits = applying(policy, admission.caps, admission.asker)
    rows = await connection.execute(usage(limits, admission.asker, now=now))
    counted = {row.number: row for row in rows}
    return [
        standing(limit, counted[number].used, counted[number].oldest) for number, limit in enumerate(limits)
    ]


def usage(limits: Sequence[Limit], asker: Asker, *, now: datetime) -> Select[Any]:
    """For each limit: its number in the list, how many songs count for it, and when the oldest of these was asked for.

    No more of them are counted than the limit allows, the newest first.
    """
    each = [_count(number, limit, asker, now) for number, limit in enumerate(limits)]
    return select(union_all(*each).subquery())


def _count(number: int, limit: Limit, asker: Asker, now: datetime) -> Select[Any, Any, Any]:
    # No more rows than the limit has songs are read: the newest of them tell all that there is to know.
    counted = select(jobs.c.created_at).where(*_counted(limit, asker, now)).limit(limit.songs)
    newest = (counted.order_by(jobs.c.created_at.desc()) if limit.window_s else counted).subquery()
    return select(
        literal(number).label("number"),
        func.count().label("used"),
        func.min(newest.c.created_at).label("oldest"),
    )


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
