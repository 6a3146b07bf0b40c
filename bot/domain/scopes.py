"""Pure: the unit among which the queue and deliveries are divided: a server, or outside servers a person."""

from typing import NamedTuple


class Scope(NamedTuple):
    """A server of the bot, or a person outside servers; the other ID is None, so that IDs of the two kinds never meet."""

    guild_id: int | None
    user_id: int | None


def scope_of(guild_id: int | None, requester_id: int) -> Scope:
    """The scope of a request: its server, or, from direct messages (`guild_id` None), its requester."""
    return Scope(None, requester_id) if guild_id is None else Scope(guild_id, None)
