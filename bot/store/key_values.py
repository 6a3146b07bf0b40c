"""Small facts under a name."""

from datetime import datetime

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import facts

WRITTEN_AT = "written_at"


class KeyValues:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """A small fact, None when it was never set."""
        async with self._database.read() as connection:
            return await connection.scalar(select(facts.c.value).where(facts.c.name == name))

    async def set(self, name: str, value: str) -> None:
        """Remember a small fact, in place of what it was before."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(_write(name, value, dialect=self._database.dialect))

        await self._database.transact(work)

    async def check_writable(self, *, now: datetime) -> None:
        """Write something that nobody needs: where this works, everything else can be written too."""
        await self.set(WRITTEN_AT, now.isoformat(timespec="seconds"))


def _write(name: str, value: str, *, dialect: str) -> Insert:
    # Both databases can do that, each with a construct of its own.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    new = insert(facts).values(name=name, value=value)
    return new.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": new.excluded.value})
