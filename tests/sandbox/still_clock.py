"""A clock for tests of what depends on time."""

from sandbox.discord.world.clock import SandboxClock


class StillClock(SandboxClock):
    """Moves by jumps only."""

    def time(self) -> float:
        return 1_700_000_000.0 + self._offset_s
