"""The rate limit of IDENTIFY."""

import asyncio
from contextlib import suppress

from bot.clock import Clock
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.processes import IDENTIFY_EVERY_S


class IdentifyPace:
    """Spaces the IDENTIFYs of shards that share a rate limit key, across all processes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._free_at: dict[int, float] = {}
        self.max_concurrency = 1

    async def wait(self, shard: int) -> None:
        """Return when the shard may identify."""
        key, now = shard % self.max_concurrency, self._clock.monotonic()
        wait_s = max(0.0, self._free_at.get(key, now) - now)
        self._free_at[key] = now + wait_s + IDENTIFY_EVERY_S
        if not self._store.is_exclusive:
            # Without the database it is spaced within this process: Discord refuses the rest, and is asked again.
            with suppress(StoreError):
                wait_s = await self._store.processes.reserve_identify(key)
        await asyncio.sleep(wait_s)
