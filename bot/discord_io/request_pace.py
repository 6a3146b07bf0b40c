"""Keeps the bot's requests below Discord's global limit: 50 a second for each bot, whatever the route.

discord.py knows the limits of single routes from the headers of responses. No header tells how much of the global limit
is left: it would notice only by responses 429, as many as requests are under way at that moment.
"""

import asyncio
from contextlib import nullcontext

import aiohttp
from aiohttp import hdrs

from bot.clock import Clock

REQUESTS_PER_S = 44.0
BURST = 3
"""Any second has at most 48 requests: two are left for what the network delays into the next second."""

EXEMPT_PATHS = ("/interactions/", "/webhooks/")
"""The routes that answer interactions do not count."""


class RequestPace:
    """Delays requests so that no second has more than REQUESTS_PER_S + BURST + 1, in the order in which they come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._edit_lock = asyncio.Lock()
        self._free_at = 0.0

    async def wait(self, method: str) -> None:
        """Return when a request by this method may start. Edits of messages wait one at a time beside all others."""
        # A lock lets its waiters in by their order: posts overtake all edits but the one that waits with them.
        async with self._edit_lock if method == hdrs.METH_PATCH else nullcontext(), self._lock:
            if (early_s := self._free_at - BURST / REQUESTS_PER_S - self._clock.monotonic()) > 0:
                await asyncio.sleep(early_s)
            # From the time at which it does start: after a stall, no more than a burst is made up for.
            self._free_at = max(self._free_at, self._clock.monotonic()) + 1 / REQUESTS_PER_S

    def applied_to(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Delay every request of the sessions that use `trace`, retries included; returns `trace`."""

        async def started(
            _session: object, _context: object, params: aiohttp.TraceRequestStartParams
        ) -> None:
            if not any(part in params.url.path for part in EXEMPT_PATHS):
                await self.wait(params.method)

        trace.on_request_start.append(started)
        return trace
