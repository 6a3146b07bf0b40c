"""Facts that must not be lost are written down however long the database takes to come back."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import stamina

from bot.store.errors import StoreError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MAX_WAIT_S = 5.0


async def retry_until_stored(
    write: Callable[Parameters, Awaitable[Result]], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Call `write` until the database takes it, with growing pauses; only a cancellation ends it."""
    patient = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=MAX_WAIT_S)
    return await patient(StoreError, write, *args, **kwargs)
