"""What may come of a call to Whisul in place of its answer.

WhisulError                 anything that kept a call from its answer
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
    """A call to Whisul that did not get its answer.

    `created_nothing` says whether the request is *known* to have created no job: only then may a submit be sent
    again. It says nothing useful for a GET.
    """

    def __init__(self, message: str, *, created_nothing: bool) -> None:
        super().__init__(message)
        self.created_nothing = created_nothing


class WhisulUnreachable(WhisulError):
    """No answer of the API: none at all, or the page of an intermediary in front of it."""


class WhisulUnavailable(WhisulError):
    """A passing fault that Whisul itself reports."""

    def __init__(
        self, message: str, *, status: int, retry_after_s: float | None, created_nothing: bool
    ) -> None:
        super().__init__(message, created_nothing=created_nothing)
        self.status = status
        self.retry_after_s = retry_after_s


class WhisulRateLimited(WhisulError):
    """Too many requests under this key."""

    def __init__(self, message: str, *, retry_after_s: float | None) -> None:
        super().__init__(message, created_nothing=True)
        self.retry_after_s = retry_after_s


class WhisulUnauthorised(WhisulError):
    """The key is not (or no longer) accepted."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status


class WhisulNoCredit(WhisulError):
    """The account behind the key has nothing left to pay with."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulDeclined(WhisulError):
    """The API declines, with a status that says nothing certain about key, account or request."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulRefused(WhisulError):
    """Whisul will not take this request; `reason` is its own message, None where it gave none."""

    def __init__(self, message: str, *, status: int, reason: str | None) -> None:
        super().__init__(message, created_nothing=True)
        self.status = status
        self.reason = reason


class WhisulNotFound(WhisulError):
    """The job never existed or has expired."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulMisdirected(WhisulError):
    """The operator's address for the API is wrong: nothing there takes a submit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, created_nothing=True)


class WhisulUnreadable(WhisulError):
    """An answer that is not what the API promises: not JSON, cut off, too large, or without what it must have."""
