"""How long a call over the network may take, and how often it may be tried again."""

from dataclasses import dataclass

import aiohttp
import stamina


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `read_s` is the longest silence within an answer; `total_s` ends an answer that only drips.

    Keep `connect_s` below `total_s`: of a call that ran into `total_s` nobody knows whether it was sent.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 45.0

    def for_aiohttp(self) -> aiohttp.ClientTimeout:
        """The same limits in the words of the HTTP library."""
        return aiohttp.ClientTimeout(total=self.total_s, connect=self.connect_s, sock_read=self.read_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How a call that costs nothing is tried again: waits double from `first_wait_s` to `max_wait_s`, with jitter.

    No attempt begins later than `within_s` after the first.
    """

    attempts: int = 3
    first_wait_s: float = 0.5
    max_wait_s: float = 3.0
    jitter_s: float = 0.5
    within_s: float = 10.0

    def caller(self) -> stamina.AsyncRetryingCaller:
        """What makes the calls; it logs the error of each attempt, never the arguments."""
        return stamina.AsyncRetryingCaller(
            attempts=self.attempts,
            timeout=self.within_s,
            wait_initial=self.first_wait_s,
            wait_max=self.max_wait_s,
            wait_jitter=self.jitter_s,
        )
