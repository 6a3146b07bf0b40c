"""Pure: the unit among which the queue and deliveries are divided: a server, or outside servers a person.

No setting of a server applies outside servers, but the operator's `MAX_SONGS_PER_DAY_PER_USER`, one song at a time, and the caps on
all songs. Discord sends the events of direct messages on shard 0, so its process serves them.
"""

from typing import NamedTuple


class Scope(NamedTuple):
    """A server of the bot, or a person outside servers; the other ID is None, so that IDs of the two kinds never meet."""

    guild_id: int | None
    user_id: int | None


def scope_of(guild_id: int | None, requester_id: int) -> Scope:
    """The scope of a request: its server, or, from direct messages (`guild_id` None), its requester."""
    return Scope(None, requester_id) if guild_id is None else Scope(guild_id, None)
