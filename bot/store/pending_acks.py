"""Acknowledged requests that are not stored as jobs yet, in the table `promises`.

A row is written before the acknowledgement is sent and deleted with the insert of the job. What a crash leaves here is
an interaction that shows "is thinking" and has no job.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, delete, or_, select

from bot.domain.jobs import PendingAck
from bot.store.database import Database
from bot.store.tables import processes, promises

ABANDONED_AFTER = timedelta(seconds=60)
"""Longer than any request takes from its acknowledgement to its job row."""


MAX_SHARED = 1000
"""So many rows share a transaction: hundreds of people may use a command at the same moment."""


class PendingAcks:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._add = database.shared_writes(self._insert_all, most=MAX_SHARED)

    async def add(self, ack: PendingAck, *, now: datetime) -> None:
        """Store that somebody is about to be acknowledged, in one transaction with all others that wait."""
        await self._add(
            {
                "interaction_id": ack.interaction_id,
                "interaction_token": ack.interaction_token,
                "expires_at": ack.expires_at,
                "owner": self._owner,
                "made_at": now,
                "locale": ack.locale,
            }
        )

    def _insert_all(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> Sequence[None]:
        # Discord may repeat an event: rows that are there already are left as they are. Two processes may insert the same rows
        # at once: in the same order, so that neither waits for the other in turn.
        ordered = sorted(rows, key=itemgetter("interaction_id"))
        connection.execute(self._database.upsert(promises).on_conflict_do_nothing(), ordered)
        return [None] * len(rows)

    async def remove(self, interaction_id: int) -> None:
        """Delete an acknowledgement whose interaction was answered."""
        await self._database.execute(delete(promises).where(promises.c.interaction_id == interaction_id))

    async def remove_expired(self, *, now: datetime) -> None:
        """Delete those to which Discord takes no answer any more."""
        await self._database.execute(_delete_expired(now))

    async def take_abandoned(self, *, now: datetime) -> list[PendingAck]:
        """Those of other processes that have ended, or were made `ABANDONED_AFTER` ago; expired ones are deleted first."""
        is_abandoned = or_(
            promises.c.owner.not_in(select(processes.c.owner)), promises.c.made_at < now - ABANDONED_AFTER
        )
        of_others = (
            select(
                promises.c.interaction_id,
                promises.c.interaction_token,
                promises.c.expires_at,
                promises.c.locale,
            )
            .where(promises.c.owner != self._owner, is_abandoned)
            .order_by(promises.c.interaction_id)
        )

        def work(connection: Connection) -> list[PendingAck]:
            connection.execute(_delete_expired(now))
            # Not deleted yet: the caller removes each once its response was edited, so that a crash repeats the edit.
            return [PendingAck(*row) for row in connection.execute(of_others)]

        return await self._database.write(work)


def _delete_expired(now: datetime) -> Delete:
    return delete(promises).where(promises.c.expires_at <= now)
