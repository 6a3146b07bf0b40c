"""Playlists of members, each in one server."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select

from bot.domain.jobs import Job
from bot.domain.playlists import MAX_PLAYLISTS, MAX_SONGS, Playlist, PlaylistFault
from bot.store.column_types import sanitize_text
from bot.store.database import Database
from bot.store.driver_errors import UniqueViolation
from bot.store.rows import job_from_row
from bot.store.tables import jobs, playlist_songs, playlists


class Playlists:
    """Each method is one transaction; every one may raise DatabaseBusy or DatabaseUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, *, user_id: int, guild_id: int, now: datetime) -> PlaylistFault | None:
        """Create an empty playlist; returns why it was not created."""
        own = (playlists.c.user_id == user_id) & (playlists.c.guild_id == guild_id)
        new = insert(playlists).values(
            user_id=user_id, guild_id=guild_id, name=name, folded_name=_folded(name), made_at=now
        )

        def work(connection: Connection) -> PlaylistFault | None:
            names = list(connection.scalars(select(playlists.c.folded_name).where(own)))
            if _folded(name) in names:
                return PlaylistFault.NAME_TAKEN
            if len(names) >= MAX_PLAYLISTS:
                return PlaylistFault.TOO_MANY
            connection.execute(new)
            return None

        try:
            return await self._database.write(work)
        except UniqueViolation:
            # Another process was faster.
            return PlaylistFault.NAME_TAKEN

    async def of_member(self, user_id: int, guild_id: int) -> list[Playlist]:
        """A member's playlists in a server, by name."""
        own = _with_counts().where(playlists.c.user_id == user_id, playlists.c.guild_id == guild_id)
        return await self._database.fetch(own.order_by(playlists.c.folded_name), lambda row: Playlist(**row))

    async def find(self, name: str, *, user_id: int, guild_id: int) -> Playlist | None:
        """A member's playlist of this name; upper and lower case are the same."""
        own = await self.of_member(user_id, guild_id)
        return next((each for each in own if _folded(each.name) == _folded(name)), None)

    async def get(self, key: int) -> Playlist | None:
        """A playlist by its key."""
        found = await self._database.fetch(
            _with_counts().where(playlists.c.key == key), lambda row: Playlist(**row)
        )
        return found[0] if found else None

    async def songs(self, key: int, *, limit: int) -> list[Job]:
        """The songs of a playlist, in their order."""
        listed = (
            select(jobs)
            .join(playlist_songs, playlist_songs.c.job_key == jobs.c.key)
            .where(playlist_songs.c.playlist_key == key)
            # By key too: songs that were added at the same moment keep their order.
            .order_by(playlist_songs.c.added_at, jobs.c.key)
        )
        return await self._database.fetch(listed.limit(limit), job_from_row)

    async def add(self, key: int, job_key: int, *, now: datetime) -> PlaylistFault | None:
        """Add a song at the end, unless it is there already; returns why it was not added."""
        its = playlist_songs.c.playlist_key == key
        new = insert(playlist_songs).values(playlist_key=key, job_key=job_key, added_at=now)

        def work(connection: Connection) -> PlaylistFault | None:
            # Locked: it may be deleted at the same time.
            known = select(playlists.c.key).where(playlists.c.key == key).with_for_update()
            if connection.scalar(known) is None:
                return PlaylistFault.UNKNOWN
            songs = list(connection.scalars(select(playlist_songs.c.job_key).where(its)))
            if job_key in songs:
                return None
            if len(songs) >= MAX_SONGS:
                return PlaylistFault.FULL
            connection.execute(new)
            return None

        return await self._database.write(work)

    async def remove(self, key: int, job_key: int) -> bool:
        """Remove a song; returns whether it was there."""
        one = delete(playlist_songs).where(
            playlist_songs.c.playlist_key == key, playlist_songs.c.job_key == job_key
        )
        return await self._database.write(lambda connection: connection.execute(one).rowcount > 0)

    async def delete(self, key: int) -> None:
        """Delete a playlist with its list of songs."""
        one = delete(playlists).where(playlists.c.key == key)
        await self._database.write(lambda connection: connection.execute(one))


def _folded(name: str) -> str:
    return sanitize_text(name).casefold()


def _with_counts() -> Select[Any, Any, Any, Any, Any, int]:
    count = select(func.count()).where(playlist_songs.c.playlist_key == playlists.c.key).scalar_subquery()
    return select(
        playlists.c.key,
        playlists.c.user_id,
        playlists.c.guild_id,
        playlists.c.name,
        playlists.c.made_at,
        count.label("songs"),
    )
