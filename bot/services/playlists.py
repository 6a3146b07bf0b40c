"""Playlists of members: whose they are, and what may be in them. What a reader sees of one, the song search decides."""

from bot.clock import Clock
from bot.domain.jobs import Job, JobState
from bot.domain.playlists import MAX_NAME_CHARS, Playlist, PlaylistFault
from bot.domain.policy.blocked_words import find_blocked_phrase
from bot.errors import PlaylistRefused
from bot.store import Store


class Playlists:
    """Every method takes the playlist's name as its owner typed it; `user_id` is the owner, `guild_id` the server."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, typed: str, *, user_id: int, guild_id: int) -> str:
        """Create an empty playlist; returns its name.

        Raises:
            PlaylistRefused: the name is empty, taken or blocked, or there are too many.
        """
        name = _tidy(typed)
        policy = await self._store.policies.get(guild_id)
        if not name:
            raise PlaylistRefused(PlaylistFault.NAME_EMPTY)
        # Others read the name when the playlist is shared.
        if find_blocked_phrase(name, policy.words) is not None:
            raise PlaylistRefused(PlaylistFault.NAME_BLOCKED, name)
        fault = await self._store.playlists.create(
            name, user_id=user_id, guild_id=guild_id, now=self._clock.now()
        )
        if fault is not None:
            raise PlaylistRefused(fault, name)
        return name

    async def own(self, typed: str, *, user_id: int, guild_id: int) -> Playlist:
        """A member's own playlist. Raises PlaylistRefused: there is none of this name."""
        found = await self._store.playlists.find(_tidy(typed), user_id=user_id, guild_id=guild_id)
        if found is None:
            raise PlaylistRefused(PlaylistFault.UNKNOWN, _tidy(typed))
        return found

    async def shared(self, key: int, *, guild_id: int) -> Playlist:
        """A playlist that was shared in this server. Raises PlaylistRefused: it was deleted, or is of another server."""
        found = await self._store.playlists.get(key)
        if found is None or found.guild_id != guild_id:
            raise PlaylistRefused(PlaylistFault.UNKNOWN)
        return found

    async def suggestions(self, typed: str, *, user_id: int, guild_id: int) -> list[str]:
        """The names of a member's playlists that contain the typed text."""
        own = await self._store.playlists.of_member(user_id, guild_id)
        return [each.name for each in own if _tidy(typed).casefold() in each.name.casefold()]

    async def add(self, playlist: Playlist, job: Job) -> None:
        """Add a song that its owner may see. Raises PlaylistRefused: it is full, or not for a song like this."""
        if job.state is not JobState.COMPLETED or job.is_private or job.guild_id != playlist.guild_id:
            raise PlaylistRefused(PlaylistFault.NOT_PUBLIC, playlist.name)
        fault = await self._store.playlists.add(playlist.key, job.key, now=self._clock.now())
        if fault is not None:
            raise PlaylistRefused(fault, playlist.name)

    async def remove(self, playlist: Playlist, job: Job) -> None:
        """Remove a song. Raises PlaylistRefused: it is not in it."""
        if not await self._store.playlists.remove(playlist.key, job.key):
            raise PlaylistRefused(PlaylistFault.NOT_IN_IT, playlist.name)


def _tidy(typed: str) -> str:
    """A name on one line, without surrounding space, of limited length."""
    return " ".join(typed.replace("\x00", "").split())[:MAX_NAME_CHARS].strip()
