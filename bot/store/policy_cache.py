"""Policies that were read or written recently, kept in memory: every request needs its server's policy."""

import time
from collections.abc import Mapping

from bot.domain.policy.model import Policy

MAX_ENTRIES = 5_000


class PolicyCache:
    """At most `MAX_ENTRIES` policies, those stored last, each for `ttl_s` seconds.

    `generation` grows with every write: a read that began in an older generation may have seen what was replaced since.
    """

    def __init__(self, *, ttl_s: float) -> None:
        self._ttl_s = ttl_s
        self._entries: dict[int, tuple[Policy, float]] = {}
        self.generation = 0

    def get(self, guild_id: int) -> Policy | None:
        """The policy of a server, None when it is not cached or too old."""
        policy, expires_at = self._entries.get(guild_id, (None, 0.0))
        return policy if time.monotonic() < expires_at else None

    def add_read(self, read: Mapping[int, Policy], *, generation: int) -> None:
        """Add what was read, unless something was written since `generation`, when the read began."""
        if generation == self.generation:
            for guild_id, policy in read.items():
                self._add(guild_id, policy)

    def add_written(self, guild_id: int, policy: Policy) -> None:
        """Add a policy that was just committed."""
        self.generation += 1
        self._add(guild_id, policy)

    def invalidate(self, guild_id: int) -> None:
        """Drop the policy of a server: it was changed by other means."""
        self.generation += 1
        self._entries.pop(guild_id, None)

    def _add(self, guild_id: int, policy: Policy) -> None:
        # Removed first, so that the entry moves to the end: the first one is always the oldest.
        self._entries.pop(guild_id, None)
        if len(self._entries) >= MAX_ENTRIES:
            del self._entries[next(iter(self._entries))]
        self._entries[guild_id] = policy, time.monotonic() + self._ttl_s
