"""Errors of calls to Whisul.

WhisulError                 a call without a result
├── WhisulUnreachable       no answer of the API: DNS, connect, reset, time-out, or an intermediary's page
├── WhisulUnavailable       an answer that says "not now": 408, 425, 5xx
├── WhisulRateLimited       429, with its wait where one was given
├── WhisulUnauthorised      401 or 403 of the API itself: the key
├── WhisulNoCredit          402 of the API itself: the account
├── WhisulRefused           400, 413 or 422 of the API itself: this request, whenever it is sent
├── WhisulDeclined          any other 4xx of the API itself, for a reason that this program does not know
├── WhisulNotFound          404 of the API itself on a job
├── WhisulMisdirected       the address is wrong: no submit path answers, or it redirects
└── WhisulUnreadable        an answer that is not what the API promises
"""

from bot.errors import BotError


class WhisulError(BotError):
    """A call to Whisul without a result.

    `created_nothing` says whether the request is *known* to have created no job: only then may a submit be sent
    again. It means nothing for a GET.
    """

    def __init__(self, message: str, *, created_nothing: bool) -> None:
        super().__init__(message)
        self.created_nothing = created_nothing


class WhisulUnreachable(WhisulError):
    """No answer of the API: none at all, or the page of an intermediary in front of it."""


class WhisulUnavailable(WhisulError):
    """Whisul answered that it cannot serve the request now. `retry_after_s` is None where it names no wait."""

    def __init__(
        self, message: str, *, status: int, retry_after_s: float | None, created_nothing: bool
    ) -> None:
        super().__init__(message, created_nothing=created_nothing)
        self.status = status
        self.retry_after_s = retry_after_s


class WhisulRateLimited(WhisulError):
    """Too many requests with this key. `retry_after_s` is None where the answer names no wait."""

    def __init__(self, message: str, *, retry_after_s: float | None) -> None:
        super().__init__(message, created_nothing=True)
        self.retry_after_s = retry_after_s


class WhisulUnauthorised(WhisulError):
    """Whisul does not accept the API key."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status


class WhisulNoCredit(WhisulError):
    """The account of the API key has no credit left."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulDeclined(WhisulError):
    """A 4xx of the API whose meaning is not documented."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulRefused(WhisulError):
    """Whisul refuses this request; `reason` is its own message, None where it gave none."""

    def __init__(self, message: str, *, status: int, reason: str | None) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status
        self.reason = reason


class WhisulNotFound(WhisulError):
    """The job never existed or has expired."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulMisdirected(WhisulError):
    """The configured address of the API is wrong: no path there takes a submit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulUnreadable(WhisulError):
    """An answer outside of the API's documentation: not JSON, cut off, too large, or without a required field."""
