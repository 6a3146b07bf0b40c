"""How many sessions the bot may still start: 1,000 IDENTIFYs in 24 hours."""

from collections import deque
from dataclasses import dataclass, field

from sandbox.discord.json_types import Json
from sandbox.discord.world.clock import SandboxClock

STARTS_PER_DAY = 1000
DAY_S = 24 * 60 * 60.0


@dataclass(slots=True)
class SessionStarts:
    """Counts IDENTIFYs. `total` is allowed in 24 hours, which begin with the first."""

    clock: SandboxClock
    total: int = STARTS_PER_DAY
    _at: deque[float] = field(default_factory=deque[float])

    def take(self) -> bool:
        """Count a start; False where none is left."""
        self._forget()
        if len(self._at) >= self.total:
            return False
        self._at.append(self.clock.time())
        return True

    def limit(self) -> Json:
        """The Session Start Limit object."""
        self._forget()
        passed_s = self.clock.time() - self._at[0] if self._at else 0.0
        return {
            "total": self.total,
            "remaining": self.total - len(self._at),
            "reset_after": round((DAY_S - passed_s) * 1000) if self._at else 0,
            "max_concurrency": 1,
        }

    def _forget(self) -> None:
        if self._at and self.clock.time() - self._at[0] >= DAY_S:
            self._at.clear()
