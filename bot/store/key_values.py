"""Small values under a name, in the table `facts`."""

from datetime import datetime

from sqlalchemy import select

from bot.store.database import Database
from bot.store.tables import facts

WRITTEN_AT = "written_at"


class KeyValues:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """The value under that name, None when it was never set."""
        return await self._database.scalar(select(facts.c.value).where(facts.c.name == name))

    async def set(self, name: str, value: str) -> None:
        """Store a value, in place of an earlier one."""
        new = self._database.upsert(facts).values(name=name, value=value)
        await self._database.execute(
            new.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": new.excluded.value})
        )

    async def get_or_set(self, name: str, value: str) -> str:
        """The value under that name, which is this one if it was never set."""
        new = self._database.upsert(facts).values(name=name, value=value).on_conflict_do_nothing()
        if (known := await self.get(name)) is not None:
            return known
        await self._database.execute(new)
        return await self.get(name) or value

    async def check_writable(self, *, now: datetime) -> None:
        """Write the time, which nothing reads: raises as any other write would."""
        await self.set(WRITTEN_AT, now.isoformat(timespec="seconds"))
