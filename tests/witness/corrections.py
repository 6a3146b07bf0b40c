"""Where simcord differs from Discord's documentation, or from a machine, and the bot depends on it.

`docs/independent-clients.md` lists all differences.
"""

import time
from typing import Any
from urllib.parse import unquote

from simcord.http import router

from bot.clock import Clock

_ORIGINAL = "/messages/@original"
_monotonic = time.monotonic


def correct() -> None:
    """Correct simcord, for the whole process."""
    router.dispatch = _dispatch
    # While it runs, simcord replaces `time.monotonic` by its own clock, but in handlers only: the bot's handlers and its
    # loops would count from different beginnings.
    Clock.monotonic = _machine_time


def _machine_time(self: Clock) -> float:
    del self
    return _monotonic()


_dispatch_as_it_is = router.dispatch


def _dispatch(backend: Any, method: str, path: str, **more: Any) -> Any:
    """Handle a request.

    - Its path is decoded, as HTTP demands: discord.py writes `@original` as `%40original`.
    - A deleted original response is no longer loading, so that a follow-up is a message of its own. simcord would take it
      for an edit of the deleted one, and answer 10008.
    """
    path = unquote(path)
    answer = _dispatch_as_it_is(backend, method, path, **more)
    if method == "DELETE" and path.endswith(_ORIGINAL):
        token = path.removesuffix(_ORIGINAL).rpartition("/")[2]
        backend.interaction_by_token(token).complete_deferred()
    return answer
