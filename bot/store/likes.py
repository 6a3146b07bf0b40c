"""Who likes which song."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, not_, select

from bot.domain.jobs import NOBODY, LikeResult
from bot.store.database import Database
from bot.store.tables import is_completed, jobs, likes


class Likes:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, key: int, *, user_id: int, now: datetime) -> LikeResult | None:
        """Like a song, or take the like back; None when it is not a public song.

        On PostgreSQL the job's row stays locked until the transaction ends, so that concurrent calls for one song each
        return the exact count. SQLite has one writer at a time anyway.
        """
        is_public_song = (is_completed(), not_(jobs.c.is_private), jobs.c.requester_id != NOBODY)
        song = select(jobs.c.key).where(jobs.c.key == key, *is_public_song).with_for_update(key_share=True)
        own = (likes.c.job_key == key) & (likes.c.user_id == user_id)

        def work(connection: Connection) -> LikeResult | None:
            if connection.scalar(song) is None:
                return None
            # The DELETE tells whether there was a like, and needs no SELECT before it.
            taken_back = connection.execute(delete(likes).where(own)).rowcount
            if not taken_back:
                new = insert(likes).values(job_key=key, user_id=user_id, liked_at=now)
                connection.execute(new)
            return LikeResult(not taken_back, connection.scalar(_count(key)) or 0)

        return await self._database.write(work)

    async def remove(self, key: int, *, user_id: int) -> bool:
        """Take a member's like back; returns whether there was one."""
        own = delete(likes).where(likes.c.job_key == key, likes.c.user_id == user_id)
        return await self._database.write(lambda connection: connection.execute(own).rowcount > 0)

    async def count(self, key: int) -> int:
        """How many members like a song."""
        return await self._database.scalar(_count(key)) or 0


def _count(job_key: int) -> Select[Any]:
    return select(func.count()).where(likes.c.job_key == job_key)
