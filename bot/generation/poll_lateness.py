"""Notices when polls start late for long: the machine, or the budget of requests, is too small for the jobs."""

import structlog

log = structlog.get_logger(__name__)

LATE_S = 1.0
LASTING_S = 60.0
"""So long must polls be late before the warning, and in time before it can be repeated."""


class PollLateness:
    """Logs one warning while polls start late; a short rush, or one after a pause of the API, causes none.

    The job that has been due for longest is always polled next, so all polls are about equally late.
    """

    def __init__(self) -> None:
        self._is_warned = False
        self._since_s: float | None = None  # since when it has been the other way than `_is_warned` says

    def add(self, late_s: float, *, now: float) -> None:
        """A poll starts `late_s` seconds after it was due; `now` is monotonic seconds."""
        is_late = late_s > LATE_S
        if is_late is self._is_warned:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now
        elif now - self._since_s >= LASTING_S:
            self._is_warned, self._since_s = is_late, None
            _log(late_s, is_late=is_late)


def _log(late_s: float, *, is_late: bool) -> None:
    if is_late:
        log.warning(
            "polls_late",
            late_s=round(late_s, 1),
            effect="every song is found this much later; none is left out",
            remedy="give the machine more CPU, or raise WHISUL_REQUESTS_PER_SECOND if Whisul allows more",
        )
    else:
        log.info("polls_in_time")
