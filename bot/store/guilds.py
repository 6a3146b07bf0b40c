"""The servers that the bot is in, and those that it was removed from."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Insert, select, update

from bot.domain.shards import Shards
from bot.store.database import Database
from bot.store.expressions import in_shards
from bot.store.tables import guilds


class Guilds:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_joined(self, guild_id: int, *, now: datetime) -> None:
        """Store that the bot is in this server (again), whose data are then not to be erased."""
        known = select(guilds.c.guild_id).where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_(None))
        # Read first: nearly all servers are known, and a read does not wait for a writer.
        if await self._database.scalar(known) is None:
            await self._database.execute(self._present(guild_id, now))

    async def mark_left(self, guild_id: int, *, now: datetime) -> None:
        """Store that the bot was removed from this server; a time that is stored already stays."""
        new = self._database.upsert(guilds).values(guild_id=guild_id, seen_at=now)
        present = (guilds.c.guild_id == guild_id) & guilds.c.left_at.is_(None)

        def work(connection: Connection) -> None:
            connection.execute(new.on_conflict_do_nothing())
            connection.execute(update(guilds).where(present).values(left_at=now))

        await self._database.write(work)

    async def sync(self, guild_ids: Collection[int], *, of_shard: Shards, now: datetime) -> list[int]:
        """Store that the bot is in exactly these servers of a shard; returns those that it was removed from since the last time."""
        present = frozenset(guild_ids)
        joined = select(guilds.c.guild_id).where(
            guilds.c.left_at.is_(None), in_shards(guilds.c.guild_id, of_shard)
        )

        def work(connection: Connection) -> list[int]:
            known = set(connection.scalars(joined))
            # In the same order in every process: two that upsert the same rows could deadlock.
            for guild_id in sorted(present - known):
                connection.execute(self._present(guild_id, now))
            left = sorted(known - present)
            for guild_id in left:
                connection.execute(update(guilds).where(guilds.c.guild_id == guild_id).values(left_at=now))
            return left

        return await self._database.write(work)

    def _present(self, guild_id: int, now: datetime) -> Insert:
        new = self._database.upsert(guilds).values(guild_id=guild_id, seen_at=now)
        return new.on_conflict_do_update(
            index_elements=[guilds.c.guild_id], set_={"seen_at": now, "left_at": None, "erased_at": None}
        )
