"""Callbacks by which the job lifecycle notifies the layers above it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCallbacks:
    """Called in the event loop; none of them may block or raise.

    Attributes:
        on_change: a job has moved to another state, and is passed as it is now.
        on_waiting: the queue position of the job with this key has changed, or what keeps it from being submitted.
        on_slot_freed: a running job has ended, so that a queued one may be submitted.
        on_poll_wanted: a person asks for the status of the job with this key, which only the leading process may poll.
    """

    on_change: Callable[[Job], None]
    on_waiting: Callable[[int], None]
    on_slot_freed: Callable[[], None]
    on_poll_wanted: Callable[[int], None]
