"""What a loop sleeps on: work, an interval, or the end."""

import asyncio


class Alarm:
    """Sleeps until it rings or the time is up. A ring while nobody sleeps is kept for the next sleeper."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper: there is something to do."""
        self._rung.set()

    async def sleep(self, at_most_s: float | None) -> None:
        """Return at the next ring, or after `at_most_s` seconds (None: only at a ring)."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
