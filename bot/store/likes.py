"""Who likes which song: the statements that a press needs, in their order, and the count."""

from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, func, insert, not_, select

from bot.models import NOBODY
from bot.store.tables import is_completed, jobs, likes


def likeable(job_key: int) -> Select[Any]:
    """The job's key, if it is a song that others may see.

    On PostgreSQL its row stays locked until the transaction ends: presses on one song take their turns, so that each of
    them counts exactly what came before it. SQLite has one writer at a time anyway.
    """
    return (
        select(jobs.c.key)
        .where(
            jobs.c.key == job_key,
            is_completed(),
            not_(jobs.c.is_private),
            jobs.c.requester_id != NOBODY,
        )
        .with_for_update(key_share=True)
    )


def unlike(job_key: int, *, user_id: int) -> Delete:
    """Take a like back."""
    return delete(likes).where(likes.c.job_key == job_key, likes.c.user_id == user_id)


def like(job_key: int, *, user_id: int, now: datetime) -> Insert:
    """Write a like down."""
    return insert(likes).values(job_key=job_key, user_id=user_id, liked_at=now)


def count(job_key: int) -> Select[Any]:
    """How many members like the song."""
    return select(func.count()).where(likes.c.job_key == job_key)
