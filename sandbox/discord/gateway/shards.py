"""Shards: which guilds belong to one, and which value of an IDENTIFY names one."""

from dataclasses import dataclass

MAX_GUILDS_PER_SHARD = 2500


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of `count` shards, as IDENTIFY names it. Sessions need not agree on the count, nor have a shard to themselves."""

    index: int
    count: int

    def has(self, guild_id: int | None) -> bool:
        """Whether events of this guild belong to the shard; events without a guild (None) belong to the first."""
        return self.index == (0 if guild_id is None else (guild_id >> 22) % self.count)


WHOLE = Shard(0, 1)
"""The shard of a session that names none."""


def shard_of(value: object) -> Shard | None:
    """The shard that the `shard` of an IDENTIFY names (absent: the whole); None where it is invalid."""
    match value:
        case None:
            return WHOLE
        case [int(index), int(count)] if 0 <= index < count and bool not in (type(index), type(count)):
            return Shard(index, count)
        case _:
            return None
