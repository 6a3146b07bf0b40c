"""How many sessions the bot may still start: 1,000 IDENTIFYs in 24 hours, and one of each bucket in 5 seconds."""

from collections import deque
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json
from sandbox.discord.world.clock import SandboxClock

STARTS_PER_DAY = 1000
DAY_S = 24 * 60 * 60.0
BUCKET_S = 5.0


@dataclass(slots=True)
class SessionStarts:
    """Counts IDENTIFYs. `total` is allowed in 24 hours, which begin with the first.

    Shards form `max_concurrency` buckets, of each of which one may identify in `bucket_s` seconds. `too_soon` counts the
    IDENTIFYs that exceeded this. They use up a start too; that they leave the bucket's time as it is, is an assumption.
    """

    clock: SandboxClock
    total: int = STARTS_PER_DAY
    max_concurrency: int = 1
    bucket_s: float = BUCKET_S
    too_soon: int = 0
    _at: deque[float] = field(default_factory=deque[float])
    _identified_at: dict[int, float] = field(default_factory=dict[int, float])

    def take(self) -> bool:
        """Count a start; False where none is left."""
        self._forget()
        if len(self._at) >= self.total:
            return False
        self._at.append(self.clock.time())
        return True

    def enter_bucket(self, shard_index: int) -> bool:
        """Whether a shard may identify now, with regard to the others of its bucket."""
        bucket, now = shard_index % self.max_concurrency, self.clock.time()
        if now - self._identified_at.get(bucket, 0.0) < self.bucket_s:
            self.too_soon += 1
            return False
        self._identified_at[bucket] = now
        return True

    def limit(self) -> Json:
        """The Session Start Limit object."""
        self._forget()
        passed_s = self.clock.time() - self._at[0] if self._at else 0.0
        return {
            "total": self.total,
            "remaining": self.total - len(self._at),
            "reset_after": round((DAY_S - passed_s) * 1000) if self._at else 0,
            "max_concurrency": self.max_concurrency,
        }

    def _forget(self) -> None:
        if self._at and self.clock.time() - self._at[0] >= DAY_S:
            self._at.clear()
