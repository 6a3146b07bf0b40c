"""Tasks in hand, and how they are brought to an end."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def ended(tasks: Iterable[asyncio.Task[Any]], *, grace_s: float = 0) -> int:
    """Give tasks `grace_s` seconds, then cancel them; returns how many were not through.

    What they leave unfinished stands in the database and is found again at the next start.
    """
    pending = set(tasks)
    if pending and grace_s:
        _, pending = await asyncio.wait(pending, timeout=grace_s)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)
    return len(pending)
