"""The servers that the bot is in, and those that it was taken out of."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Database
from bot.store.tables import guilds


class Guilds:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_joined(self, guild_id: int, *, now: datetime) -> None:
        """The bot is in this server (again): nothing of it is to be erased."""
        known = select(guilds.c.guild_id).where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_(None))
        async with self._database.read() as connection:
            if await connection.scalar(known) is not None:
                return
        async with self._database.write() as connection:
            await connection.execute(self._here(guild_id, now))

    async def mark_left(self, guild_id: int, *, now: datetime) -> None:
        """The bot was taken out of this server; the first time counts."""
        async with self._database.write() as connection:
            await connection.execute(self._new(guild_id, now).on_conflict_do_nothing())
            gone = (guilds.c.guild_id == guild_id) & guilds.c.left_at.is_(None)
            await connection.execute(update(guilds).where(gone).values(left_at=now))

    async def sync(self, guild_ids: Collection[int], *, now: datetime) -> list[int]:
        """The bot is in exactly these; returns those that it was taken out of meanwhile."""
        here = frozenset(guild_ids)
        async with self._database.write() as connection:
            rows = await connection.execute(select(guilds.c.guild_id, guilds.c.left_at))
            known = {guild_id: left_at for guild_id, left_at in rows}  # noqa: C416 - dict() of rows has no type
            for guild_id in sorted(here - {key for key, left_at in known.items() if left_at is None}):
                await connection.execute(self._here(guild_id, now))
            gone = sorted(key for key, left_at in known.items() if left_at is None and key not in here)
            for guild_id in gone:
                await connection.execute(
                    update(guilds).where(guilds.c.guild_id == guild_id).values(left_at=now)
                )
        return gone

    def _here(self, guild_id: int, now: datetime) -> Insert:
        return self._new(guild_id, now).on_conflict_do_update(
            index_elements=[guilds.c.guild_id], set_={"seen_at": now, "left_at": None, "erased_at": None}
        )

    def _new(self, guild_id: int, now: datetime) -> postgresql.Insert | sqlite.Insert:
        insert = postgresql.insert if self._database.dialect == "postgresql" else sqlite.insert
        return insert(guilds).values(guild_id=guild_id, seen_at=now)
