"""A rush: many people wait for their acknowledgement at the same moment.

Discord leaves each of them 3 seconds, and the work for a request that is acknowledged (its row, its card) costs several
times as much as an acknowledgement. So whoever has theirs waits a moment until the others have theirs too.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress

LONGEST_WAIT_S = 2.0
"""A steady stream of requests must not hold anybody up for longer."""


class Rush:
    """Knows how many wait for their acknowledgement, and when nobody does."""

    def __init__(self) -> None:
        self._hurried = 0
        self._over = asyncio.Event()
        self._over.set()

    @contextmanager
    def hurrying(self) -> Generator[None]:
        """Within the block somebody waits for their acknowledgement."""
        self._hurried += 1
        self._over.clear()
        try:
            yield
        finally:
            self._hurried -= 1
            if not self._hurried:
                self._over.set()

    async def over(self) -> None:
        """Return when nobody waits for theirs, or after LONGEST_WAIT_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._over.wait()
