"""The shelf: songs to find again, in lists and suggestions, and the searches behind the lists."""

from datetime import datetime

from bot.domain.jobs import Job
from bot.domain.search import KEPT_FOR, Listed, Page, Search, SongQuery, ViewerScope, pages_of
from bot.store import songs
from bot.store.database import Database
from bot.store.rows import job_from_row
from bot.store.tables import searches


class SongQueries:
    """Each method is a transaction of its own; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_search(self, query: SongQuery, sight: ViewerScope, *, now: datetime) -> Search:
        """Write a search down, and forget those that are too old."""
        async with self._database.write() as connection:
            await connection.execute(songs.drop_searches(made_before=now - KEPT_FOR))
            rows = await connection.execute(songs.keep_search(query, sight, now=now).returning(searches))
            return songs.search_of(rows.mappings().one())

    async def get_search(self, key: int, *, now: datetime) -> Search | None:
        """A search that is still kept."""
        async with self._database.read() as connection:
            row = (await connection.execute(songs.search(key, made_after=now - KEPT_FOR))).mappings().first()
        return None if row is None else songs.search_of(row)

    async def page(self, search: Search, sight: ViewerScope, *, number: int | None) -> Page:
        """A page of what is found now, the last one for None and for numbers beyond it."""
        async with self._database.read() as connection:
            total = await connection.scalar(songs.count(search.query, sight)) or 0
            last = pages_of(total)
            number = last if number is None else max(1, min(number, last))
            rows = await connection.execute(songs.page(search.query, sight, number=number))
            entries = tuple(Listed(job_from_row(row), row["liked"]) for row in rows.mappings())
        return Page(search=search, number=number, total=total, entries=entries)

    async def suggestions(self, typed: str, *, user_id: int) -> list[Job]:
        """The user's own newest jobs that what is typed may mean, at most 25, newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(songs.suggestions(typed, user_id=user_id))
            return [job_from_row(row) for row in rows.mappings()]
