"""The error for each status, by sender and by call."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.whisul.error_mapping import Answer, is_from_api, job_error, submit_error
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

NOW = datetime(2026, 2, 17, 15, 39, 34, tzinfo=UTC)

OWN = b'{"error": "Invalid input", "message": "Something about it"}'
PAGE = b"<html><body><h1>Just a moment</h1></body></html>"
WORDS = b"404 page not found"
OTHER_JSON = b'{"message": "Forbidden"}'
NOTHING = b""
NOT_OWN = (PAGE, WORDS, OTHER_JSON, NOTHING)

OWN_WORDS: dict[int, type[WhisulError]] = {
    400: WhisulRefused,
    401: WhisulUnauthorised,
    402: WhisulNoCredit,
    403: WhisulUnauthorised,
    406: WhisulDeclined,
    407: WhisulDeclined,
    409: WhisulDeclined,
    413: WhisulRefused,
    418: WhisulDeclined,
    422: WhisulRefused,
    451: WhisulDeclined,
}
"""4xx that mean the same for both calls; in other words than the API's own each is out of reach."""

WHOEVER: dict[int, tuple[type[WhisulError], bool]] = {
    301: (WhisulMisdirected, True),
    302: (WhisulMisdirected, True),
    304: (WhisulUnreadable, False),
    307: (WhisulMisdirected, True),
    308: (WhisulMisdirected, True),
    408: (WhisulUnavailable, True),
    425: (WhisulUnavailable, True),
    429: (WhisulRateLimited, True),
    500: (WhisulUnavailable, False),
    502: (WhisulUnavailable, False),
    503: (WhisulUnavailable, True),
    504: (WhisulUnavailable, False),
    599: (WhisulUnavailable, False),
}
"""What means the same whoever says it, and whether it created nothing."""


def submitted(status: int, body: bytes) -> WhisulError:
    return submit_error(Answer(status, {}, body), call="POST /compose", now=NOW)


def looked_at(status: int, body: bytes) -> WhisulError:
    return job_error(Answer(status, {}, body), call="GET /jobs/1", now=NOW)


@pytest.mark.parametrize(("status", "kind"), OWN_WORDS.items())
def test_a_4xx_means_something_only_in_the_apis_own_words(status: int, kind: type[WhisulError]) -> None:
    for fault in (submitted, looked_at):
        own = fault(status, OWN)
        assert (type(own), own.created_nothing) == (kind, True)
        for body in NOT_OWN:
            other = fault(status, body)
            assert (type(other), other.created_nothing) == (WhisulUnreachable, True), body


@pytest.mark.parametrize("status", [404, 410])
def test_only_the_api_itself_says_that_a_job_is_not_there(status: int) -> None:
    assert type(looked_at(status, OWN)) is WhisulNotFound
    for page in (PAGE, WORDS):
        assert type(looked_at(status, page)) is WhisulUnreachable
    for unclear in (OTHER_JSON, NOTHING):
        assert type(looked_at(status, unclear)) is WhisulUnreadable


@pytest.mark.parametrize(("status", "meaning"), WHOEVER.items())
def test_other_statuses_mean_the_same_whoever_says_them(
    status: int, meaning: tuple[type[WhisulError], bool]
) -> None:
    for body in (OWN, *NOT_OWN):
        for error in (submitted(status, body), looked_at(status, body)):
            assert (type(error), error.created_nothing) == meaning


def test_see_other_says_that_a_submit_was_processed() -> None:
    assert type(submitted(303, NOTHING)) is WhisulUnreadable
    assert not submitted(303, NOTHING).created_nothing
    assert type(looked_at(303, NOTHING)) is WhisulMisdirected


def test_only_json_objects_and_error_objects_are_answers_of_the_api() -> None:
    own = {(200, OTHER_JSON), (200, OWN), (202, OWN), (400, OWN), (404, OWN), (500, OWN)}
    bodies = (OWN, *NOT_OWN)
    seen = {
        (status, body)
        for status in (200, 202, 400, 404, 500)
        for body in bodies
        if is_from_api(Answer(status, {}, body))
    }
    assert seen == own | {(202, OTHER_JSON)}


@pytest.mark.parametrize("fault", [job_error, submit_error])
@pytest.mark.parametrize("status", [429, 503])
def test_both_calls_read_the_wait_that_is_asked_for(fault: Callable[..., WhisulError], status: int) -> None:
    for asked in ("90", "Tue, 17 Feb 2026 15:41:04 GMT"):
        error = fault(Answer(status, {"Retry-After": asked}, OWN), call="a call", now=NOW)
        assert isinstance(error, WhisulRateLimited | WhisulUnavailable)
        assert error.retry_after_s == 90
        assert str(error) == f"a call answered {status}"
