"""How the job lifecycle notifies the layers above it."""

from typing import Protocol

from bot.domain.jobs import Job


class JobListener(Protocol):
    """Called in the event loop; no method may block or raise. In the program it is `bot.delivery.relay.Relay`."""

    def job_changed(self, job: Job, /) -> None:
        """A job has moved to another state, and is passed as it is now."""

    def card_changed(self, key: int, /) -> None:
        """The queue position of a job has changed, or what keeps it from being submitted."""

    def poll_wanted(self, key: int, /) -> None:
        """A person asks for the status of a job, which only the leading process may poll."""
