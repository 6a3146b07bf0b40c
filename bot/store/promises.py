"""Acknowledged requests that are not written down yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Promise
from bot.store.database import Database
from bot.store.tables import promises


class PromiseBook:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner

    async def make(self, promise: Promise, *, now: datetime) -> None:
        """Write down that somebody is about to be told to wait."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(_make(promise, owner=self._owner, now=now))

        await self._database.change(work)

    async def forget(self, interaction_id: int) -> None:
        """The person knows what came of it."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(promises).where(promises.c.interaction_id == interaction_id))

        await self._database.change(work)

    async def broken(self, *, made_before: datetime | None, now: datetime) -> list[Promise]:
        """What other processes promised before then (None: ever) and left; expired ones are forgotten."""
        async with self._database.write() as connection:
            await connection.execute(delete(promises).where(promises.c.expires_at <= now))
            rows = await connection.execute(_broken(owner=self._owner, made_before=made_before))
            return [Promise(*row) for row in rows]


def redeem(interaction_token: str | None) -> Delete:
    """The job stands for it from now on: part of the transaction that records the job."""
    return delete(promises).where(promises.c.interaction_token == interaction_token)


def _make(promise: Promise, *, owner: str, now: datetime) -> Insert:
    """Write a promise down."""
    return insert(promises).values(
        interaction_id=promise.interaction_id,
        interaction_token=promise.interaction_token,
        expires_at=promise.expires_at,
        owner=owner,
        made_at=now,
    )


def _broken(*, owner: str, made_before: datetime | None) -> Select[Any, Any, Any]:
    """Promises of other processes, made before then (None: at any time)."""
    late = true() if made_before is None else promises.c.made_at < made_before
    return (
        select(promises.c.interaction_id, promises.c.interaction_token, promises.c.expires_at)
        .where(promises.c.owner != owner, late)
        .order_by(promises.c.interaction_id)
    )
