"""Who likes which song."""

from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, func, insert, not_, select

from bot.domain.jobs import NOBODY, Liking
from bot.store.database import Database
from bot.store.tables import is_completed, jobs, likes


class Likes:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, key: int, *, user_id: int, now: datetime) -> Liking | None:
        """Like a song, or take the like back; None when it is no song that others may see."""
        async with self._database.write() as connection:
            if await connection.scalar(_likeable(key)) is None:
                return None
            taken_back = (await connection.execute(_unlike(key, user_id=user_id))).rowcount
            if not taken_back:
                await connection.execute(_like(key, user_id=user_id, now=now))
            return Liking(not taken_back, await connection.scalar(_count(key)) or 0)

    async def count(self, key: int) -> int:
        """How many members like a song."""
        async with self._database.read() as connection:
            return await connection.scalar(_count(key)) or 0


def _likeable(job_key: int) -> Select[Any]:
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


def _unlike(job_key: int, *, user_id: int) -> Delete:
    """Take a like back."""
    return delete(likes).where(likes.c.job_key == job_key, likes.c.user_id == user_id)


def _like(job_key: int, *, user_id: int, now: datetime) -> Insert:
    """Write a like down."""
    return insert(likes).values(job_key=job_key, user_id=user_id, liked_at=now)


def _count(job_key: int) -> Select[Any]:
    """How many members like the song."""
    return select(func.count()).where(likes.c.job_key == job_key)
