"""Maps answers other than results, and missing answers, to errors.

A 4xx is the API's own only with its *own words*: a JSON object with an `error`. Any other 4xx comes from an intermediary (a
proxy, a challenge page), and means that the API is unreachable.

| status | own words | otherwise |
|---|---|---|
| 400, 413, 422 | refused: this request | unreachable |
| 401, 403 | unauthorised: the key | unreachable |
| 402 | no credit: the account | unreachable |
| 404, 405 on each submit path | misdirected | unreachable once the API has answered here, else misdirected |
| 404, 410 on a poll | not found | a page: unreachable; no body, or another JSON object: unreadable |
| other 4xx | declined | unreachable |
| 408, 425, 5xx; 429 | unavailable; rate limited | the same |
| 301, 302, 307, 308 | misdirected | the same |
| 303 | submit: unreadable, it was processed; poll: misdirected | the same |
| other 3xx | unreadable | the same |

The effect of each:

| meaning | a submit | a poll |
|---|---|---|
| refused | ends; its requester reads why | is repeated; past the deadline the job ends |
| unauthorised | waits; only probes are sent | is repeated; the job is kept |
| no credit | waits; only probes are submitted | is repeated; the job is kept |
| declined | waits: it created nothing, for an unknown reason | is repeated; past the deadline the job ends |
| misdirected | ends; the operator is told | is repeated; past the deadline the job ends |
| not found | - | is repeated for a grace, then the job ends |
| unreachable, unavailable, rate limited | waits if it created nothing, else the outcome is unknown | is repeated; the job is kept |
| unreadable | the outcome is unknown | is repeated; past the deadline the job ends |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.whisul.errors import (
    WhisulDeclined,
    WhisulError,
    WhisulMisdirected,
    WhisulNoCredit,
    WhisulNotFound,
    WhisulRateLimited,
    WhisulRefused,
    WhisulUnauthorised,
    WhisulUnavailable,
    WhisulUnreachable,
    WhisulUnreadable,
)
from bot.whisul.payloads import is_json_object, read_error

MAX_RETRY_AFTER_S = 3600.0
SEE_OTHER = 303

_SECONDS = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)

# Raised before the first byte of a request was sent. After any other error Whisul may have received the request.
_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    UnicodeError,  # a host name that cannot be encoded
)
_INVALID_ANSWER = (aiohttp.ClientPayloadError, aiohttp.ClientResponseError)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `body` is empty where the status alone decides (see `WhisulClient`)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of a status is its first digit


def transport_error(error: Exception, *, call: str) -> WhisulError:
    """The error of a call without a complete answer. `created_nothing` is what it means for a submit."""
    kind = type(error).__name__
    if isinstance(error, _BEFORE_SENDING):
        return WhisulUnreachable(f"{call}: no connection ({kind})", created_nothing=True)
    if isinstance(error, _INVALID_ANSWER):
        return WhisulUnreadable(f"{call}: a broken answer ({kind})", created_nothing=False)
    return WhisulUnreachable(f"{call}: no answer ({kind})", created_nothing=False)


def is_from_api(answer: Answer) -> bool:
    """Whether the answer has the form of the API's own: a JSON object, and with an `error` unless it is a success."""
    return is_json_object(answer.body) if answer.is_success else read_error(answer.body) is not None


def submit_error(answer: Answer, *, call: str, now: datetime) -> WhisulError:
    """The error of a submit that was answered other than 2xx, 404 or 405.

    Only with `created_nothing` may the prompt be submitted again.
    """
    if answer.status == SEE_OTHER:  # the request was processed, and its result is elsewhere
        return WhisulUnreadable(f"{call} answered {SEE_OTHER}", created_nothing=False)
    return _status_error(answer, call=call, now=now)


def job_error(answer: Answer, *, call: str, now: datetime) -> WhisulError:
    """The error of a poll that was answered other than 2xx."""
    said = f"{call} answered {answer.status}"
    if answer.status in (404, 410):
        if read_error(answer.body) is not None:
            return WhisulNotFound(said)
        if not answer.body or is_json_object(answer.body):
            return WhisulUnreadable(f"{said} without the API's own words", created_nothing=False)
    if answer.status == SEE_OTHER:
        return WhisulMisdirected(f"{said}, a redirect")
    return _status_error(answer, call=call, now=now)


def _status_error(answer: Answer, *, call: str, now: datetime) -> WhisulError:
    """What a status means whoever sends it; what it means in the API's own words alone is `_api_error`."""
    status = answer.status
    said = f"{call} answered {status}"
    match status:
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
            own_words = read_error(answer.body)
            if own_words is None:
                return WhisulUnreachable(f"{said}, and not in the API's own words", created_nothing=True)
            return _api_error(status, own_words, said=said)
        case _:
            return WhisulUnreadable(said, created_nothing=False)


def _api_error(status: int, own_words: str, *, said: str) -> WhisulError:
    match status:
        case 401 | 403:
            return WhisulUnauthorised(said, status=status)
        case 402:
            return WhisulNoCredit(said)
        case 400 | 413 | 422:
            return WhisulRefused(said, status=status, reason=own_words or None)
        case _:
            return WhisulDeclined(said)  # without its words: they may quote the prompt, and errors are logged


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds of the Retry-After header, clamped to 0 to 3600; None where it is missing or invalid."""
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        wait_s = float(text)
    elif moment := _http_date(text):
        # Relative to the Date of the same answer: the server's clock may differ from this machine's.
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
