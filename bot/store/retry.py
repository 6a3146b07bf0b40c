"""Retries calls of the store that must not be lost, for as long as the database is unavailable."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import stamina

from bot.store.errors import StoreError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MAX_WAIT_S = 5.0


async def retry_until_stored(
    write: Callable[Parameters, Awaitable[Result]], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Call `write` until it raises no StoreError, with pauses that grow to 5 s; ends otherwise only by cancellation."""
    # The first call directly: to set up stamina takes as long as to read a row, and songs need several writes. After an error
    # the second call follows at once.
    with suppress(StoreError):
        return await write(*args, **kwargs)
    # Without an end: the alternative is to lose the ID of a paid song, or the fact that a message was sent.
    retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=MAX_WAIT_S)
    return await retrying(StoreError, write, *args, **kwargs)
