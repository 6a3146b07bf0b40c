"""What an answer means for the caller when it is not a result, and what no answer means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.errors import (
    WhisulError,
    WhisulMisdirected,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)
from bot.whisul.payloads import read_reason

MAX_RETRY_AFTER_S = 3600.0

_SECONDS = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)

# Raised before a byte of a request is on its way. Everything else may come after Whisul has taken it.
_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    UnicodeError,  # a host name that cannot be looked up
)
_GARBLED = (aiohttp.ClientPayloadError, aiohttp.ClientResponseError)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was read: at most so much of its body as anybody needs."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of a status is its first digit


def unanswered(error: Exception, *, call: str) -> WhisulError:
    """The error of a call that got no (whole) answer. `created_nothing` is what that means for a submit."""
    kind = type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return WhisulUnreachable(f"{call}: no connection ({kind})", created_nothing=True)
    if isinstance(error, _GARBLED):
        return WhisulUnreadable(f"{call}: a broken answer ({kind})", created_nothing=False)
    return WhisulUnreachable(f"{call}: no answer ({kind})", created_nothing=False)


def fault(answer: Answer, *, call: str, now: datetime) -> WhisulError:
    """The error of an answer other than 2xx. `created_nothing` is what that means for a submit."""
    status = answer.status
    said = f"{call} answered {status}"
    match status:
        case 401 | 403:
            return WhisulUnauthorised(said, status=status)
        case 429:
            return WhisulRateLimited(said, retry_after_s=retry_after_s(answer.headers, now=now))
        case 301 | 302 | 307 | 308:
            return WhisulMisdirected(f"{said}, a redirect: the key does not travel to other addresses")
        case _ if status in (408, 425) or status >= 500:  # noqa: PLR2004 - the bounds of a status class
            return WhisulUnavailable(
                said,
                status=status,
                retry_after_s=retry_after_s(answer.headers, now=now),
                created_nothing=status in (408, 425, 503),
            )
        case _ if status >= 400:  # noqa: PLR2004 - the bounds of a status class
            return WhisulRefused(said, status=status, reason=read_reason(answer.body))
        case _:
            # 303 among them: it says that the request was processed, and that its result is elsewhere.
            return WhisulUnreadable(said, created_nothing=False)


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """The wait that an answer asks for, 0 to 3600 s; None where it asks for none that can be understood."""
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        wait_s = float(text)
    elif moment := _http_date(text):
        # Their clock may differ from ours; the difference between two of their times does not.
        wait_s = (moment - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    else:
        return None
    return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
