"""Pure: which servers belong to which shard, and how processes divide the shards among them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shards:
    """Some of the `count` shards into which Discord divides a bot's servers."""

    count: int
    ids: frozenset[int]

    def serve(self, guild_id: int | None) -> bool:
        """Whether the server, or for None direct messages, belong to one of these shards."""
        return bool(self.ids) and shard_of(guild_id, self.count) in self.ids


def shard_of(guild_id: int | None, count: int) -> int:
    """The shard of a server, by Discord's formula; of direct messages (None) the first."""
    return 0 if guild_id is None else (guild_id >> 22) % count


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A living process. One with `pins` takes those shards only; one that `is_leaving` takes none.

    `shard_count` is 0 until it has asked Discord. `seen_s` is how long ago its last beat was, in seconds.
    """

    owner: str
    shard_count: int
    version: str
    pins: frozenset[int] | None = None
    is_leaving: bool = False
    seen_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ShardRow:
    """Who has a shard. Until it `is_ready` its owner has no session; one that `is_offered` may be taken."""

    owner: str
    is_ready: bool = False
    is_offered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The processes that share a database, at one moment: which one leads, all that live, and who has which shard."""

    leader: str | None
    members: tuple[Member, ...]
    shards: Mapping[int, ShardRow]

    @property
    def shard_counts(self) -> frozenset[int]:
        """Into how many shards they divide the servers: one number, unless they were started with different settings."""
        return frozenset(member.shard_count for member in self.members) - {0}

    def shards_of(self, owner: str) -> frozenset[int]:
        """The shards that a process has."""
        return frozenset(shard for shard, row in self.shards.items() if row.owner == owner)

    def unserved(self, count: int) -> frozenset[int]:
        """Those of `count` shards that no living process has."""
        living = {member.owner for member in self.members}
        return frozenset(
            shard
            for shard in range(count)
            if (row := self.shards.get(shard)) is None or row.owner not in living
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """The shards that a process is to take, and those that it is to offer to others."""

    take: frozenset[int]
    offer: frozenset[int]


def changes_for(me: Member, members: Collection[Member], rows: Mapping[int, ShardRow]) -> Changes:
    """What a process has to change so that every shard has an owner and unpinned processes have equal shares.

    `members` are the living processes, with `me`. A shard is free when nobody has it, its owner has ended, or offers it.
    """
    living = {member.owner for member in members}
    mine = {shard for shard, row in rows.items() if row.owner == me.owner}
    if me.is_leaving:
        return Changes(frozenset(), frozenset(mine))
    free = {
        shard
        for shard in range(me.shard_count)
        if (row := rows.get(shard)) is None
        or row.owner not in living
        or (row.is_offered and row.owner != me.owner)
    }
    if me.pins is not None:
        return Changes(me.pins & free, frozenset(mine - me.pins))
    pinned = frozenset[int]().union(*(member.pins for member in members if member.pins is not None))
    sharing = [member.owner for member in members if member.pins is None and not member.is_leaving]
    share = _share(me.owner, sharing, rows, shards=me.shard_count - len(pinned))
    open_to_me = sorted(free - pinned)
    if len(mine) < share:
        return Changes(frozenset(open_to_me[: share - len(mine)]), frozenset())
    return Changes(frozenset(), frozenset(sorted(mine)[share:]) | (mine & pinned))


def _share(owner: str, sharing: Collection[str], rows: Mapping[int, ShardRow], *, shards: int) -> int:
    """How many shards a process is to have: the remainder of the division goes to those that have the most already."""
    held = {each: sum(row.owner == each for row in rows.values()) for each in sharing}
    ranked = sorted(sharing, key=lambda each: (-held[each], each))
    base, extra = divmod(shards, len(ranked))
    return base + (ranked.index(owner) < extra)
