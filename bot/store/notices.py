"""Messages that the bot posts in a server on its own, such as the welcome: each is sent once for its occasion."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.database import Database
from bot.store.tables import notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeClaim:
    """The right to send a notice.

    Attributes:
        occasion: what it is sent for, also in a later claim for the same one.
        claimed_at: since when it may have been sent; in Discord's time.
        is_repeated: an earlier claim was not followed by `mark_sent`, so the notice may have been sent.
    """

    guild_id: int
    kind: str
    occasion: datetime
    claimed_at: datetime
    is_repeated: bool = False


class Notices:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, guild_id: int, kind: str, *, occasion: datetime, since: datetime, now: datetime
    ) -> NoticeClaim | None:
        """Claim a notice of a server; None if one of this kind was sent for an occasion at or after `since`."""
        its = (notices.c.guild_id == guild_id) & (notices.c.kind == kind)
        sent = its & (notices.c.occasion >= since) & notices.c.sent_at.is_not(None)
        # Read first: nearly always it was sent, and a read does not wait for a writer.
        if await self._database.scalar(select(notices.c.guild_id).where(sent)) is not None:
            return None
        fresh = {"occasion": occasion, "claimed_at": now, "sent_at": None}
        new = self._database.upsert(notices).values(guild_id=guild_id, kind=kind, **fresh)
        stored = select(notices).where(its).with_for_update()

        def work(connection: Connection) -> NoticeClaim | None:
            if connection.execute(new.on_conflict_do_nothing().returning(notices.c.guild_id)).first():
                return NoticeClaim(guild_id=guild_id, kind=kind, occasion=occasion, claimed_at=now)
            row = connection.execute(stored).mappings().one()
            if row["occasion"] < since:
                connection.execute(update(notices).where(its).values(fresh))
                return NoticeClaim(guild_id=guild_id, kind=kind, occasion=occasion, claimed_at=now)
            if row["sent_at"] is not None:
                return None
            return NoticeClaim(
                guild_id=guild_id,
                kind=kind,
                occasion=row["occasion"],
                claimed_at=row["claimed_at"],
                is_repeated=True,
            )

        return await self._database.write(work)

    async def mark_sent(self, claim: NoticeClaim, *, now: datetime) -> None:
        """Store that the notice was sent, or cannot be."""
        its = (notices.c.guild_id == claim.guild_id) & (notices.c.kind == claim.kind)
        same = its & (notices.c.occasion == claim.occasion)
        await self._database.execute(update(notices).where(same).values(sent_at=now))
