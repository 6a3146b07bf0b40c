"""Acknowledged requests that are not written down yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Select, delete, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from bot.domain.jobs import PendingAck
from bot.store.database import Database
from bot.store.tables import promises


@dataclass(slots=True, eq=False)
class _Unwritten:
    """A promise that is on its way to the disk, and the transaction that holds it already, perhaps to be undone."""

    row: dict[str, Any]
    written_in: AsyncTransaction | None = None


class PendingAcks:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._unwritten: dict[int, _Unwritten] = {}

    async def add(self, promise: PendingAck, *, now: datetime) -> None:
        """Write down that somebody is about to be told to wait.

        Whoever's turn comes first writes for all that wait: hundreds of people may use a command at the same moment.
        """
        mine = self._unwritten[promise.interaction_id] = _Unwritten(_row(promise, owner=self._owner, now=now))

        async def work(connection: AsyncConnection) -> None:
            transaction = connection.get_transaction()
            if mine.written_in is transaction:
                return
            # PostgreSQL's writers need not wait for each other, and would if they wrote the same rows.
            waiting = list(self._unwritten.values()) if self._database.dialect == "sqlite" else [mine]
            await connection.execute(self._insert(), [each.row for each in waiting])
            for each in waiting:
                each.written_in = transaction

        try:
            await self._database.transact(work)
        finally:
            # Discord may repeat an event, and both then go by the same ID.
            self._unwritten.pop(promise.interaction_id, None)

    def _insert(self) -> Insert:
        # A promise that another one's transaction has written already is left as it stands.
        insert = postgresql.insert if self._database.dialect == "postgresql" else sqlite.insert
        return insert(promises).on_conflict_do_nothing()

    async def remove(self, interaction_id: int) -> None:
        """The person knows what came of it."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(promises).where(promises.c.interaction_id == interaction_id))

        await self._database.transact(work)

    async def remove_expired(self, *, now: datetime) -> None:
        """Discord takes no answer to these any more."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(promises).where(promises.c.expires_at <= now))

        await self._database.transact(work)

    async def take_abandoned(self, *, made_before: datetime | None, now: datetime) -> list[PendingAck]:
        """What other processes promised before then (None: ever) and left; expired ones are forgotten."""
        async with self._database.write() as connection:
            await connection.execute(delete(promises).where(promises.c.expires_at <= now))
            rows = await connection.execute(_broken(owner=self._owner, made_before=made_before))
            return [PendingAck(*row) for row in rows]


def delete_by_token(interaction_token: str | None) -> Delete:
    """The job stands for it from now on: part of the transaction that records the job."""
    return delete(promises).where(promises.c.interaction_token == interaction_token)


def _row(promise: PendingAck, *, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "interaction_id": promise.interaction_id,
        "interaction_token": promise.interaction_token,
        "expires_at": promise.expires_at,
        "owner": owner,
        "made_at": now,
    }


def _broken(*, owner: str, made_before: datetime | None) -> Select[Any, Any, Any]:
    """Promises of other processes, made before then (None: at any time)."""
    late = true() if made_before is None else promises.c.made_at < made_before
    return (
        select(promises.c.interaction_id, promises.c.interaction_token, promises.c.expires_at)
        .where(promises.c.owner != owner, late)
        .order_by(promises.c.interaction_id)
    )
