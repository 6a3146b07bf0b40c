"""Playlists of members: the values, and what they are limited to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_NAME_CHARS = 50
MAX_PLAYLISTS = 25
"""For each member and server: as many as Discord suggests at once."""

MAX_SONGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A playlist of a member in a server; `songs` is how many it has, also those that a reader may not see."""

    key: int
    user_id: int
    guild_id: int
    name: str
    made_at: datetime
    songs: int


class PlaylistFault(StrEnum):
    """Why a playlist is not changed or shown."""

    UNKNOWN = "unknown"
    NAME_EMPTY = "name_empty"
    NAME_TAKEN = "name_taken"
    NAME_BLOCKED = "name_blocked"
    TOO_MANY = "too_many"
    FULL = "full"
    NOT_PUBLIC = "not_public"  # not a finished public song of this server
    NOT_IN_IT = "not_in_it"
